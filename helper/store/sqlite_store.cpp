#include "store/sqlite_store.h"

#include "store/database_file.h"
#include "store/installation.h"
#include "store/open_database.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace ssp {

using transactions::Done;
using transactions::Terms;

namespace {

/// A Job that is a function and keeps what it returned.
template <class T, class Work> class WriteJob final : public Job {
public:
    WriteJob(Work work, Room room) : Job(room), work_(std::move(work)) {}
    bool run(Tables& rows) override
    {
        result_.emplace(work_(rows));
        return result_->has_value();
    }
    void refuse(Error error) override { result_.emplace(std::move(error)); }
    Result<T> take() { return std::move(*result_); }

private:
    Work work_;
    std::optional<Result<T>> result_;
};

/// Queues a job and waits for it. Destroyed while it waits, it only lets go of the job.
class Waiting {
public:
    Waiting(Writer& writer, std::shared_ptr<Job> job) : writer_(writer), job_(std::move(job)) {}
    ~Waiting() { job_->waiter = {}; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter)
    {
        job_->waiter = waiter;
        writer_.submit(job_);
    }
    void await_resume() const noexcept {}

private:
    Writer& writer_;
    std::shared_ptr<Job> job_;
};

Task<void> without_value(Task<Done> task) { co_await task; }

template <class T> Task<T> refuse(Error error) { co_return error; }

} // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(Settings settings, Clock& clock, Random& random)
{
    const auto file = check_database_file(settings.path);
    if (!file)
        return file.error();
    auto opened =
        open_database(*file, {settings.key, settings.next_key, settings.boot_id, settings.ballast_bytes});
    if (!opened)
        return Error{opened.error().kind, "database " + settings.path + ": " + opened.error().detail};
    return std::unique_ptr<SqliteStore>(
        new SqliteStore(std::move(*opened), std::move(settings), clock, random));
}

SqliteStore::SqliteStore(OpenDatabase opened, Settings settings, Clock& clock, Random& random)
    : clock_(clock), random_(random), guessing_(settings.guessing), sending_(settings.sending),
      boot_id_(opened.boot_id), stopped_uncleanly_(opened.stopped_uncleanly),
      next_key_(std::move(settings.next_key)), key_is_credential_(settings.key.is_credential),
      written_(std::move(opened.written)), read_(std::move(opened.read)),
      rotating_(std::move(opened.rotating)),
      writer_(std::make_unique<Writer>(*written_, opened.file, std::move(opened.mark),
                                       std::move(opened.ballast), rotating_, std::move(settings.hooks)))
{
}

SqliteStore::~SqliteStore()
{
    const bool sound = writer_->end();
    writer_.reset();
    if (!sound || stopped_uncleanly_)
        return;
    try {
        mark_clean(*written_->connection, true);
        written_->connection->merge_at_close(true); // it closes after read_
    } catch (const SQLite::Exception&) {
        return; // the next start finds it unclean, which is true
    }
}

void SqliteStore::set_limits(GuessLimits guessing, SendLimits sending)
{
    guessing_ = guessing;
    sending_ = sending;
}

void SqliteStore::run_completions()
{
    writer_->run_completions();
    if (ending_ && ending_->finished())
        ending_.reset();
    if (!ending_ && rotating_->is_ready())
        ending_.emplace(end_rotation()).start([] {});
}

Task<KeyRotation> SqliteStore::rotate_key(AuditEntry entry)
{
    auto next = next_key_ ? next_key_() : Result<std::optional<MasterKey>>(std::optional<MasterKey>());
    if (!next)
        co_return Error{ErrorKind::not_permitted, next.error().detail};
    if (!*next)
        co_return Error{ErrorKind::not_permitted, "There is no new key to change to."};
    if (!rotating_->progress().next.empty())
        co_return Error{ErrorKind::not_permitted, "A rotation of the master key is under way."};
    read_->keys->begin_rotation(**next); // before the first row under it can be read
    auto job = rotating_->beginning(std::move(**next), std::move(entry), clock_.now());
    Waiting waiting(*writer_, job);
    co_await waiting;
    if (!job->result() && rotating_->progress().next.empty())
        read_->keys->drop_successor();
    if (!job->result())
        co_return job->result().error();
    co_return key_rotation();
}

Task<void> SqliteStore::end_rotation()
{
    auto job = rotating_->ending(clock_.now());
    Waiting waiting(*writer_, job);
    co_await waiting;
    if (job->result())
        read_->keys->end_rotation();
}

KeyRotation SqliteStore::key_rotation() const
{
    auto progress = rotating_->progress();
    progress.credential = key_is_credential_;
    return progress;
}

template <class T, class Work> Task<T> SqliteStore::write(Work work, Room room)
{
    auto job = std::make_shared<WriteJob<T, Work>>(std::move(work), room);
    Waiting waiting(*writer_, job);
    co_await waiting;
    co_return job->take();
}

