#pragma once
// The store that the contract is held against, and what its sentences share. Each store has its own
// implementation (memory_under_test.cpp, sqlite_under_test.cpp); the sentences do not know which it is.
#include "support/manual_clock.h"
#include "verifier/ports.h"

#include <memory>
#include <string>
#include <vector>

struct CMUnitTest;

namespace ssp::testing {

class StoreUnderTest {
public:
    explicit StoreUnderTest(GuessLimits guessing = {}, SendLimits sending = {});
    ~StoreUnderTest();

    Store& operator*() noexcept;
    Store* operator->() noexcept { return &**this; }

    /// Waits until the store has something to tell, and lets it.
    void turn();
    /// Waits for one task.
    template <class T> Result<T> wait(Task<T> task)
    {
        RootTask<T> root(std::move(task));
        root.start([] {});
        while (!root.finished())
            turn();
        return root.take();
    }
    /// Waits for a task that must not fail.
    template <class T> T get(Task<T> task)
    {
        auto result = wait(std::move(task));
        if (!result)
            throw std::runtime_error("the store failed: " + result.error().detail);
        if constexpr (!std::is_void_v<T>)
            return std::move(*result);
    }
    /// What a restart of the daemon does; a store that keeps nothing on disk goes on.
    void reopen();
    /// What left the store to be told since the last time, oldest first.
    std::vector<Telling> tellings();
    /// The events of the audit trail, oldest first.
    std::vector<std::string> audit();

    ManualClock clock;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

inline const Identity alice{1000, "alice"};
inline const Identity bob{1001, "bob"};

AuditEntry entry(std::string event);
TryCost costs(int points);
TryCost costs(int points, const ChallengeId& challenge);
ChallengeId challenge_id(unsigned char number);
/// A text message's code 123456 for sshd, three tries, 300 s.
NewChallenge text_challenge(unsigned char number, const StoreUnderTest& store);
/// A text message to `number` in the US from one address.
SendRequest message_to(std::string_view number);
NewAuthenticator app(std::int64_t last_step = 100);
NewAuthenticator phone(std::string number);
Digest device(unsigned char number);
NewTrust trust(unsigned char device_number, const StoreUnderTest& store, std::string scope = "sshd");

/// Alice with an authenticator app.
struct Enrolled {
    SubscriberId id{};
    AuthenticatorId app{};
};
Enrolled enrol(StoreUnderTest& store, const Identity& identity = alice);
/// As find_subscriber() knows her now.
Subscriber read(StoreUnderTest& store, const Identity& identity = alice);

std::vector<CMUnitTest> people_sentences();
std::vector<CMUnitTest> guessing_sentences();
std::vector<CMUnitTest> everybody_sentences();
std::vector<CMUnitTest> disabling_sentences();
std::vector<CMUnitTest> sending_sentences();
std::vector<CMUnitTest> shared_sending_sentences();
std::vector<CMUnitTest> typed_back_sentences();
std::vector<CMUnitTest> telling_sentences();
std::vector<CMUnitTest> challenge_sentences();
std::vector<CMUnitTest> authenticator_sentences();
std::vector<CMUnitTest> trust_sentences();
std::vector<CMUnitTest> waiter_sentences();
std::vector<CMUnitTest> clock_sentences();

} // namespace ssp::testing
