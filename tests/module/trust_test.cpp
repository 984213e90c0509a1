// Which socket is trusted. Root only: a folder that belongs to root is needed, and a chown() away from it.
#include "ownership.h"
#include "pam_host.h"
#include "pam_module/helper_client.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/cmocka.h"

using namespace ssp::pam;

namespace {

constexpr uid_t daemon_uid = 1; // "daemon" on every Debian

/// /run/ssp-mfa-test-.../inner/signin.sock, with somebody who listens.
class Place {
public:
    Place()
    {
        char folder[] = "/run/ssp-mfa-test-XXXXXX";
        if (::mkdtemp(folder) == nullptr || ::chmod(folder, 0755) != 0)
            throw std::runtime_error("no folder in /run");
        outer = folder;
        inner = outer + "/inner";
        socket = inner + "/signin.sock";
        if (::mkdir(inner.c_str(), 0755) != 0)
            throw std::runtime_error("no inner folder");
        listener = listen_at(socket);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place()
    {
        ::close(listener);
        std::error_code ignored;
        std::filesystem::remove_all(outer, ignored);
    }
    static int listen_at(const std::string& path)
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::chmod(path.c_str(), 0600) != 0 || ::listen(fd, 8) != 0)
            throw std::runtime_error("cannot listen");
        return fd;
    }
    Opened open(const char* path = nullptr, const char* helper_user = "ssp-mfa")
    {
        Options options;
        options.socket = path != nullptr ? path : socket.c_str();
        options.helper_user = helper_user;
        HelperClient client(10);
        host.log.clear();
        return client.open(&host, options);
    }

    std::string outer, inner, socket;
    int listener = -1;
    pam_handle host;
};

int as_root_only(void**)
{
    ssp::testing::ownership_is_real = true;
    return 0;
}

template <void (*body)()> void root_only(void** state)
{
    if (::geteuid() != 0)
        skip();
    ssp::testing::sentence<body>(state);
}

void a_socket_of_root_in_folders_of_root_is_trusted()
{
    Place place;
    CHECK(place.open() == Opened::opened);
    CHECK(place.host.log.empty());
}

void a_folder_on_the_way_that_others_may_write_is_not()
{
    for (const mode_t mode : {0775U, 0757U, 0777U, 01777U}) {
        Place place;
        ::chmod(place.inner.c_str(), mode);
        CHECK(place.open() == Opened::distrusted);
        CHECK(ssp::testing::has_line_with(place.host.log, "can be written by others"));
        ::chmod(place.inner.c_str(), 0755);
        ::chmod(place.outer.c_str(), mode);
        CHECK(place.open() == Opened::distrusted);
    }
}

void a_folder_on_the_way_that_belongs_to_somebody_else_is_not()
{
    Place place;
    CHECK(::chown(place.outer.c_str(), daemon_uid, 0) == 0);
    CHECK(place.open() == Opened::distrusted);
    CHECK(ssp::testing::has_line_with(place.host.log, "does not belong to root"));
}

void a_socket_that_belongs_to_somebody_else_or_is_open_to_all_is_not()
{
    Place place;
    CHECK(::chown(place.socket.c_str(), daemon_uid, 0) == 0);
    CHECK(place.open() == Opened::distrusted);
    CHECK(::chown(place.socket.c_str(), 0, 0) == 0 && ::chmod(place.socket.c_str(), 0666) == 0);
    CHECK(place.open() == Opened::distrusted);
    CHECK(::chmod(place.socket.c_str(), 0660) == 0);
    CHECK(place.open() == Opened::opened);
}

void a_symbolic_link_is_followed_nowhere()
{
    Place place;
    const auto link = place.outer + "/link";
    CHECK(::symlink(place.inner.c_str(), link.c_str()) == 0);
    CHECK(place.open((link + "/signin.sock").c_str()) == Opened::distrusted);
    const auto socket_link = place.inner + "/other.sock";
    CHECK(::symlink(place.socket.c_str(), socket_link.c_str()) == 0);
    CHECK(place.open(socket_link.c_str()) == Opened::distrusted);
    // Debian's own /var/run is one.
    CHECK(place.open(("/var" + place.socket).c_str()) == Opened::distrusted);
}