template <class Work> auto SqliteStore::read(Work work) const -> decltype(work(std::declval<Tables&>()))
{
    auto& connection = *read_->connection;
    if (broken())
        return Error{ErrorKind::store_unavailable, "the database needs a restart of the daemon"};
    try {
        connection.run("BEGIN");
        auto result = work(*read_);
        connection.run("COMMIT");
        return result;
    } catch (const SQLite::Exception& e) {
        const auto why = "database " + writer_->file() + ": " + words_for(e);
        if (needs_restart(e.getErrorCode()))
            writer_->give_up(why);
        if (sqlite3_get_autocommit(connection.raw().getHandle()) == 0)
            connection.raw().tryExec("ROLLBACK");
        return Error{ErrorKind::store_unavailable, why};
    }
}

Task<std::optional<WallTime>> SqliteStore::oldest_audit_row()
{
    co_return read([](Tables& rows) { return rows.audit.oldest(); });
}

Task<int> SqliteStore::cut_audit_trail(WallTime before, int most)
{
    return write<int>(
        [now = clock_.now(), before, most](Tables& rows) { return rows.audit.cut(before, most, now); });
}

Task<void> SqliteStore::answer()
{
    return without_value(write<Done>([](Tables&) { return Done{}; }, Room::no_need));
}

Task<std::optional<Subscriber>> SqliteStore::find_subscriber(Identity identity)
{
    if (auto right = check_clock(); !right)
        co_return right.error();
    co_return read([&](Tables& rows) { return transactions::find_subscriber(rows, identity, terms()); });
}

Task<std::optional<Subscriber>> SqliteStore::find_subscriber_by_name(std::string name)
{
    co_return read([&](Tables& rows) { return transactions::find_by_name(rows, name, terms()); });
}

Task<std::optional<Subscriber>> SqliteStore::find_subscriber_by_uid(std::uint32_t uid)
{
    co_return read([&](Tables& rows) { return transactions::find_by_uid(rows, uid, terms()); });
}

Task<bool> SqliteStore::matches(SubscriberId subscriber, ChallengeId challenge, SecretString code)
{
    co_return read(
        [&](Tables& rows) { return transactions::matches(rows, moment(), subscriber, challenge, code); });
}

Task<std::optional<Trust>> SqliteStore::find_trust(SubscriberId subscriber, Digest device, std::string scope)
{
    co_return read(
        [&](Tables& rows) { return transactions::find_trust(rows, moment(), subscriber, device, scope); });
}

Task<std::vector<Trust>> SqliteStore::list_trust(SubscriberId subscriber)
{
    co_return read([&](Tables& rows) { return transactions::list_trust(rows, moment(), subscriber); });
}

Digest SqliteStore::digest_of(SubscriberId subscriber, const SecretString& look_up_secret) const
{
    return read_->authenticators.digest_of(subscriber, look_up_secret);
}

Task<SubscriberId> SqliteStore::add_subscriber(Identity identity)
{
    return write<SubscriberId>([identity = std::move(identity)](Tables& rows) {
        return transactions::add_subscriber(rows, identity);
    });
}

Task<TryReservation> SqliteStore::reserve_try(SubscriberId subscriber, TryCost cost)
{
    return write<TryReservation>([terms = terms(), subscriber, cost](Tables& rows) {
        return transactions::reserve_try(rows, terms, subscriber, cost);
    });
}

Task<bool> SqliteStore::accept(SubscriberId subscriber, Proof proof, int refund_points, AuditEntry entry)
{
    if (auto right = check_clock(); !right)
        return refuse<bool>(right.error());
    return write<bool>(
        [terms = terms(), subscriber, proof, refund_points, entry = std::move(entry)](Tables& rows) {
            return transactions::accept(rows, terms, subscriber, proof, refund_points, entry);
        });
}

Task<SendReservation> SqliteStore::reserve_send(SubscriberId subscriber, SendRequest request,
                                                AuditEntry entry)
{
    return write<SendReservation>(
        [terms = terms(), subscriber, request = std::move(request), entry = std::move(entry)](Tables& rows) {
            return transactions::reserve_send(rows, terms, subscriber, request, entry);
        });
}

Task<void> SqliteStore::refuse_code(SubscriberId subscriber, RefusedCode refused, AuditEntry entry)
{
    return without_value(write<Done>(
        [terms = terms(), subscriber, refused = std::move(refused), entry = std::move(entry)](Tables& rows) {
            return transactions::refuse_code(rows, terms, subscriber, refused, entry);
        }));
}

Task<bool> SqliteStore::reserve_administrators_notice()
{
    return write<bool>(
        [terms = terms()](Tables& rows) { return transactions::reserve_administrators_notice(rows, terms); });
}

