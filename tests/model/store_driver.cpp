// Carries out operations on a real store, one line of words for each on standard input, one line of answer on
// standard output: what the reference model (reference_test.py) drives and compares.
//
// store_driver DATABASE BOOT_ID [init]   each line begins with the wall clock and the boot clock in seconds
#include "store/initialise.h"
#include "store/sqlite_store.h"

#include <fmt/format.h>
#include <functional>
#include <iostream>
#include <map>
#include <poll.h>
#include <sstream>
#include <unistd.h>

using namespace ssp;

namespace {

class SetClock final : public Clock {
public:
    WallTime now() const noexcept override { return wall; }
    BootTime boot_time() const noexcept override { return boot; }
    WallTime wall{};
    BootTime boot{};
};

/// Few points, so that the model reaches every end of the ledger; and no limit that people share.
GuessLimits few_points()
{
    GuessLimits limits;
    limits.yearly_points = 90;
    limits.phone_off_points = 40;
    limits.desk_refund_points = 30;
    return limits;
}
SendLimits only_a_persons_own()
{
    SendLimits limits;
    for (auto* shared : {&limits.number_per_quarter_hour, &limits.number_per_day,
                         &limits.source_per_quarter_hour, &limits.region_per_day,
                         &limits.foreign_region_per_day, &limits.texts_per_hour, &limits.calls_per_hour})
        *shared = 1000000;
    limits.hold_after_alarm = false;
    return limits;
}

ChallengeId challenge_called(std::int64_t number)
{
    ChallengeId id{};
    for (std::size_t i = 0; i < 8; ++i)
        id[i] = static_cast<unsigned char>(number >> (8 * i));
    return id;
}

const char* word_of(TryAnswer answer)
{
    switch (answer) {
    case TryAnswer::granted: return "granted";
    case TryAnswer::throttled: return "throttled";
    case TryAnswer::locked: return "locked";
    case TryAnswer::budget_spent: return "budget-spent";
    case TryAnswer::challenge_over: return "challenge-over";
    default: return "another answer";
    }
}

const char* word_of(SendAnswer answer)
{
    switch (answer) {
    case SendAnswer::granted: return "granted";
    case SendAnswer::too_soon: return "too-soon";
    case SendAnswer::exhausted: return "exhausted";
    case SendAnswer::locked: return "locked";
    default: return "held-back";
    }
}

AuditEntry entry(std::string event)
{
    AuditEntry entry;
    entry.event = std::move(event);
    return entry;
}

class Driver {
public:
    Driver(std::string path, unsigned char boot) : path_(std::move(path)) { boot_id_[0] = boot; }

    bool open(bool make)
    {
        const MasterKey key{SecretString(std::string(master_key_bytes, 'k'))};
        if (make && !initialise_store(path_, key, random_, geteuid(), getegid()))
            return false;
        SqliteStore::Settings settings;
        settings.path = path_;
        settings.key = {key.bytes.clone()};
        settings.guessing = few_points();
        settings.sending = only_a_persons_own();
        settings.boot_id = boot_id_;
        auto opened = SqliteStore::open(std::move(settings), clock_, random_);
        std::cout << (opened ? "open" : "closed " + opened.error().detail) << std::endl;
        if (opened)
            store_ = std::move(*opened);
        return store_ != nullptr;
    }

    std::string answer(const std::string& line)
    {
        std::istringstream words(line);
        std::int64_t wall = 0;
        std::int64_t boot = 0;
        std::string verb;
        words >> wall >> boot >> verb;
        clock_.wall = WallTime(Seconds(wall));
        clock_.boot = Seconds(boot);
        const auto found = verbs_.find(verb);
        return found == verbs_.end() ? "no such verb" : found->second(words);
    }

private:
    template <class T> Result<T> wait(Task<T> task)
    {
        RootTask<T> root(std::move(task));
        root.start([] {});
        while (!root.finished()) {
            pollfd ready{store_->completions_fd(), POLLIN, 0};
            poll(&ready, 1, 20000);
            store_->run_completions();
        }
        return root.take();
    }
    std::string said(const Result<bool>& result)
    {
        return result ? (*result ? "yes" : "no") : failed(result.error());
    }
    std::string said(const Result<void>& result) { return result ? "done" : failed(result.error()); }
    std::string failed(const Error& error) { return std::string("error ") + word(error.kind); }

