// One person, one app code, 64 sign-ins that type it at the same moment, through the real socket and the
// real database: exactly one is accepted, in every round. argv: rounds (1000).
//
// The server runs on its own thread as in ssp-mfad; each client is a thread with a blocking socket. A round
// is one time step of the app, so its code is new in it.
#include "base/random.h"
#include "protocol/codec.h"
#include "protocol/frame.h"
#include "server/server.h"
#include "store/initialise.h"
#include "store/sqlite_store.h"
#include "verifier/totp.h"

#include "support/activated_process.h"
#include "support/recording_delivery.h"
#include "support/temporary_directory.h"

#include <atomic>
#include <barrier>
#include <charconv>
#include <cstdio>
#include <liboath/oath.h>
#include <map>
#include <memory>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

constexpr int contestants = 64;
constexpr std::int64_t first_second = 1795420800;
int rounds = 1000;

/// A clock that the rounds move while the server reads it.
class RoundClock final : public Clock {
public:
    WallTime now() const noexcept override { return WallTime(Seconds(first_second + passed_)); }
    BootTime boot_time() const noexcept override { return Seconds(1000 + passed_); }
    void next_step() { passed_ += 30; }
    std::int64_t step() const { return (first_second + passed_) / 30; }

private:
    std::atomic<std::int64_t> passed_ = 0;
};

/// Guessing limits that 63 lost tries a round do not reach: this test is about spending, not about guessing.
Policy without_limits()
{
    Policy policy;
    policy.trust_days = 0;
    policy.guessing.deny = policy.guessing.lock_after = 1000000000;
    policy.guessing.yearly_points = policy.guessing.phone_off_points = 1000000000;
    policy.guessing.notice_points = 1000000000;
    return policy;
}

/// ssp-mfad in a thread: listener, loop, verifier, SQLite with its writer.
class Helper {
public:
    explicit Helper(Clock& clock) : clock_(clock)
    {
        CHECK(::chmod(directory_.path().c_str(), 0700) == 0);
        auto key = create_master_key(directory_.path("key"), random_, ::geteuid(), ::getegid());
        CHECK(key);
        const auto database = directory_.path("ssp-mfa.db");
        CHECK(initialise_store(database, *key, random_, ::geteuid(), ::getegid()));
        const auto policy = without_limits();
        auto opened = SqliteStore::open({database, std::move(*key), policy.guessing, policy.sending, {}, {}},
                                        clock_, random_);
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

    /// Binds an app to alice; returns its key.
    SecretString enrol()
    {
        auto key = totp::new_key(random_);
        CHECK(key);
        NewAuthenticator app;
        app.kind = AuthenticatorKind::authenticator_app;
        app.secret = key->clone();
        const Identity alice{1000, "alice"};
        AuditEntry entry;
        entry.event = "authenticator-bound";
        entry.person = alice;
        const auto id = finish(store_->add_subscriber(alice));
        CHECK(id);
        const auto bound = finish(store_->bind(*id, std::move(app), 0, entry));
        CHECK(bound && *bound);
        return std::move(*key);
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
    Contestant(const std::string& path, std::uint64_t conversation)
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
        begin.uid = 1000;
        begin.name = "alice";
        begin.service = "sshd";
        say(begin);
    }
    /// Waits for a question; true when there is one.
    bool is_asked() { return hear() && kind_ == protocol::Kind::ask; }
    /// Types `code` and leaves at the next question. True when accepted.
    bool is_accepted(std::string_view code)
    {
        say(protocol::Answer{conversation_, number_, code});
        if (!hear())
            return false;
        if (kind_ == protocol::Kind::ask) {
            say(protocol::Leave{conversation_});
            hear();
        }
        return kind_ == protocol::Kind::verdict && decision_ == protocol::Decision::accepted;
    }
    /// A verdict came, whatever it was.
    bool has_ended() const { return kind_ == protocol::Kind::verdict; }

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

std::string code_at(const SecretString& key, std::int64_t step)
{
    char code[7] = "";
    CHECK(oath_totp_generate(key.reveal().data(), key.size(), static_cast<time_t>(step * 30), 30, 0, 6,
                             code) == OATH_OK);
    return code;
}

} // namespace

static void one_code_is_accepted_exactly_once_in_every_round()
{
    RoundClock clock;
    Helper helper(clock);
    const auto key = helper.enrol();
    const auto path = helper.path();
    helper.start();

    std::string code;
    std::atomic<int> accepted = 0;
    std::atomic<int> ended = 0;
    std::map<int, int> rounds_by_winners;
    int rounds_with_all_ended = 0;
    std::atomic<bool> over = false;
    int round = 0;
    const auto between_rounds = [&]() noexcept {
        if (round > 0) {
            ++rounds_by_winners[accepted.exchange(0)];
            if (ended.exchange(0) == contestants)
                ++rounds_with_all_ended;
        }
        over = ++round > rounds;
        clock.next_step();
        code = code_at(key, clock.step());
    };
    std::barrier start(contestants, between_rounds);
    std::barrier typed(contestants);
    std::vector<std::thread> threads;
    for (int i = 0; i < contestants; ++i)
        threads.emplace_back([&, i] {
            for (std::uint64_t turn = 1;; ++turn) {
                start.arrive_and_wait();
                if (over)
                    return;
                Contestant contestant(path, turn * contestants + static_cast<std::uint64_t>(i));
                const bool asked = contestant.is_asked();
                typed.arrive_and_wait(); // all at the prompt: now
                if (asked && contestant.is_accepted(code))
                    ++accepted;
                ended += contestant.has_ended() ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    helper.stop();

    for (const auto& [winners, count] : rounds_by_winners)
        std::fprintf(stderr, "%d of %d rounds: %d of %d accepted\n", count, rounds, winners, contestants);
    CHECK(rounds_by_winners[1] == rounds);
    CHECK(rounds_with_all_ended == rounds);
}

int main(int argc, char** argv)
{
    if (argc > 1)
        std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds);
    const CMUnitTest tests[] = {SENTENCE(one_code_is_accepted_exactly_once_in_every_round)};
    return cmocka_run_group_tests_name("races", tests, nullptr, nullptr);
}
