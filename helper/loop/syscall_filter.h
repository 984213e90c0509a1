#pragma once
#include "base/result.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace ssp {

/// A filter of system calls (seccomp(2), by libseccomp), for all threads of this process and all that it
/// starts, for good. Every refusal is in the kernel's audit log. A name that this architecture or this
/// libseccomp does not know is skipped: then the call does not exist, or is treated as any other.
class SyscallFilter {
public:
    /// What happens to a call that no rule names.
    enum class Others {
        allowed,
        unknown, ///< ENOSYS: a newer libc then falls back to the older call that it knows
    };
    explicit SyscallFilter(Others others);

    /// `calls`, here and below: their names, with spaces between.
    void allow(std::string_view calls) { add(permitted, calls); }
    /// The call ends with `error`.
    void refuse(std::string_view calls, int error);
    /// The process dies (SIGSYS): nothing that these programs do leads there, so somebody else is at work.
    void kill(std::string_view calls) { add(killed, calls); }

    /// One argument of a call, compared as unsigned 64 bits after `mask`.
    struct Argument {
        unsigned number = 0;
        unsigned long long mask = 0;
        unsigned long long value = 0;
        bool equal = true;
    };
    /// `name` is permitted only when all `arguments` match.
    void allow_when(const char* name, std::initializer_list<Argument> arguments);
    /// `name` ends with `error` when all `arguments` match.
    void refuse_when(const char* name, int error, std::initializer_list<Argument> arguments);

    /// Puts it in force. Errors: internal, with what the kernel said; nothing is in force then.
    Result<void> load();

private:
    struct Deleter {
        void operator()(void* context) const;
    };
    static const unsigned permitted;
    static const unsigned killed;

    void add(unsigned action, std::string_view calls);
    void add_when(unsigned action, const char* name, std::initializer_list<Argument> arguments);
    void note(const char* what, int result);

    std::unique_ptr<void, Deleter> context_;
    std::string trouble_; ///< the first
};

/// Calls with which a process reaches into others, the kernel, the clock or the mounts. Meant for kill().
extern const std::string_view calls_of_an_intruder;

} // namespace ssp