    static std::int64_t number(std::istringstream& words)
    {
        std::int64_t value = 0;
        words >> value;
        return value;
    }
    static SubscriberId person(std::istringstream& words) { return SubscriberId{number(words)}; }
    static std::string text(std::istringstream& words)
    {
        std::string value;
        words >> value;
        return value;
    }

    std::string add(std::istringstream& words)
    {
        Identity identity;
        identity.uid = static_cast<std::uint32_t>(number(words));
        identity.name = text(words);
        const auto id = wait(store_->add_subscriber(identity));
        return id ? std::to_string(static_cast<std::int64_t>(*id)) : failed(id.error());
    }
    std::string try_once(std::istringstream& words)
    {
        const auto who = person(words);
        TryCost cost;
        cost.points = static_cast<int>(number(words));
        if (const auto challenge = number(words); challenge != 0) {
            cost.challenge = challenge_called(challenge);
            cost.phone = true;
        }
        const auto reserved = wait(store_->reserve_try(who, cost));
        return reserved ? word_of(reserved->answer) : failed(reserved.error());
    }
    std::string matches(std::istringstream& words)
    {
        const auto who = person(words);
        const auto challenge = challenge_called(number(words));
        return said(wait(store_->matches(who, challenge, SecretString(text(words)))));
    }
    std::string accept(std::istringstream& words, Proof proof, SubscriberId who)
    {
        return said(wait(store_->accept(who, proof, static_cast<int>(number(words)), entry("accepted"))));
    }
    std::string accept_step(std::istringstream& words)
    {
        const auto who = person(words);
        const AuthenticatorId app{number(words)};
        const StepProof proof{app, number(words)};
        return accept(words, proof, who);
    }
    std::string accept_challenge(std::istringstream& words)
    {
        const auto who = person(words);
        const ChallengeProof proof{challenge_called(number(words))};
        return accept(words, proof, who);
    }
    std::string accept_secret(std::istringstream& words)
    {
        const auto who = person(words);
        const LookUpSecretProof proof{store_->digest_of(who, SecretString(text(words)))};
        return accept(words, proof, who);
    }
    std::string accept_trust(std::istringstream& words)
    {
        const auto who = person(words);
        const TrustProof proof{TrustId{number(words)}};
        return accept(words, proof, who);
    }
    std::string send(std::istringstream& words)
    {
        const auto who = person(words);
        SendRequest request;
        request.channel = static_cast<Channel>(number(words));
        request.number = SecretString("+1205555" + std::to_string(static_cast<std::int64_t>(who)));
        request.region = "US";
        request.foreign = false;
        const auto reserved = wait(store_->reserve_send(who, std::move(request), entry("")));
        return reserved ? word_of(reserved->answer) : failed(reserved.error());
    }
    std::string open_challenge(std::istringstream& words)
    {
        const auto who = person(words);
        NewChallenge challenge;
        challenge.kind = static_cast<AuthenticatorKind>(number(words));
        challenge.id = challenge_called(number(words));
        challenge.service = text(words);
        challenge.code = SecretString(text(words));
        challenge.max_tries = static_cast<int>(number(words));
        challenge.expires_at = clock_.wall + Seconds(300);
        challenge.expires_at_boot = clock_.boot + Seconds(300);
        return said(wait(store_->open_challenge(who, std::move(challenge))));
    }
    std::string void_challenge(std::istringstream& words)
    {
        const auto who = person(words);
        return said(wait(store_->void_challenge(who, challenge_called(number(words)), false)));
    }
    std::string bind(std::istringstream& words)
    {
        const auto who = person(words);
        NewAuthenticator bound;
        bound.kind = static_cast<AuthenticatorKind>(number(words));
        bound.secret = SecretString("twenty bytes of key!");
        bound.last_step = number(words);
        if (const auto proven_by = number(words); proven_by != 0)
            bound.proven_by = challenge_called(proven_by);
        const auto refund = static_cast<int>(number(words));
        return said(wait(store_->bind(who, std::move(bound), refund, entry("bound"))));
    }
    std::string secrets(std::istringstream& words)
    {
        const auto who = person(words);
        std::vector<SecretString> all;
        for (auto word = text(words); !word.empty(); word = text(words))
            all.emplace_back(word);
        return said(wait(store_->replace_look_up_secrets(who, {std::move(all), {}}, entry("secrets"))));
    }
    std::string grant(std::istringstream& words)
    {
        const auto who = person(words);
        NewTrust trust;
        trust.device[0] = static_cast<unsigned char>(number(words));
        trust.scope = "sshd";
        trust.expires_at = clock_.wall + std::chrono::days(30);
        return said(wait(store_->grant_trust(who, trust, entry("trust"))));
    }
    std::string find_trust(std::istringstream& words)
    {
        const auto who = person(words);
        Digest device{};
        device[0] = static_cast<unsigned char>(number(words));
        const auto trust = wait(store_->find_trust(who, device, "sshd"));
        if (!trust)
            return failed(trust.error());
        return *trust ? std::to_string(static_cast<std::int64_t>((*trust)->id)) : "none";
    }
    std::string revoke(std::istringstream& words)
    {
        const auto who = person(words);
        return said(wait(store_->revoke_trust(who, TrustId{number(words)}, entry("revoked"))));
    }
    std::string end_trust(std::istringstream& words)
    {
        return said(wait(store_->end_all_trust(person(words), entry("password-changed"))));
    }
    std::string act(std::istringstream& words)
    {
        const auto who = person(words);
        const auto act = text(words);
        const auto what = act == "lock"     ? DeskAct::lock
                          : act == "unlock" ? DeskAct::unlock
                          : act == "reset"  ? DeskAct::reset
                                            : DeskAct::forget_devices;
        return said(wait(store_->act(who, what, "model", entry(act))));
    }
    std::string record(std::istringstream&) { return said(wait(store_->record(entry("daemon-stopped")))); }
    std::string show(std::istringstream& words)
    {
        const auto found = wait(store_->find_subscriber_by_name(text(words)));
        if (!found)
            return failed(found.error());
        if (!*found)
            return "nobody";
        const auto& person = **found;
        auto shown =
            fmt::format("points={} since={} failures={} locked={} until={} secrets={} uid={} epoch={}",
                        person.guess_points, person.points_since_success, person.consecutive_failures,
                        person.locked_by_desk ? 1 : 0,
                        person.throttled_until ? person.throttled_until->time_since_epoch().count() : 0,
                        person.look_up_secrets_left, person.identity.uid, person.epoch);
        for (const auto& one : person.authenticators)
            shown += fmt::format(" {}:{}:{}", static_cast<int>(one.kind), static_cast<std::int64_t>(one.id),
                                 one.last_step);
        return shown;
    }

