#include "verifier/repair_requests.h"

#include "verifier/request_words.h"

namespace ssp {

namespace {

/// A sentence about what cannot be done; empty when it can.
std::string complaint_about(const ReadWords& read, Requester requester)
{
    const auto& plain = read.words.plain;
    if (!read.complaint.empty())
        return read.complaint;
    if (plain.size() != 2 || plain[1] != "clock")
        return unknown_word(plain.size() > 1 ? plain[1] : "", "repair clock --reason=TEXT");
    if (requester.role != Role::administrator)
        return "repair clock is for root alone.";
    if (!read.words.reason)
        return "repair clock needs --reason=TEXT: it goes into the audit trail.";
    return {};
}

} // namespace

Task<Verdict> answer_repair_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                                    std::vector<std::string> words)
{
    const auto read = read_words(words);
    const auto complaint = complaint_about(read, requester);
    if (!complaint.empty()) {
        claimant.tell(complaint);
        co_return Verdict::rejected;
    }
    AuditEntry entry;
    entry.event = audit_event::clock_repaired;
    entry.actor = requester.uid == 0 ? "root" : "uid " + std::to_string(requester.uid) + " (administrator)";
    entry.detail = *read.words.reason;
    const auto repair = co_await ports.store.repair_clock(entry);
    if (!repair.needed) {
        claimant.tell("The clock is not behind the audit trail. Nothing was changed.");
        co_return Verdict::rejected;
    }
    rows.add({{"clock", time_text(ports.clock.now())},
              {"was_at", time_text(repair.was_at)},
              {"people_repaired", std::to_string(repair.people)},
              {"people_damaged", std::to_string(repair.damaged)}});
    if (repair.damaged > 0)
        claimant.tell(
            "People whose rows are damaged stay refused until ssp-mfa user reset; the journal names them "
            "when they sign in.");
    claimant.tell(
        "People sign in again. No device is remembered any more, and codes that were under way are void.");
    co_return Verdict::accepted;
}

} // namespace ssp
