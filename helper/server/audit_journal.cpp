#include "server/audit_journal.h"

#include "loop/journal.h"

#include <algorithm>
#include <array>

namespace ssp {

namespace {

struct Line {
    std::string_view event;
    Severity severity;
    std::string_view message;
};
constexpr auto lines = std::to_array<Line>({
    {audit_event::few_typed_back, Severity::alert, "few codes are typed back"},
    {audit_event::many_wrong_codes, Severity::alert, "many wrong codes today"},
    {audit_event::codes_held_back, Severity::alert, "short codes are held back"},
    {audit_event::owner_told, Severity::warning, "an account changed, or is attacked"},
    {audit_event::owner_not_told, Severity::warning, "an owner is told at the next sign-in only"},
    {audit_event::key_rotated, Severity::notice, "the master key was rotated"},
    {audit_event::send_refused, Severity::warning, "not sent"},
});

const Line& of(std::string_view event)
{
    const auto* known = std::ranges::find(lines, event, &Line::event);
    return known == lines.end() ? lines.back() : *known;
}

} // namespace

void journal_audit_entry(const AuditEntry& entry)
{
    const auto& known = of(entry.event);
    journal(known.severity, known.message,
            {{"event", entry.event},
             {"user", entry.person.name},
             {"uid", std::to_string(entry.person.uid)},
             {"service", entry.service},
             {"source", entry.source},
             {"method", entry.method},
             {"detail", entry.detail}});
}

} // namespace ssp
