#pragma once
// A test in the place of ssp-mfa-deliveryd, at the other end of a RemoteDelivery.
#include "delivery/remote_delivery.h"

#include "base/unique_fd.h"
#include "protocol/delivery_codec.h"
#include "protocol/frame.h"

#include <array>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "messages.h"
#include "support/activated_process.h"
#include "support/cmocka.h"
#include "support/run_on_loop.h"
#include "support/temporary_directory.h"

namespace ssp::testing {

/// What the test, in the place of ssp-mfa-deliveryd, does to one connection.
class FakePeer {
public:
    explicit FakePeer(UniqueFd socket) : socket_(std::move(socket)) {}

    /// The number of the next request; requests that were given up are passed over. The whole frame must have
    /// been sent: nothing here turns the loop.
    std::uint32_t hear_judge()
    {
        protocol::Judge judge;
        CHECK(protocol::decode(next_payload(), judge));
        return judge.number;
    }
    std::uint32_t hear_deliver()
    {
        protocol::Deliver deliver;
        protocol::Release given_up;
        auto payload = next_payload();
        while (protocol::decode(payload, given_up))
            payload = next_payload();
        CHECK(protocol::decode(payload, deliver));
        return deliver.number;
    }
    std::uint32_t hear_release()
    {
        protocol::Release release;
        CHECK(protocol::decode(next_payload(), release));
        return release.number;
    }
    template <class Message> void say(const Message& message)
    {
        std::array<char, protocol::max_delivery_frame_bytes> frame{};
        const auto length = protocol::encode(message, frame);
        CHECK(length > 0);
        say_bytes({frame.data(), length});
    }
    void say_bytes(std::string_view bytes)
    {
        CHECK(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(bytes.size()));
    }
    void hang_up() { socket_.reset(); }
    bool is_left(Loop& loop)
    {
        loop.run_once(std::chrono::milliseconds(10));
        char byte = 0;
        return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
    }

private:
    std::span<const char> next_payload()
    {
        received_.erase(0, heard_);
        heard_ = 0;
        for (;;) {
            const auto frame = protocol::first_frame(received_);
            if (frame.state == protocol::FrameState::complete) {
                heard_ = frame.frame_bytes;
                return frame.payload;
            }
            std::array<char, 4096> bytes{};
            const auto got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            CHECK(got > 0);
            received_.append(bytes.data(), static_cast<std::size_t>(got));
        }
    }

    UniqueFd socket_;
    std::string received_;
    std::size_t heard_ = 0;
};

struct World {
    FakePeer accept() const
    {
        pollfd waiting{listening.get(), POLLIN, 0};
        CHECK(::poll(&waiting, 1, 0) == 1);
        return FakePeer(UniqueFd(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    }
    bool somebody_connected() const
    {
        pollfd waiting{listening.get(), POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }

    TemporaryDirectory directory;
    std::string path = directory.path("delivery.sock");
    UniqueFd listening = listening_socket(path);
    Loop loop;
    RemoteDelivery delivery{loop, path, ::getuid()};
};

/// A task that was started.
template <class T> class Started {
public:
    explicit Started(Task<T> task) : root_(std::make_unique<RootTask<T>>(std::move(task)))
    {
        root_->start([] {});
    }
    bool finished() const { return root_->finished(); }
    Result<T> end(Loop& loop)
    {
        run_until(loop, [this] { return finished(); });
        return root_->take();
    }
    /// The person left.
    void destroy() { root_.reset(); }

private:
    std::unique_ptr<RootTask<T>> root_;
};

inline Started<DeliveryOutcome> start_deliver(RemoteDelivery& delivery)
{
    return Started(delivery.deliver(text_message()));
}
inline Started<NumberJudgement> start_judge(RemoteDelivery& delivery)
{
    return Started(
        delivery.judge_number(SecretString(std::string_view("205 555 0123")), Channel::text_message, "US"));
}

template <class T> bool is_unavailable(const Result<T>& result)
{
    return !result && result.error().kind == ErrorKind::delivery_unavailable;
}
inline bool is(const Result<DeliveryOutcome>& result, DeliveryOutcome outcome)
{
    return result && *result == outcome;
}

inline void check_the_next_request_works(World& world, FakePeer& peer)
{
    auto again = start_deliver(world.delivery);
    peer.say(protocol::Delivered{peer.hear_deliver(), protocol::Handover::accepted});
    CHECK(is(again.end(world.loop), DeliveryOutcome::accepted));
}

inline void check_the_next_request_connects_again(World& world)
{
    auto again = start_deliver(world.delivery);
    auto peer = world.accept();
    peer.say(protocol::Delivered{peer.hear_deliver(), protocol::Handover::accepted});
    CHECK(is(again.end(world.loop), DeliveryOutcome::accepted));
}

} // namespace ssp::testing
