#include "base/result.h"

namespace ssp {

const char* word(ErrorKind kind) noexcept
{
    switch (kind) {
    case ErrorKind::internal: return "internal";
    case ErrorKind::store_unavailable: return "store-unavailable";
    case ErrorKind::store_tampered: return "store-tampered";
    case ErrorKind::clock_set_back: return "clock-set-back";
    case ErrorKind::identity_changed: return "identity-changed";
    case ErrorKind::claimant_left: return "claimant-left";
    case ErrorKind::deadline_passed: return "deadline-passed";
    case ErrorKind::malformed: return "malformed";
    case ErrorKind::delivery_unavailable: return "delivery-unavailable";
    case ErrorKind::configuration: return "configuration";
    case ErrorKind::not_permitted: return "not-permitted";
    }
    return "internal";
}

} // namespace ssp