Task<void> SqliteStore::open_challenge(SubscriberId subscriber, NewChallenge challenge)
{
    return without_value(
        write<Done>([now = moment(), subscriber, challenge = std::move(challenge)](Tables& rows) {
            return transactions::open_challenge(rows, now, subscriber, challenge);
        }));
}

Task<void> SqliteStore::void_challenge(SubscriberId subscriber, ChallengeId challenge, bool never_sent)
{
    return without_value(write<Done>([terms = terms(), subscriber, challenge, never_sent](Tables& rows) {
        return transactions::void_challenge(rows, terms, subscriber, challenge, never_sent);
    }));
}

Task<bool> SqliteStore::bind(SubscriberId subscriber, NewAuthenticator authenticator, int refund_points,
                             AuditEntry entry)
{
    if (auto right = check_clock(); !right)
        co_return right.error();
    Nonce nonce{};
    if (auto drawn = random_.fill(nonce); !drawn)
        co_return drawn.error();
    auto work = [terms = terms(), subscriber, authenticator = std::move(authenticator), nonce, refund_points,
                 entry = std::move(entry)](Tables& rows) {
        return transactions::bind(rows, terms, subscriber, authenticator, nonce, refund_points, entry);
    };
    auto bound = write<bool>(std::move(work));
    co_return co_await bound;
}

Task<void> SqliteStore::replace_look_up_secrets(SubscriberId subscriber, NewLookUpSecrets anew,
                                                AuditEntry entry)
{
    std::vector<Digest> digests;
    for (const auto& secret : anew.secrets)
        digests.push_back(digest_of(subscriber, secret));
    return without_value(write<Done>([terms = terms(), subscriber, digests = std::move(digests),
                                      epoch = anew.epoch, entry = std::move(entry)](Tables& rows) {
        return transactions::replace_look_up_secrets(rows, terms, subscriber, digests, epoch, entry);
    }));
}

Task<void> SqliteStore::grant_trust(SubscriberId subscriber, NewTrust trust, AuditEntry entry)
{
    return without_value(write<Done>(
        [now = moment(), subscriber, trust = std::move(trust), entry = std::move(entry)](Tables& rows) {
            return transactions::grant_trust(rows, now, subscriber, trust, entry);
        }));
}

Task<bool> SqliteStore::revoke_trust(SubscriberId subscriber, TrustId trust, AuditEntry entry)
{
    return write<bool>(
        [now = moment(), subscriber, trust, entry = std::move(entry)](Tables& rows) {
            return transactions::revoke_trust(rows, now, subscriber, trust, entry);
        },
        Room::desk);
}

Task<void> SqliteStore::end_all_trust(SubscriberId subscriber, AuditEntry entry)
{
    return without_value(
        write<Done>([now = clock_.now(), subscriber, entry = std::move(entry)](
                        Tables& rows) { return transactions::end_all_trust(rows, now, subscriber, entry); },
                    Room::desk));
}

Task<void> SqliteStore::act(SubscriberId subscriber, DeskAct act, std::string reason, AuditEntry entry)
{
    return without_value(write<Done>(
        [terms = terms(), subscriber, act, reason = std::move(reason), entry = std::move(entry)](
            Tables& rows) { return transactions::act(rows, terms, subscriber, act, reason, entry); },
        Room::desk));
}

Task<bool> SqliteStore::reset_damaged(std::string name, std::string reason, AuditEntry entry)
{
    return write<bool>(
        [terms = terms(), name = std::move(name), reason = std::move(reason), entry = std::move(entry)](
            Tables& rows) { return transactions::reset_damaged(rows, terms, name, reason, entry); },
        Room::desk);
}

Task<ClockRepair> SqliteStore::repair_clock(AuditEntry entry)
{
    return write<ClockRepair>([terms = terms(), entry = std::move(entry)](Tables& rows) {
        return transactions::repair_clock(rows, terms, entry);
    });
}

Task<void> SqliteStore::record(AuditEntry entry)
{
    const bool nobody_at_the_desk = entry.actor == "self" || entry.actor == "ssp-mfad";
    const auto room = nobody_at_the_desk ? Room::record : Room::desk; // the desk looks, and is recorded
    auto work = [now = clock_.now(), entry = std::move(entry)](Tables& rows) {
        return transactions::record(rows, now, entry);
    };
    return without_value(write<Done>(std::move(work), room));
}

Task<void> SqliteStore::add_notice(SubscriberId subscriber, std::string sentence)
{
    return without_value(
        write<Done>([subscriber, sentence = std::move(sentence)](
                        Tables& rows) { return transactions::add_notice(rows, subscriber, sentence); },
                    Room::record));
}

Task<void> SqliteStore::clear_notices(SubscriberId subscriber, AuditEntry entry)
{
    return without_value(
        write<Done>([now = clock_.now(), subscriber, entry = std::move(entry)](Tables& rows) {
            return transactions::clear_notices(rows, now, subscriber, entry);
        }));
}

} // namespace ssp
