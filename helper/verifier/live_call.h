#pragma once
#include "verifier/ports.h"

#include <string>

namespace ssp {

/// A call that may go on. Whoever drops it hangs it up, also when a person hangs up and the coroutine that
/// holds it is destroyed.
class LiveCall {
public:
    LiveCall() noexcept = default;
    /// `reference`: of the message that deliver() took. `delivery` outlives this object.
    LiveCall(Delivery& delivery, std::string reference) noexcept;
    LiveCall(LiveCall&& other) noexcept;
    LiveCall& operator=(LiveCall&& other) noexcept;
    LiveCall(const LiveCall&) = delete;
    LiveCall& operator=(const LiveCall&) = delete;
    ~LiveCall() { hang_up(); }

    /// unknown: there is none, or its provider does not tell.
    CallState state() const;
    void hang_up() noexcept;

private:
    Delivery* delivery_ = nullptr;
    std::string reference_;
};

} // namespace ssp
