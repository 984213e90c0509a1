#pragma once
// The audit trail as JSON lines: one object in ASCII for each row, without a newline inside.
#include "store/audit_review.h"

#include <string>

namespace ssp::command {

/// {"record":"row","node":...,"sequence":...,"at":"2026-11-24T08:00:00Z","event":...,"person":...,"uid":...,
/// "actor":...,"service":...,"source":...,"method":...,"detail":...,"key":...,"mac":...} and a newline. Texts
/// come back as they went in: one that is not UTF-8 is an array of its bytes, as the journal exports it.
std::string json_line(const AuditRow& row);

/// {"record":"cut","node":...,"first":...,"last":...,"mac":...,"at":...,"key":...} and a newline.
std::string json_line(const AuditCut& cut);

/// Lower-case hexadecimal digits.
std::string hex(const Digest& digest);

/// "SEQUENCE:MAC", as the journal has them. Nothing when it is something else.
std::optional<AuditHead> read_head(const std::string& text);

} // namespace ssp::command
