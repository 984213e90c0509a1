#include "server/audit_journal.h"

#include "loop/journal.h"

namespace ssp {

void journal_audit_entry(const AuditEntry& entry)
{
    const bool alarm = entry.event == audit_event::few_typed_back;
    journal(alarm ? Severity::alert : Severity::warning, alarm ? "few codes are typed back" : "not sent",
            {{"event", entry.event},
             {"user", entry.person.name},
             {"uid", std::to_string(entry.person.uid)},
             {"service", entry.service},
             {"source", entry.source},
             {"method", entry.method},
             {"detail", entry.detail}});
}

} // namespace ssp
