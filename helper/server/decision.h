#pragma once
#include "base/result.h"
#include "loop/journal.h"
#include "protocol/message.h"
#include "verifier/sign_in.h"

namespace ssp {

/// The one table from what a dialogue ended with to what the module is told. Accepted comes from
/// Verdict::accepted alone; whatever is not known is unavailable.
protocol::Decision decision_of(const Result<Verdict>& ended) noexcept;

/// "accepted", "locked", ..., for logs.
const char* word(protocol::Decision decision) noexcept;

/// Who has to look at it.
Severity severity_of(const Error& error) noexcept;

} // namespace ssp
