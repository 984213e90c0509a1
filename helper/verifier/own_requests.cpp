#include "verifier/own_requests.h"

#include "verifier/challenge.h"
#include "verifier/look_up_secret.h"
#include "verifier/reference.h"
#include "verifier/request_words.h"
#include "verifier/subscriber_row.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace ssp {

namespace {

constexpr std::string_view allowed_verbs =
    "status, devices, devices revoke ID, devices forget, recovery-codes";

enum class Verb { none, status, devices, revoke, forget, recovery_codes };

struct OwnRequest {
    Verb verb = Verb::none;
    TrustId device{};
    std::string complaint; ///< why there is no verb
};

std::optional<TrustId> device_id(const std::string& word)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size() || number < 1)
        return std::nullopt;
    return TrustId{number};
}

OwnRequest complain(std::string sentence) { return {Verb::none, {}, std::move(sentence)}; }

OwnRequest read_devices(const std::vector<std::string>& words)
{
    if (words.size() == 1)
        return {Verb::devices, {}, {}};
    if (words[1] == "forget" && words.size() == 2)
        return {Verb::forget, {}, {}};
    if (words[1] != "revoke")
        return complain(unknown_word(words[1], allowed_verbs));
    const auto id = words.size() == 3 ? device_id(words[2]) : std::nullopt;
    if (!id)
        return complain("devices revoke needs one ID, a number from the list that devices shows.");
    return {Verb::revoke, *id, {}};
}

OwnRequest read_request(const std::vector<std::string>& words)
{
    for (const auto& word : words)
        if (word.starts_with("--"))
            return complain(unknown_word(word, allowed_verbs));
    if (words.empty())
        return complain(unknown_word("", allowed_verbs));
    if (words[0] == "devices")
        return read_devices(words);
    const auto verb = words[0] == "status"           ? Verb::status
                      : words[0] == "recovery-codes" ? Verb::recovery_codes
                                                     : Verb::none;
    if (verb == Verb::none)
        return complain(unknown_word(words[0], allowed_verbs));
    if (words.size() > 1)
        return complain(unknown_word(words[1], allowed_verbs));
    return {verb, {}, {}};
}

SignInFacts facts_of(const Subscriber& subscriber)
{
    SignInFacts facts;
    facts.person = subscriber.identity;
    facts.service = "ssp-mfa";
    facts.caller_uid = subscriber.identity.uid;
    return facts;
}

/// One of the person's factors before anything is changed. Whoever sits at an unlocked session could guess
/// here without the first factor, so that only a slice of the ledger is open.
Task<Verdict> prove_factor(Ports ports, Claimant& claimant, const Subscriber& subscriber, std::string purpose)
{
    if (subscriber.points_since_success >= own_request_points) {
        claimant.tell(
            "Too many wrong codes since your last sign-in with a code. Sign in once, then try again.");
        co_return Verdict::locked;
    }
    auto reference = new_reference(ports.random);
    if (!reference)
        co_return Verdict::unavailable;
    Attempt attempt(ports, claimant, facts_of(subscriber), *reference);
    attempt.most_points_since_success = own_request_points;
    auto entry = attempt.entry("factor-proven");
    entry.detail = std::move(purpose);
    const auto verdict = co_await challenge(attempt, subscriber, entry);
    if (verdict != Verdict::accepted)
        co_await attempt.record_refusal();
    co_return verdict;
}

AuditEntry entry_for(const Subscriber& subscriber, std::string event)
{
    AuditEntry entry;
    entry.event = std::move(event);
    entry.person = subscriber.identity;
    entry.actor = "self";
    entry.service = "ssp-mfa";
    return entry;
}

/// A change that ended with an error may have been done: nothing is claimed. Returns the error.
Error tell_what_is_known(Claimant& claimant, const Error& error, const std::string& look)
{
    claimant.tell(error.kind == ErrorKind::not_permitted
                      ? "Nothing was changed: your account was changed meanwhile. Begin again."
                      : "It is not known whether this was done: the database failed meanwhile. " + look);
    return error;
}

