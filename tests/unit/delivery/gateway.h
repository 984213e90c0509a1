#pragma once
// A gateway on loopback for one test: each connection is served by the test's own script in a thread.
#include "base/unique_fd.h"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace ssp::testing {

/// One connection, plain or TLS.
class GatewayPeer {
public:
    GatewayPeer(int fd, SSL* tls, const std::atomic<bool>& stopping) : fd_(fd), tls_(tls), stopping_(stopping)
    {
    }

    /// The next request: head and the body that Content-Length promises; what came until the end otherwise.
    std::string receive()
    {
        std::string request;
        while (true) {
            const auto head = request.find("\r\n\r\n");
            if (head != std::string::npos && request.size() >= head + 4 + content_length(request))
                return request;
            if (!read_into(request))
                return request;
        }
    }
    void send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                              : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void answer(std::string_view status, std::string_view body)
    {
        send("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\n\r\n" + std::string(body));
    }
    /// Says nothing more, until the other end closes.
    void hold()
    {
        std::string rest;
        while (read_into(rest))
            rest.clear();
    }
    /// True once the other end has gone or the test is over; waits that long.
    bool is_over(int milliseconds)
    {
        pollfd one{fd_, POLLIN | POLLRDHUP, 0};
        return ::poll(&one, 1, milliseconds) > 0 || stopping_;
    }

private:
    static std::size_t content_length(const std::string& request)
    {
        const auto at = request.find("Content-Length: ");
        return at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
    }
    bool read_into(std::string& text)
    {
        char bytes[4096];
        const auto got =
            tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes) : ::read(fd_, bytes, sizeof bytes);
        if (got <= 0)
            return false;
        text.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    int fd_;
    SSL* tls_;
    const std::atomic<bool>& stopping_;
};

class Gateway {
public:
    using Script = std::function<void(GatewayPeer&)>;

    /// `tls`: with it the gateway speaks TLS; outlives this object.
    explicit Gateway(Script script, SSL_CTX* tls = nullptr)
        : script_(std::move(script)), tls_(tls), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listening_.get(), 512) != 0 ||
            ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no gateway on loopback");
        port_ = ::ntohs(address.sin_port);
        ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to connections that the other end has closed
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~Gateway()
    {
        stopping_ = true;
        ::shutdown(listening_.get(), SHUT_RDWR);
        accepting_.join();
        for (const auto& socket : sockets_)
            ::shutdown(socket.get(), SHUT_RDWR);
        for (auto& thread : serving_)
            thread.join();
    }
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    int port() const { return port_; }
    std::string url(std::string_view path = "/send") const
    {
        return (tls_ != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) +
               std::string(path);
    }
    int connections() const { return connections_; }

private:
    void accept_all()
    {
        while (true) {
            UniqueFd socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!socket || stopping_)
                return;
            ++connections_;
            sockets_.push_back(std::move(socket));
            serving_.emplace_back([this, fd = sockets_.back().get()] { serve(fd); });
        }
    }
    void serve(int fd)
    {
        const std::unique_ptr<SSL, void (*)(SSL*)> tls(tls_ == nullptr ? nullptr : SSL_new(tls_), SSL_free);
        if (tls != nullptr) {
            SSL_set_fd(tls.get(), fd);
            if (SSL_accept(tls.get()) != 1) {
                ::shutdown(fd, SHUT_RDWR);
                return;
            }
        }
        GatewayPeer peer(fd, tls.get(), stopping_);
        script_(peer);
        if (tls != nullptr)
            SSL_shutdown(tls.get());
        ::shutdown(fd, SHUT_RDWR);
    }

    Script script_;
    SSL_CTX* tls_;
    UniqueFd listening_;
    int port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::vector<UniqueFd> sockets_; ///< of the accepting thread, until it was joined
    std::vector<std::thread> serving_;
    std::thread accepting_;
};

} // namespace ssp::testing
