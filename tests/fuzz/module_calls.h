#pragma once
// The C library as an input of the target "module" wants it: while the module runs, its calls do what is said
// here, and one of them fails. Descriptors, time and the helper at the other end are made up; outside of the
// module everything is the C library's.
#include <cstdint>
#include <deque>
#include <string>

namespace ssp::testing {

/// Which call fails, and how; `function` 0 fails nowhere. Functions count from 1 in the order of Call.
enum class Call : std::uint8_t {
    none,
    connect,
    getsockopt,
    lstat,
    open,
    read,
    poll,
    recv,
    send,
    socket,
    getpwnam_r,
    getgrouplist,
    getrandom,
    count,
};

struct Machine {
    // Said by the input.
    Call fault = Call::none;
    int fault_at = 0;   ///< the call that fails, 0 is the first
    int fault_way = 0;  ///< modulo what the function knows
    std::string helper; ///< what the helper sends, in order
    std::size_t piece = 1;
    bool helper_hangs = false; ///< at the end, instead of hanging up
    bool foreign_listener = false;
    std::string stat; ///< /proc/self/stat

    // What happened.
    bool failed = false; ///< the fault was met, and it was no nuisance
    std::string sent;
    int open_descriptors = 0;
    std::int64_t now_ms = 0;

    int calls[static_cast<int>(Call::count)] = {};
    std::size_t delivered = 0;
};

extern Machine machine;

/// While one of these lives, the calls are the machine's.
class InsideModule {
public:
    InsideModule() noexcept;
    InsideModule(const InsideModule&) = delete;
    InsideModule& operator=(const InsideModule&) = delete;
    ~InsideModule();
};

} // namespace ssp::testing
