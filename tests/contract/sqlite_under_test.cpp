#include "contract/store_under_test.h"
#include "store/initialise.h"
#include "store/sqlite_store.h"
#include "support/temporary_directory.h"

#include <SQLiteCpp/Column.h>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

namespace ssp::testing {

namespace {

MasterKey key() { return {SecretString("0123456789abcdef0123456789abcdef"), false}; }

template <class T> T must(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().detail);
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

std::unique_ptr<SqliteStore> open(const std::string& path, GuessLimits guessing, SendLimits sending,
                                  Clock& clock, Random& random, std::vector<Telling>& tellings)
{
    SqliteStore::Settings settings;
    settings.path = path;
    settings.key = key();
    settings.guessing = guessing;
    settings.sending = sending;
    settings.hooks.on_telling = [&tellings](Telling telling) { tellings.push_back(std::move(telling)); };
    return must(SqliteStore::open(std::move(settings), clock, random));
}

} // namespace

struct StoreUnderTest::Parts {
    TemporaryDirectory folder;
    SystemRandom random;
    GuessLimits guessing;
    SendLimits sending;
    std::vector<Telling> tellings;
    std::unique_ptr<SqliteStore> store;
    Parts(Clock& time, GuessLimits guess_limits, SendLimits send_limits)
        : guessing(guess_limits), sending(send_limits)
    {
        must(initialise_store(folder.path("ssp-mfa.db"), key(), random, geteuid(), getegid()));
        open_again(time);
    }
    void open_again(Clock& time)
    {
        store.reset();
        store = open(folder.path("ssp-mfa.db"), guessing, sending, time, random, tellings);
    }
};

StoreUnderTest::StoreUnderTest(GuessLimits guessing, SendLimits sending)
    : parts_(std::make_unique<Parts>(clock, guessing, sending))
{
}

StoreUnderTest::~StoreUnderTest() = default;
Store& StoreUnderTest::operator*() noexcept { return *parts_->store; }

void StoreUnderTest::reopen() { parts_->open_again(clock); }

void StoreUnderTest::turn()
{
    pollfd ready{parts_->store->completions_fd(), POLLIN, 0};
    if (poll(&ready, 1, 20000) != 1)
        throw std::runtime_error("the writer thread does not answer");
    parts_->store->run_completions();
}

std::vector<Telling> StoreUnderTest::tellings() { return std::exchange(parts_->tellings, {}); }

std::vector<std::string> StoreUnderTest::audit()
{
    std::vector<std::string> events;
    SQLite::Database database(parts_->folder.path("ssp-mfa.db"));
    SQLite::Statement rows(database, "SELECT event FROM audit ORDER BY sequence");
    while (rows.executeStep())
        events.push_back(rows.getColumn(0).getString());
    return events;
}

} // namespace ssp::testing
