#include "scripted_helper.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace ssp::testing {

std::vector<char> Line::next_payload()
{
    for (;;) {
        const auto frame = protocol::first_frame(received_);
        if (frame.state == protocol::FrameState::complete) {
            std::vector<char> payload(frame.payload.begin(), frame.payload.end());
            received_.erase(received_.begin(),
                            received_.begin() + static_cast<std::ptrdiff_t>(frame.frame_bytes));
            return payload;
        }
        char bytes[4096];
        const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
        if (got <= 0)
            return {};
        received_.insert(received_.end(), bytes, bytes + got);
    }
}

const protocol::Begin& Line::begin()
{
    first_ = next_payload();
    if (protocol::decode(first_, begin_))
        conversation = begin_.conversation;
    return begin_;
}

void Line::ask(std::string_view text, bool echo)
{
    send(protocol::Ask{conversation, ++number, static_cast<std::uint8_t>(echo ? 1 : 0), text});
}

void Line::tell(std::string_view text, bool error)
{
    send(protocol::Tell{conversation, ++number, static_cast<std::uint8_t>(error ? 1 : 0), text});
}

void Line::wait() { send(protocol::Wait{conversation, ++number}); }

void Line::verdict(protocol::Decision decision) { send(protocol::Verdict{conversation, ++number, decision}); }

std::string Line::answer()
{
    const auto payload = next_payload();
    if (payload.empty())
        return "<gone>";
    protocol::Answer answer;
    if (protocol::decode(payload, answer) && answer.conversation == conversation && answer.number == number)
        return std::string(answer.text);
    protocol::Leave leave;
    return protocol::decode(payload, leave) && leave.conversation == conversation ? "<left>" : "<wrong>";
}

void Line::raw(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

Script says(protocol::Decision decision)
{
    return [decision](Line& line) {
        line.begin();
        line.verdict(decision);
    };
}

std::string own_name()
{
    const passwd* own = ::getpwuid(::geteuid());
    return own != nullptr ? own->pw_name : "root";
}

ScriptedHelper::ScriptedHelper(Script script) : script_(std::move(script))
{
    char folder[] = "/tmp/ssp-mfa-XXXXXX";
    if (::mkdtemp(folder) == nullptr || ::chmod(folder, 0755) != 0 || ::pipe2(stop_, O_CLOEXEC) != 0)
        throw std::runtime_error("no temporary folder");
    folder_ = folder;
    socket_ = folder_ + "/signin.sock";
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(socket_.c_str(), 0600) != 0 || ::listen(listener_, 8) != 0)
        throw std::runtime_error("no socket: " + std::string(std::strerror(errno)));
    thread_ = std::thread([this] { serve(); });
}

ScriptedHelper::~ScriptedHelper()
{
    stop();
    for (const int fd : {listener_, stop_[0], stop_[1]})
        ::close(fd);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void ScriptedHelper::stop()
{
    if (!thread_.joinable())
        return;
    const char bye = 0;
    if (::write(stop_[1], &bye, 1) == 1)
        thread_.join();
}

std::vector<std::string> ScriptedHelper::arguments(std::vector<std::string> more) const
{
    more.push_back("socket=" + socket_);
    more.push_back("helper_user=" + own_name());
    return more;
}

void ScriptedHelper::serve()
{
    for (;;) {
        pollfd watched[] = {{listener_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
        if (::poll(watched, 2, -1) < 0)
            continue;
        if ((watched[0].revents & POLLIN) == 0)
            return;
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        ++connections_;
        Line line(fd);
        script_(line);
        ::close(fd);
    }
}

} // namespace ssp::testing
