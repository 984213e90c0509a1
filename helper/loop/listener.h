#pragma once
#include "base/unique_fd.h"
#include "loop/loop.h"

#include <functional>

namespace ssp {

/// Accepts connections on one listening socket, a bounded number each turn. When descriptors or memory are
/// short it rests for a moment instead of spinning: whoever waits in the backlog is served after it.
class Listener {
public:
    /// `socket`: listening, non-blocking. `accepted` gets each connection: non-blocking, closed on exec.
    Listener(Loop& loop, UniqueFd socket, std::function<void(UniqueFd)> accepted);

    static constexpr int most_per_turn = 64;
    static constexpr std::chrono::milliseconds rest{100};

private:
    void accept_some();

    UniqueFd socket_;
    std::function<void(UniqueFd)> accepted_;
    Timer rested_;
    IoWatch watch_;
};

} // namespace ssp
