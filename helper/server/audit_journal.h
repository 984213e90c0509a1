#pragma once
#include "verifier/subscriber.h"

namespace ssp {

/// The journal's line for an audit row that an operator looks for (audit_event): an alarm at alert, a
/// limit that held at warning. Called on the loop when the row is durable.
void journal_audit_entry(const AuditEntry& entry);

} // namespace ssp