    using Work = std::function<std::string(std::istringstream&)>;
    Work verb(std::string (Driver::*work)(std::istringstream&))
    {
        return [this, work](std::istringstream& words) { return (this->*work)(words); };
    }

    const std::string path_;
    BootId boot_id_{};
    SetClock clock_;
    SystemRandom random_;
    std::unique_ptr<SqliteStore> store_;
    const std::map<std::string, Work> verbs_{
        {"add", verb(&Driver::add)},
        {"try", verb(&Driver::try_once)},
        {"matches", verb(&Driver::matches)},
        {"accept-step", verb(&Driver::accept_step)},
        {"accept-challenge", verb(&Driver::accept_challenge)},
        {"accept-secret", verb(&Driver::accept_secret)},
        {"accept-trust", verb(&Driver::accept_trust)},
        {"send", verb(&Driver::send)},
        {"open", verb(&Driver::open_challenge)},
        {"void", verb(&Driver::void_challenge)},
        {"bind", verb(&Driver::bind)},
        {"secrets", verb(&Driver::secrets)},
        {"grant", verb(&Driver::grant)},
        {"find-trust", verb(&Driver::find_trust)},
        {"revoke", verb(&Driver::revoke)},
        {"end-trust", verb(&Driver::end_trust)},
        {"act", verb(&Driver::act)},
        {"show", verb(&Driver::show)},
        {"record", verb(&Driver::record)},
    };
};

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3)
        return 2;
    Driver driver(argv[1], static_cast<unsigned char>(std::stoi(argv[2])));
    if (!driver.open(argc > 3))
        return 1;
    for (std::string line; std::getline(std::cin, line);)
        std::cout << driver.answer(line) << std::endl;
    return 0;
}
