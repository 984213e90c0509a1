#include "server/decision.h"

namespace ssp {

namespace {

protocol::Decision decision_of(Verdict verdict) noexcept
{
    switch (verdict) {
    case Verdict::accepted: return protocol::Decision::accepted;
    case Verdict::rejected: return protocol::Decision::rejected;
    case Verdict::locked: return protocol::Decision::locked;
    case Verdict::not_enrolled: return protocol::Decision::not_enrolled;
    case Verdict::unavailable: break;
    }
    return protocol::Decision::unavailable;
}

protocol::Decision decision_of(ErrorKind kind) noexcept
{
    switch (kind) {
    case ErrorKind::claimant_left:
    case ErrorKind::deadline_passed:
    case ErrorKind::not_permitted: return protocol::Decision::rejected;
    case ErrorKind::internal:
    case ErrorKind::store_unavailable:
    case ErrorKind::store_tampered:
    case ErrorKind::clock_set_back:
    case ErrorKind::identity_changed:
    case ErrorKind::malformed:
    case ErrorKind::delivery_unavailable:
    case ErrorKind::configuration: break;
    }
    return protocol::Decision::unavailable;
}

} // namespace

protocol::Decision decision_of(const Result<Verdict>& ended) noexcept
{
    return ended ? decision_of(*ended) : decision_of(ended.error().kind);
}

const char* word(protocol::Decision decision) noexcept
{
    switch (decision) {
    case protocol::Decision::accepted: return "accepted";
    case protocol::Decision::rejected: return "rejected";
    case protocol::Decision::locked: return "locked";
    case protocol::Decision::not_enrolled: return "not-enrolled";
    case protocol::Decision::unavailable: break;
    }
    return "unavailable";
}

Severity severity_of(const Error& error) noexcept
{
    switch (error.kind) {
    case ErrorKind::store_tampered:
    case ErrorKind::clock_set_back: return Severity::alert;
    case ErrorKind::claimant_left:
    case ErrorKind::deadline_passed: return Severity::info;
    case ErrorKind::identity_changed:
    case ErrorKind::not_permitted:
    case ErrorKind::malformed:
    case ErrorKind::delivery_unavailable: return Severity::warning;
    case ErrorKind::internal:
    case ErrorKind::store_unavailable:
    case ErrorKind::configuration: break;
    }
    return Severity::error;
}

} // namespace ssp
