#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace ssp {

/// Why something that should have worked did not. Outcomes that a protocol foresees (a wrong code, a
/// spent budget) are values of their own and never an Error.
enum class ErrorKind {
    internal = 1,      ///< our own fault, or a library threw
    store_unavailable, ///< nothing was changed, or it is unknown whether it was: refuse
    store_tampered,    ///< a row does not verify against its MAC: refuse and alarm
    clock_set_back,    ///< the wall clock lies before what the audit trail has seen: refuse until it is right
    identity_changed,  ///< a known name came with a new uid, or a known uid with a new name
    claimant_left,     ///< the person hung up, or the conversation failed
    deadline_passed,   ///< the person or a peer took too long
    malformed,         ///< bytes or text that do not follow their format
    delivery_unavailable,
    configuration,
    not_permitted,
};

/// Short stable word for a kind, for logs ("store-unavailable").
const char* word(ErrorKind kind) noexcept;

/// One failure: its kind for the program, a detail for the log. The detail never crosses a socket
/// and never holds a secret.
struct [[nodiscard]] Error {
    ErrorKind kind = ErrorKind::internal;
    std::string detail;
};

/// A T, or why there is none. Ignoring one is a compiler warning. Made from an Error by itself, so that a
/// function says `return Error{...}`.
/// The one place to change when std::expected is available (C++23).
template <class T> class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using Base = tl::expected<T, Error>;
    using Base::Base;
    Result(Error error) : Base(tl::unexpect, std::move(error)) {} // NOLINT(google-explicit-constructor)
};

template <> class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
public:
    using Base = tl::expected<void, Error>;
    using Base::Base;
    Result() = default;
    Result(Error error) : Base(tl::unexpect, std::move(error)) {} // NOLINT(google-explicit-constructor)
};

} // namespace ssp
