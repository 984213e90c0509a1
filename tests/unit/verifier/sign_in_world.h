#pragma once
// A world in which people sign in: memory store, recorded messages, time that stands still.
#include "ssh_keys.h"
#include "store/memory_store.h"
#include "support/counting_random.h"
#include "support/manual_clock.h"
#include "support/recording_delivery.h"
#include "support/scripted_claimant.h"
#include "verifier/device.h"
#include "verifier/look_up_secret.h"
#include "verifier/sign_in.h"
#include "verifier/totp.h"

#include <algorithm>
#include <cstdlib>
#include <liboath/oath.h>
#include <stdexcept>

namespace ssp::testing {

using Script = std::vector<Step>;

inline const SecretString app_key(std::string_view("12345678901234567890"));
inline const Identity alice{1001, "alice"};

/// Predictable, and notes the challenges: nothing else is drawn sixteen bytes at a time.
class NotingRandom final : public Random {
public:
    Result<void> fill(std::span<unsigned char> out) override
    {
        auto filled = counting_.fill(out);
        ChallengeId id{};
        if (out.size() == id.size()) {
            std::copy(out.begin(), out.end(), id.begin());
            challenges.push_back(id);
        }
        return filled;
    }
    std::vector<ChallengeId> challenges;

private:
    CountingRandom counting_;
};

struct World {
    World() { policy.support_contact = "Portal Support 205 555 0100"; }

    SignInFacts facts() const
    {
        SignInFacts out;
        out.person = person;
        out.service = service;
        out.tty = "ssh";
        out.source = "192.0.2.7";
        out.connection = connection;
        if (service == "sshd")
            out.auth_info = key;
        return out;
    }
    Ports ports() { return {store, delivery, clock, random, policy}; }

    Task<Verdict> task(ScriptedClaimant& claimant)
    {
        return ssp::sign_in(ports(), connections, claimant, facts());
    }
    Result<Verdict> sign_in(ScriptedClaimant& claimant) { return run_now(task(claimant)); }

    /// As above, whatever the person was shown.
    Result<Verdict> sign_in_with(Script script)
    {
        ScriptedClaimant claimant(std::move(script));
        return sign_in(claimant);
    }

    /// A whole sign-in: the script must be read to its end, and every screen must fit its terminal.
    Verdict verdict_of(ScriptedClaimant& claimant)
    {
        const auto ended = sign_in(claimant);
        if (!ended || !claimant.all_read())
            throw std::runtime_error((ended ? "not the script: " : ended.error().detail + ": ") +
                                     claimant.screen());
        if (!claimant.faults().empty())
            throw std::runtime_error(claimant.faults());
        return *ended;
    }
    Verdict verdict_of(Script script)
    {
        ScriptedClaimant claimant(std::move(script));
        return verdict_of(claimant);
    }

    std::optional<Subscriber> find() { return *run_now(store.find_subscriber(person)); }
    Subscriber known() { return *std::move(find()); }
    SubscriberId id() { return known().id; }

    void bind(AuthenticatorKind kind, SecretString secret)
    {
        const auto subscriber = *run_now(store.add_subscriber(person));
        NewAuthenticator authenticator;
        authenticator.kind = kind;
        authenticator.secret = std::move(secret);
        (void)run_now(store.bind(subscriber, std::move(authenticator), 0, AuditEntry{}));
        (void)run_now(store.clear_notices(subscriber, AuditEntry{})); // it was long ago
        (void)store.take_tellings();
    }
    void bind_text()
    {
        bind(AuthenticatorKind::text_message, SecretString(std::string_view("+12055550123")));
    }
    void bind_voice() { bind(AuthenticatorKind::voice_call, SecretString(std::string_view("+12055550107"))); }
    void bind_app() { bind(AuthenticatorKind::authenticator_app, app_key.clone()); }
    std::vector<std::string> give_recovery_codes()
    {
        auto secrets = *new_look_up_secrets(random);
        std::vector<std::string> shown;
        for (const auto& secret : secrets)
            shown.emplace_back(grouped_look_up_secret(secret).reveal());
        (void)run_now(store.replace_look_up_secrets(id(), {std::move(secrets), {}}, AuditEntry{}));
        return shown;
    }

    /// The code that an app with `secret` shows now, some steps from now on.
    std::string app_code(const SecretString& secret, int steps = 0) const
    {
        std::array<char, 16> code{};
        oath_totp_generate(secret.reveal().data(), secret.size(),
                           (clock.now() + Seconds(30) * steps).time_since_epoch().count(), 30, 0, 6,
                           code.data());
        return code.data();
    }
    std::string app_code(int steps = 0) const { return app_code(app_key, steps); }

    /// Six digits that no step near now has.
    std::string wrong_app_code() const
    {
        for (int i = 100000;; ++i)
            if (!totp::matched_step(app_key, std::to_string(i), clock.now()))
                return std::to_string(i);
    }

    /// Types the code that came last.
    Step code_that_came() const
    {
        return {"{code}", [this](const std::string&) { return delivery.last_code(); }};
    }
    /// Types another code of as many digits.
    Step another_code() const
    {
        return {"{wrong}", [this](const std::string&) {
                    auto code = delivery.last_code();
                    code.back() = code.back() == '9' ? '0' : static_cast<char>(code.back() + 1);
                    return code;
                }};
    }

    /// Types what an app shows that was given the key on the screen.
    Step code_of_shown_key(int steps = 0) const
    {
        return {"{code}",
                [this, steps](const std::string& screen) { return app_code(key_on(screen), steps); }};
    }
    static SecretString key_on(const std::string& screen)
    {
        const auto at = screen.rfind("Key: ") + 5;
        const auto letters = screen.substr(at, screen.find('\n', at) - at);
        char* bytes = nullptr;
        std::size_t size = 0;
        if (oath_base32_decode(letters.data(), letters.size(), &bytes, &size) != OATH_OK)
            throw std::runtime_error("no key on the screen");
        SecretString key(std::string_view(bytes, size));
        free(bytes);
        return key;
    }
    /// Does something while the person is typing.
    static Step meanwhile(std::string text, std::function<void()> what)
    {
        return {text, [text, what](const std::string&) {
                    what();
                    return text;
                }};
    }

    /// True if a code can still be typed for any challenge that was ever opened.
    bool has_live_challenge()
    {
        for (std::size_t i = 0; i < random.challenges.size() && i < delivery.messages.size(); ++i) {
            SecretString code(delivery.code(i));
            if (*run_now(store.matches(id(), random.challenges[i], std::move(code))))
                return true;
        }
        return false;
    }
    bool has_trust() { return find() && !run_now(store.list_trust(id()))->empty(); }

    int count(std::string_view event) const
    {
        return static_cast<int>(std::count_if(store.audit().begin(), store.audit().end(),
                                              [event](const AuditEntry& row) { return row.event == event; }));
    }

    ManualClock clock;
    NotingRandom random;
    Policy policy;
    MemoryStore store{clock, random, policy.guessing, policy.sending};
    RecordingDelivery delivery;
    Connections connections;
    Identity person = alice;
    std::string service = "sshd";
    std::string connection = "connection-1";
    std::string key{ssh_keys[0].plain}; ///< SSH_AUTH_INFO_0; an empty text: signed in with a password
};

} // namespace ssp::testing