void what_is_no_socket_is_not_connected_to()
{
    Place place;
    const auto fifo = place.inner + "/fifo";
    CHECK(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(place.open(fifo.c_str()) == Opened::distrusted);
    CHECK(place.open(place.inner.c_str()) == Opened::distrusted);
    CHECK(place.open("/etc/passwd") == Opened::distrusted);
    CHECK(place.open("/etc/passwd/signin.sock") == Opened::distrusted);
    CHECK(place.open("/") == Opened::distrusted);
}

void a_missing_socket_or_one_on_which_nobody_listens_is_unreachable()
{
    Place place;
    CHECK(place.open((place.inner + "/none.sock").c_str()) == Opened::unreachable);
    CHECK(place.open((place.outer + "/none/signin.sock").c_str()) == Opened::unreachable);
    ::close(place.listener);
    CHECK(place.open() == Opened::unreachable);
    place.listener = -1;
}

void whoever_listens_must_be_root_or_the_helper()
{
    Place place;
    ::close(place.listener);
    ::unlink(place.socket.c_str());
    // The credentials of a listening socket are those of listen().
    place.listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, place.socket.data(), place.socket.size());
    CHECK(::bind(place.listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    CHECK(::chmod(place.socket.c_str(), 0600) == 0);
    CHECK(::seteuid(daemon_uid) == 0);
    CHECK(::listen(place.listener, 8) == 0);
    CHECK(::seteuid(0) == 0);
    CHECK(place.open() == Opened::distrusted);
    CHECK(ssp::testing::has_line_with(place.host.log, "uid 1 listens there"));
    CHECK(place.open(nullptr, "no-such-user") == Opened::distrusted);
    CHECK(place.open(nullptr, "bin") == Opened::distrusted);
    CHECK(place.open(nullptr, "daemon") == Opened::opened);
}

void who_is_not_root_trusts_the_socket_that_is_open_to_all()
{
    for (const mode_t mode : {0666U, 0777U}) {
        Place place;
        CHECK(::chmod(place.socket.c_str(), mode) == 0);
        CHECK(::seteuid(daemon_uid) == 0);
        const auto opened = place.open();
        CHECK(::seteuid(0) == 0);
        CHECK(opened == Opened::opened);
    }
}

void a_helper_that_takes_nobody_up_is_given_up()
{
    Place place;
    ::listen(place.listener, 0);
    std::vector<int> waiting;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, place.socket.data(), place.socket.size());
    for (;;) {
        waiting.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (::connect(waiting.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            break;
    }
    const auto opened = place.open();
    for (const int fd : waiting)
        ::close(fd);
    CHECK(opened == Opened::unreachable);
}

#define ROOT_SENTENCE(body)                                                                                  \
    CMUnitTest { ssp_sentence(#body), root_only<body>, nullptr, nullptr, nullptr }

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        ROOT_SENTENCE(a_socket_of_root_in_folders_of_root_is_trusted),
        ROOT_SENTENCE(a_folder_on_the_way_that_others_may_write_is_not),
        ROOT_SENTENCE(a_folder_on_the_way_that_belongs_to_somebody_else_is_not),
        ROOT_SENTENCE(a_socket_that_belongs_to_somebody_else_or_is_open_to_all_is_not),
        ROOT_SENTENCE(a_symbolic_link_is_followed_nowhere),
        ROOT_SENTENCE(what_is_no_socket_is_not_connected_to),
        ROOT_SENTENCE(a_missing_socket_or_one_on_which_nobody_listens_is_unreachable),
        ROOT_SENTENCE(whoever_listens_must_be_root_or_the_helper),
        ROOT_SENTENCE(who_is_not_root_trusts_the_socket_that_is_open_to_all),
        ROOT_SENTENCE(a_helper_that_takes_nobody_up_is_given_up),
    };
    return cmocka_run_group_tests(tests, as_root_only, nullptr);
}
