#include "verifier/key_requests.h"

#include "verifier/request_words.h"

namespace ssp {

namespace {

Rows::Row row_of(const KeyRotation& rotation)
{
    const char* state = rotation.next.empty() ? "in use" : rotation.first_bad.empty() ? "rotating" : "stuck";
    Rows::Row row{{"key", rotation.key},
                  {"from", rotation.credential ? "credential" : "file"},
                  {"state", state},
                  {"new_key", rotation.next}};
    if (!rotation.next.empty()) {
        row.emplace_back("rows", std::to_string(rotation.rows));
        row.emplace_back("rows_left", std::to_string(rotation.left));
        row.emplace_back("does_not_verify", rotation.first_bad);
    }
    return row;
}

/// A sentence about the words when they are no request of these; empty when they are.
std::string complaint_about(const RequestWords& words, Requester requester)
{
    const auto& plain = words.plain;
    const bool rotates = plain.size() == 2 && plain[1] == "rotate";
    const bool shows = plain.size() == 2 && plain[1] == "status";
    if (requester.role != Role::administrator)
        return "Only root may ask about the master key.";
    if (!rotates && !shows)
        return unknown_word(plain.size() > 1 ? plain[1] : "", "key status, key rotate --reason=TEXT");
    if (rotates && !words.reason)
        return "key rotate needs --reason=TEXT: it goes into the audit trail.";
    if (shows && words.reason)
        return "key status takes no reason.";
    return {};
}

} // namespace

Task<Verdict> answer_key_request(Ports ports, Claimant& claimant, Rows& rows, Requester requester,
                                 std::vector<std::string> words)
{
    const auto read = read_words(words);
    const auto complaint = read.complaint.empty() ? complaint_about(read.words, requester) : read.complaint;
    if (!complaint.empty()) {
        claimant.tell(complaint);
        co_return Verdict::rejected;
    }
    if (read.words.plain[1] == "status") {
        rows.add(row_of(ports.store.key_rotation()));
        co_return Verdict::accepted;
    }
    AuditEntry entry;
    entry.event = "master-key-rotation-began";
    entry.actor = "root";
    entry.detail = *read.words.reason;
    auto rotating = ports.store.rotate_key(std::move(entry));
    auto begun = co_await std::move(rotating).outcome();
    if (!begun && begun.error().kind == ErrorKind::not_permitted) {
        claimant.tell(begun.error().detail);
        co_return Verdict::rejected;
    }
    if (!begun)
        co_return begun.error();
    rows.add(row_of(*begun));
    co_return Verdict::accepted;
}

} // namespace ssp
