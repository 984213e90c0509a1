#include "loop/listener.h"

#include "support/activated_process.h"
#include "support/temporary_directory.h"

#include <sys/resource.h>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

/// A listener, and whoever came.
struct House {
    House()
    {
        auto socket = listening_socket(path);
        CHECK(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
        listener.emplace(loop, std::move(socket),
                         [this](UniqueFd one) { accepted.push_back(std::move(one)); });
    }
    UniqueFd connect() const
    {
        UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        return socket;
    }
    int turns_in(std::chrono::milliseconds time)
    {
        const auto end = std::chrono::steady_clock::now() + time;
        int turns = 0;
        for (; std::chrono::steady_clock::now() < end; ++turns)
            loop.run_once(std::chrono::milliseconds(1000));
        return turns;
    }

    TemporaryDirectory directory;
    const std::string path = directory.path("listener.sock");
    Loop loop;
    std::vector<UniqueFd> accepted;
    std::optional<Listener> listener;
};

/// While it lives this process gets no new descriptor.
class NoDescriptors {
public:
    NoDescriptors()
    {
        CHECK(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const UniqueFd next(::dup(0));
        const rlimit none{static_cast<rlim_t>(next.get()), before_.rlim_max};
        CHECK(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit before_{};
};

} // namespace

static void without_descriptors_it_rests_instead_of_spinning()
{
    House house;
    std::vector<UniqueFd> waiting;
    for (int i = 0; i < 20; ++i)
        waiting.push_back(house.connect());
    const NoDescriptors none;
    const int turns = house.turns_in(Listener::rest * 5);
    CHECK(house.accepted.empty());
    CHECK(turns < 200); // two for each rest; without one it were many thousands
}

static void whoever_waited_is_served_when_descriptors_are_free_again()
{
    House house;
    std::vector<UniqueFd> waiting;
    for (int i = 0; i < 20; ++i)
        waiting.push_back(house.connect());
    {
        const NoDescriptors none;
        house.loop.run_once(std::chrono::milliseconds(0));
        CHECK(house.accepted.empty());
    }
    for (int i = 0; i < 1000 && house.accepted.size() < 20; ++i)
        house.loop.run_once(std::chrono::milliseconds(100));
    CHECK(house.accepted.size() == 20);
}

static void a_flood_of_newcomers_is_taken_in_portions()
{
    House house;
    std::vector<UniqueFd> crowd;
    for (int i = 0; i < 60; ++i)
        crowd.push_back(house.connect());
    house.loop.run_once(std::chrono::milliseconds(1000));
    CHECK(house.accepted.size() <= static_cast<std::size_t>(Listener::most_per_turn));
    for (int i = 0; i < 1000 && house.accepted.size() < 60; ++i)
        house.loop.run_once(std::chrono::milliseconds(100));
    CHECK(house.accepted.size() == 60);
}

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(without_descriptors_it_rests_instead_of_spinning),
        SENTENCE(whoever_waited_is_served_when_descriptors_are_free_again),
        SENTENCE(a_flood_of_newcomers_is_taken_in_portions),
    };
    return cmocka_run_group_tests_name("listener", tests, nullptr, nullptr);
}
