#pragma once
#include "base/unique_fd.h"
#include "loop/loop.h"

#include <chrono>
#include <functional>
#include <optional>

namespace ssp {

/// Accepts connections on one listening socket, a bounded number each turn. When descriptors or memory are
/// short it rests for a moment instead of spinning, and says so once a minute: whoever waits in the backlog
/// is served after it.
class Listener {
public:
    /// `socket`: listening, non-blocking. `accepted` gets each connection: non-blocking, closed on exec.
    Listener(Loop& loop, UniqueFd socket, std::function<void(UniqueFd)> accepted);

    static constexpr int most_per_turn = 64;
    static constexpr std::chrono::milliseconds rest{100};
    static constexpr std::chrono::seconds silence{60}; ///< between two lines of the log

private:
    void accept_some();
    void rest_a_while(int error);

    UniqueFd socket_;
    std::function<void(UniqueFd)> accepted_;
    std::optional<std::chrono::steady_clock::time_point> said_;
    Timer rested_;
    IoWatch watch_;
};

} // namespace ssp