Task<Verdict> revoke(Ports ports, Claimant& claimant, const Subscriber& subscriber, TrustId device)
{
    const auto proven = co_await prove_factor(ports, claimant, subscriber, "to revoke a device");
    if (proven != Verdict::accepted)
        co_return proven;
    auto entry = entry_for(subscriber, "device-revoked");
    entry.detail = "device " + std::to_string(static_cast<std::int64_t>(device));
    const auto was_live = co_await ports.store.revoke_trust(subscriber.id, device, entry).outcome();
    if (!was_live)
        co_return tell_what_is_known(claimant, was_live.error(), "Look with ssp-mfa devices.");
    claimant.tell(*was_live ? "That device is asked for a code from now on."
                            : "No remembered device of yours has that ID; devices lists them.");
    co_return *was_live ? Verdict::accepted : Verdict::rejected;
}

Task<Verdict> forget(Ports ports, Claimant& claimant, const Subscriber& subscriber)
{
    const auto proven = co_await prove_factor(ports, claimant, subscriber, "to forget all devices");
    if (proven != Verdict::accepted)
        co_return proven;
    const auto entry = entry_for(subscriber, "devices-forgotten");
    const auto ended = co_await ports.store.end_all_trust(subscriber.id, entry).outcome();
    if (!ended)
        co_return tell_what_is_known(claimant, ended.error(), "Look with ssp-mfa devices.");
    claimant.tell("Every device is asked for a code from now on.");
    co_return Verdict::accepted;
}

Task<Verdict> make_recovery_codes(Ports ports, Claimant& claimant, Rows& rows, const Subscriber& subscriber)
{
    const auto proven = co_await prove_factor(ports, claimant, subscriber, "to make recovery codes");
    if (proven != Verdict::accepted)
        co_return proven;
    auto secrets = new_look_up_secrets(ports.random);
    if (!secrets)
        co_return Verdict::unavailable;
    std::vector<SecretString> shown;
    for (const auto& secret : *secrets)
        shown.push_back(grouped_look_up_secret(secret));
    const auto entry = entry_for(subscriber, "recovery-codes-replaced");
    NewLookUpSecrets anew{std::move(*secrets), subscriber.epoch};
    const auto replaced =
        co_await ports.store.replace_look_up_secrets(subscriber.id, std::move(anew), entry).outcome();
    if (!replaced)
        co_return tell_what_is_known(
            claimant, replaced.error(),
            "Those from before may\nno longer work: make recovery codes again later.");
    for (const auto& code : shown)
        rows.add({{"recovery_code", std::string(code.reveal())}});
    claimant.tell("Each works once, without a phone. Keep them safe: they are not shown again.\n"
                  "Recovery codes from before no longer work.");
    co_return Verdict::accepted;
}

Task<Verdict> change(Ports ports, Claimant& claimant, Rows& rows, const Subscriber& subscriber,
                     OwnRequest request)
{
    if (subscriber.authenticators.empty() && subscriber.look_up_secrets_left == 0) {
        claimant.tell("You have not set up a second factor yet; the next sign-in does that.");
        co_return Verdict::rejected;
    }
    if (request.verb == Verb::revoke)
        co_return co_await revoke(ports, claimant, subscriber, request.device);
    if (request.verb == Verb::forget)
        co_return co_await forget(ports, claimant, subscriber);
    co_return co_await make_recovery_codes(ports, claimant, rows, subscriber);
}

} // namespace

Task<Verdict> answer_own_request(Ports ports, Claimant& claimant, Rows& rows, std::uint32_t uid,
                                 std::vector<std::string> words)
{
    const auto request = read_request(words);
    if (request.verb == Verb::none) {
        claimant.tell(request.complaint);
        co_return Verdict::rejected;
    }
    auto subscriber = co_await ports.store.find_subscriber_by_uid(uid);
    if (!subscriber) // the same words and rows as for somebody known who has nothing set up
        subscriber.emplace().identity.uid = uid;
    const bool only_reads = request.verb == Verb::status || request.verb == Verb::devices;
    if (!only_reads)
        co_return co_await change(ports, claimant, rows, *subscriber, request);

    std::vector<Trust> trusts;
    if (subscriber->id != SubscriberId{})
        trusts = co_await ports.store.list_trust(subscriber->id);
    if (request.verb == Verb::status)
        rows.add(subscriber_row(*subscriber, trusts, ports.clock.now()));
    else
        for (const auto& trust : trusts)
            if (trust.live)
                rows.add(device_row(trust));
    if (request.verb == Verb::devices && std::ranges::none_of(trusts, &Trust::live))
        claimant.tell("No device is remembered: each sign-in asks for a code.");
    co_return Verdict::accepted;
}

} // namespace ssp
