#pragma once
// ssp-mfad in a thread and those who sign in to it, through the real socket and the real database. Each
// contestant is a thread with a blocking socket.
#include "base/random.h"
#include "protocol/codec.h"
#include "protocol/frame.h"
#include "server/server.h"
#include "store/audit_review.h"
#include "store/initialise.h"
#include "store/sqlite_store.h"
#include "verifier/totp.h"

#include "support/activated_process.h"
#include "support/recording_delivery.h"
#include "support/temporary_directory.h"

#include <atomic>
#include <liboath/oath.h>
#include <memory>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>

#include "support/cmocka.h"

namespace ssp::testing {

inline constexpr int contestants = 64;

inline constexpr std::int64_t first_second = 1795420800;

/// A clock that the rounds move while the server reads it.
class RoundClock final : public Clock {
public:
    WallTime now() const noexcept override { return WallTime(Seconds(first_second + passed_)); }
    BootTime boot_time() const noexcept override { return Seconds(1000 + passed_); }
    void next_step() { pass(Seconds(30)); }
    void pass(Seconds time) { passed_ += time.count(); }
    std::int64_t step() const { return (first_second + passed_) / 30; }

private:
    std::atomic<std::int64_t> passed_ = 0;
};

/// ssp-mfad in a thread: listener, loop, verifier, SQLite with its writer.
class Helper {
public:
    Helper(Clock& clock, const Policy& policy) : clock_(clock)
    {
        CHECK(::chmod(directory_.path().c_str(), 0700) == 0);
        auto key = create_master_key(directory_.path("key"), random_, ::geteuid(), ::getegid());
        CHECK(key);
        CHECK(initialise_store(database(), *key, random_, ::geteuid(), ::getegid()));
        SqliteStore::Settings settings;
        settings.path = database();
        settings.key = std::move(*key);
        settings.guessing = policy.guessing;
        settings.sending = policy.sending;
        auto opened = SqliteStore::open(std::move(settings), clock_, random_);
        CHECK(opened);
        store_ = std::move(*opened);
        completions_.emplace(loop_, store_->completions_fd(), EPOLLIN,
                             [this](std::uint32_t) { store_->run_completions(); });
        HelperConfig config;
        config.policy = policy;
        Server::Limits limits;
        limits.module_uid = ::geteuid();
        server_.emplace(
            loop_, clock_, limits,
            std::make_shared<VerifierDialogues>(store_, delivery_, clock_, random_, connections_, config));
        auto socket = listening_socket(path());
        CHECK(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
        server_->listen(Door::signin, std::move(socket));
    }
    ~Helper() { stop(); }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;

    /// Binds an app to somebody; returns its key.
    SecretString enrol(const Identity& person)
    {
        auto key = totp::new_key(random_);
        CHECK(key);
        bind(person, AuthenticatorKind::authenticator_app, key->clone());
        return std::move(*key);
    }
    void bind(const Identity& person, AuthenticatorKind kind, SecretString secret)
    {
        NewAuthenticator bound;
        bound.kind = kind;
        bound.secret = std::move(secret);
        AuditEntry entry;
        entry.event = "authenticator-bound";
        entry.person = person;
        const auto id = finish(store_->add_subscriber(person));
        CHECK(id);
        const auto done = finish(store_->bind(*id, std::move(bound), 0, entry));
        CHECK(done && *done);
    }
    /// Before start() or after stop().
    int guess_points(const Identity& person)
    {
        const auto found = finish(store_->find_subscriber(person));
        CHECK(found && *found);
        return (*found)->guess_points;
    }
    void start()
    {
        thread_ = std::thread([this] { loop_.run(); });
    }
    void stop()
    {
        if (!thread_.joinable())
            return;
        const std::uint64_t one = 1;
        CHECK(::write(stop_.get(), &one, sizeof one) == sizeof one);
        thread_.join();
    }
    std::string path() const { return directory_.path("signin.sock"); }
    std::string database() const { return directory_.path("ssp-mfa.db"); }
    /// For what else works on the loop. Before start() or after stop().
    Loop& loop() { return loop_; }
    SqliteStore& store() { return *store_; }
    /// Reads the whole audit trail, as `ssp-mfa audit verify` does.
    AuditCheck review()
    {
        const auto key = read_master_key(nullptr, directory_.path("key"));
        CHECK(key);
        auto check = review_audit_trail(database(), *key);
        CHECK(check);
        return *check;
    }

private:
    template <class T> Result<T> finish(Task<T> task)
    {
        RootTask<T> root(std::move(task));
        bool finished = false;
        root.start([&] { finished = true; });
        while (!finished)
            loop_.run_once(std::chrono::milliseconds(10));
        return root.take();
    }

    TemporaryDirectory directory_;
    Clock& clock_;
    SystemRandom random_;
    Loop loop_;
    UniqueFd stop_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    IoWatch stopping_{loop_, stop_.get(), EPOLLIN, [this](std::uint32_t) {
                          stopping_.stop();
                          server_->stop([this] { loop_.stop(0); });
                      }};
    RecordingDelivery delivery_;
    Connections connections_;
    std::shared_ptr<SqliteStore> store_;
    std::optional<IoWatch> completions_;
    std::optional<Server> server_;
    std::thread thread_;
};

/// What one contestant needs of pam_ssp_mfa.so.
class Contestant {
public:
    Contestant(const std::string& path, std::uint64_t conversation, const Identity& person,
               std::string_view service = "sshd")
        : conversation_(conversation), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const timeval patience{60, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            socket_.reset();
        protocol::Begin begin;
        begin.conversation = conversation_;
        begin.uid = person.uid;
        begin.name = person.name;
        begin.service = service;
        say(begin);
    }
    /// Waits for a question; true when there is one.
    bool is_asked() { return hear() && kind_ == protocol::Kind::ask; }
    /// Types `text` and waits; true when there is another question.
    bool is_asked_again_after(std::string_view text)
    {
        say(protocol::Answer{conversation_, number_, text});
        return is_asked();
    }
    /// Hangs up at a question.
    void leave()
    {
        say(protocol::Leave{conversation_});
        hear();
    }
    /// A verdict came, whatever it was.
    bool has_ended() const { return kind_ == protocol::Kind::verdict; }
    bool is_accepted() const { return has_ended() && decision_ == protocol::Decision::accepted; }

private:
    template <class Message> void say(const Message& message)
    {
        char frame[protocol::max_frame_bytes];
        const auto length = protocol::encode(message, frame);
        if (::send(socket_.get(), frame, length, MSG_NOSIGNAL) != static_cast<ssize_t>(length))
            socket_.reset();
    }
    /// The next ask or verdict.
    bool hear()
    {
        for (;;) {
            const auto frame = protocol::first_frame(received_);
            if (frame.state == protocol::FrameState::complete) {
                const bool whole = take(frame.payload);
                received_.erase(0, frame.frame_bytes);
                if (whole)
                    return true;
                continue;
            }
            char bytes[16384];
            const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
            if (got <= 0)
                return false;
            received_.append(bytes, static_cast<std::size_t>(got));
        }
    }
    bool take(std::span<const char> payload)
    {
        protocol::Ask ask;
        protocol::Verdict verdict;
        if (protocol::decode(payload, ask)) {
            kind_ = protocol::Kind::ask;
            number_ = ask.number;
            return true;
        }
        if (!protocol::decode(payload, verdict))
            return false;
        kind_ = protocol::Kind::verdict;
        decision_ = verdict.decision;
        return true;
    }

    std::uint64_t conversation_;
    UniqueFd socket_;
    std::string received_;
    protocol::Kind kind_ = protocol::Kind::begin;
    protocol::Decision decision_ = protocol::Decision::rejected;
    std::uint32_t number_ = 0;
};

inline std::string code_at(const SecretString& key, std::int64_t step)
{
    char code[7] = "";
    CHECK(oath_totp_generate(key.reveal().data(), key.size(), static_cast<time_t>(step * 30), 30, 0, 6,
                             code) == OATH_OK);
    return code;
}

} // namespace ssp::testing
