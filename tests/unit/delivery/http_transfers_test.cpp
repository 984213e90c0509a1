#include "delivery/http/transfers.h"

#include "support/run_on_loop.h"
#include "support/temporary_directory.h"

#include <cstdlib>
#include <fmt/format.h>
#include <list>
#include <mutex>

#include "certificates.h"
#include "gateway.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;
using End = HttpAnswer::End;

namespace {

struct Client {
    HttpAnswer fetch(HttpRequest request)
    {
        auto answer = run(loop, transfers.fetch(std::move(request)));
        CHECK(answer.has_value());
        return std::move(*answer);
    }

    Loop loop;
    Transfers transfers{loop};
};

HttpRequest post(const std::string& url, std::chrono::milliseconds deadline = std::chrono::seconds(20))
{
    HttpRequest request;
    request.url.add(url);
    request.plain = url.starts_with("http:");
    request.body.emplace("to=%2B12055550123&text=K7+123456");
    request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
    request.deadline = deadline;
    return request;
}

/// What the last connection of a gateway received.
struct Received {
    void keep(std::string request)
    {
        const std::lock_guard lock(mutex);
        text = std::move(request);
    }
    std::string get()
    {
        const std::lock_guard lock(mutex);
        return text;
    }
    std::mutex mutex;
    std::string text;
};

void a_request_arrives_whole_and_its_answer_comes_back()
{
    Received received;
    Gateway gateway([&](GatewayPeer& peer) {
        received.keep(peer.receive());
        peer.answer("201 Created", R"({"sid":"SM1"})");
    });
    Client client;
    const auto answer = client.fetch(post(gateway.url()));
    CHECK(answer.end == End::answered && answer.status == 201);
    CHECK_TEXT(answer.body.view(), R"({"sid":"SM1"})");
    CHECK_TEXT(received.get(),
               fmt::format("POST /send HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: ssp-mfa\r\n"
                           "Accept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           "Content-Length: 32\r\n\r\nto=%2B12055550123&text=K7+123456",
                           gateway.port()));
}

void every_method_is_sent_as_it_is_called()
{
    Received received;
    Gateway gateway([&](GatewayPeer& peer) {
        received.keep(peer.receive());
        peer.answer("200 OK", "");
    });
    Client client;
    for (const char* method : {"GET", "DELETE", "PUT", "POST"}) {
        auto request = post(gateway.url("/a?b=c"));
        request.method = method;
        if (std::string_view(method) == "GET" || std::string_view(method) == "DELETE")
            request.body.reset();
        CHECK(client.fetch(std::move(request)).end == End::answered);
        CHECK(received.get().starts_with(std::string(method) + " /a?b=c HTTP/1.1\r\n"));
        CHECK((received.get().find("Content-Length") != std::string::npos) == (method[0] == 'P'));
    }
}

void a_status_is_no_failure_of_the_transfer()
{
    Gateway gateway([](GatewayPeer& peer) {
        peer.receive();
        peer.answer("503 Busy", "later");
    });
    Client client;
    const auto answer = client.fetch(post(gateway.url()));
    CHECK(answer.end == End::answered && answer.status == 503);
    CHECK_TEXT(answer.body.view(), "later");
}

void nobody_at_the_port_means_not_sent()
{
    int port = 0;
    {
        const Gateway gone([](GatewayPeer&) {});
        port = gone.port();
    }
    Client client;
    const auto answer = client.fetch(post(fmt::format("http://127.0.0.1:{}/", port)));
    CHECK(answer.end == End::not_sent && answer.trouble.size() > 5);
}

void a_gateway_that_never_answers_leaves_it_unclear()
{
    Gateway gateway([](GatewayPeer& peer) {
        peer.receive();
        peer.hold();
    });
    Client client;
    const auto answer = client.fetch(post(gateway.url(), std::chrono::milliseconds(300)));
    CHECK(answer.end == End::unclear);
}

void a_gateway_that_closes_after_the_request_leaves_it_unclear_and_gets_it_once()
{
    Gateway gateway([](GatewayPeer& peer) { peer.receive(); });
    Client client;
    CHECK(client.fetch(post(gateway.url())).end == End::unclear);
    CHECK(gateway.connections() == 1);
}

void no_connection_is_used_twice_so_nothing_is_sent_again_by_itself()
{
    // Keeps connections open after the first answer, and closes on the second request: libcurl would repeat
    // it.
    std::atomic<int> requests = 0;
    Gateway gateway([&](GatewayPeer& peer) {
        requests += peer.receive().empty() ? 0 : 1;
        peer.answer("200 OK", "");
        requests += peer.receive().empty() ? 0 : 1;
    });
    Client client;
    CHECK(client.fetch(post(gateway.url())).end == End::answered);
    CHECK(client.fetch(post(gateway.url())).end == End::answered);
    CHECK(requests == 2 && gateway.connections() == 2);
}

void a_tls_server_that_says_nothing_got_nothing()
{
    Gateway mute([](GatewayPeer& peer) { peer.hold(); });
    Client client;
    const auto url = fmt::format("https://127.0.0.1:{}/", mute.port());
    CHECK(client.fetch(post(url, std::chrono::milliseconds(300))).end == End::not_sent);
}

void an_answer_has_at_most_64_KiB()
{
    Gateway gateway([](GatewayPeer& peer) {
        const auto request = peer.receive();
        const auto size = request.starts_with("POST /fits") ? 65536U : 65537U;
        peer.answer("200 OK", std::string(size, 'x'));
    });
    Client client;
    const auto fits = client.fetch(post(gateway.url("/fits")));
    CHECK(fits.end == End::answered && fits.body.size() == 65536);
    const auto larger = client.fetch(post(gateway.url("/larger")));
    CHECK(larger.end == End::unclear);
    CHECK_TEXT(larger.trouble, "the answer is too long");
}

void an_answer_without_end_is_cut_off()
{
    Gateway body([](GatewayPeer& peer) {
        peer.receive();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (!peer.is_over(0))
            peer.send("400\r\n" + std::string(1024, 'x') + "\r\n");
    });
    Gateway headers([](GatewayPeer& peer) {
        peer.receive();
        peer.send("HTTP/1.1 200 OK\r\n");
        while (!peer.is_over(0))
            peer.send("X-Filler: " + std::string(1000, 'x') + "\r\n");
    });
    Gateway one_header([](GatewayPeer& peer) {
        peer.receive();
        peer.send("HTTP/1.1 200 OK\r\nX-Filler: ");
        while (!peer.is_over(0))
            peer.send(std::string(1000, 'x'));
    });
    Gateway interim([](GatewayPeer& peer) {
        peer.receive();
        while (!peer.is_over(0))
            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    });
    Client client;
    for (const auto* gateway : {&body, &headers, &one_header, &interim})
        CHECK(client.fetch(post(gateway->url())).end == End::unclear);
}

void an_answer_that_drips_ends_at_the_deadline()
{
    Gateway gateway([](GatewayPeer& peer) {
        peer.receive();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
        while (!peer.is_over(10))
            peer.send("x");
    });
    Client client;
    CHECK(client.fetch(post(gateway.url(), std::chrono::milliseconds(400))).end == End::unclear);
}

void a_redirection_is_an_answer_and_is_not_followed()
{
    Gateway other([](GatewayPeer& peer) { peer.answer("200 OK", ""); });
    Gateway gateway([&](GatewayPeer& peer) {
        peer.receive();
        peer.send("HTTP/1.1 307 Elsewhere\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n");
    });
    Client client;
    const auto answer = client.fetch(post(gateway.url()));
    CHECK(answer.end == End::answered && answer.status == 307);
    CHECK(other.connections() == 0);
}

void what_is_no_http_leaves_it_unclear()
{
    for (const char* garbage : {"\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/9.9 999999 what\r\n\r\n", "<html>",
                                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        Gateway gateway([&](GatewayPeer& peer) {
            peer.receive();
            peer.send(garbage);
        });
        Client client;
        CHECK(client.fetch(post(gateway.url())).end == End::unclear);
    }
}

void a_certificate_of_the_right_authority_and_name_is_believed()
{
    const TemporaryDirectory directory;
    const Authority authority;
    authority.write(directory.path("ca.pem"));
    const auto tls = authority.server("IP:127.0.0.1");
    Gateway gateway(
        [](GatewayPeer& peer) {
            peer.receive();
            peer.answer("200 OK", "hello");
        },
        tls.get());
    Client client;
    auto request = post(gateway.url());
    request.ca_file = directory.path("ca.pem");
    const auto answer = client.fetch(std::move(request));
    CHECK(answer.end == End::answered);
    CHECK_TEXT(answer.body.view(), "hello");
}

void a_certificate_of_another_authority_or_name_gets_no_request()
{
    const TemporaryDirectory directory;
    const Authority authority;
    const Authority other("Another authority");
    const Authority namesake;
    authority.write(directory.path("ca.pem"));
    Received received;
    const auto keep = [&](GatewayPeer& peer) { received.keep(peer.receive()); };
    const auto of_another = other.server("IP:127.0.0.1");
    const auto named_otherwise = authority.server("IP:127.0.0.2,DNS:gateway.example");
    for (auto* tls : {of_another.get(), named_otherwise.get()}) {
        Gateway gateway(keep, tls);
        Client client;
        auto request = post(gateway.url());
        request.ca_file = directory.path("ca.pem");
        CHECK(client.fetch(std::move(request)).end == End::untrusted);
        // Nor is it one of the system's authorities.
        CHECK(client.fetch(post(gateway.url())).end == End::untrusted);
    }
    const auto forged = namesake.server("IP:127.0.0.1");
    Gateway gateway(keep, forged.get());
    Client client;
    auto request = post(gateway.url());
    request.ca_file = directory.path("ca.pem");
    CHECK(client.fetch(std::move(request)).end == End::not_sent);
    CHECK_TEXT(received.get(), "");
}

void plain_http_is_refused_unless_it_was_allowed()
{
    Gateway gateway([](GatewayPeer& peer) { peer.answer("200 OK", ""); });
    Client client;
    auto request = post(gateway.url());
    request.plain = false;
    CHECK(client.fetch(std::move(request)).end == End::not_sent);
    for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
                            "telnet://127.0.0.1", "https://user:password@127.0.0.1/", "", "https://", "::"})
        CHECK(client.fetch(post(url)).end == End::not_sent);
    CHECK(gateway.connections() == 0);
}

void the_environment_names_no_proxy()
{
    Gateway proxy([](GatewayPeer& peer) { peer.answer("200 OK", ""); });
    Gateway gateway([](GatewayPeer& peer) {
        peer.receive();
        peer.answer("200 OK", "the gateway");
    });
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"})
        ::setenv(name, proxy.url("").c_str(), 1);
    Client client;
    const auto answer = client.fetch(post(gateway.url()));
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"})
        ::unsetenv(name);
    CHECK_TEXT(answer.body.view(), "the gateway");
    CHECK(proxy.connections() == 0);
}

void a_task_that_is_destroyed_ends_its_transfer()
{
    std::atomic<bool> asked = false;
    std::atomic<bool> left = false;
    Gateway gateway([&](GatewayPeer& peer) {
        peer.receive();
        asked = true;
        peer.hold();
        left = true;
    });
    Client client;
    {
        RootTask<HttpAnswer> fetching(client.transfers.fetch(post(gateway.url())));
        fetching.start([] {});
        run_until(client.loop, [&] { return asked.load(); });
        CHECK(!fetching.finished());
    }
    run_until(client.loop, [&] { return left.load(); });
    // At every earlier point too: before the first turn of the loop, and after some.
    for (int turns = 0; turns < 6; ++turns) {
        RootTask<HttpAnswer> fetching(client.transfers.fetch(post(gateway.url())));
        fetching.start([] {});
        for (int i = 0; i < turns; ++i)
            client.loop.run_once(std::chrono::milliseconds(1));
    }
}

void many_requests_are_under_way_at_once_and_one_too_many_is_not_sent()
{
    std::atomic<std::size_t> waiting = 0;
    Gateway gateway([&](GatewayPeer& peer) {
        peer.receive();
        ++waiting;
        while (waiting < Transfers::most_at_once)
            if (peer.is_over(20))
                return;
        peer.answer("200 OK", "");
    });
    Client client;
    std::list<RootTask<HttpAnswer>> all;
    for (std::size_t i = 0; i < Transfers::most_at_once; ++i) {
        all.emplace_back(client.transfers.fetch(post(gateway.url())));
        all.back().start([] {});
    }
    CHECK(client.fetch(post(gateway.url())).end == End::full);
    for (auto& one : all) {
        run_until(client.loop, [&] { return one.finished(); });
        const auto answer = one.take();
        CHECK(answer && answer->end == End::answered);
    }
    all.clear();
    CHECK(client.fetch(post(gateway.url())).end == End::answered);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_request_arrives_whole_and_its_answer_comes_back),
        SENTENCE(every_method_is_sent_as_it_is_called),
        SENTENCE(a_status_is_no_failure_of_the_transfer),
        SENTENCE(nobody_at_the_port_means_not_sent),
        SENTENCE(a_gateway_that_never_answers_leaves_it_unclear),
        SENTENCE(a_gateway_that_closes_after_the_request_leaves_it_unclear_and_gets_it_once),
        SENTENCE(no_connection_is_used_twice_so_nothing_is_sent_again_by_itself),
        SENTENCE(a_tls_server_that_says_nothing_got_nothing),
        SENTENCE(an_answer_has_at_most_64_KiB),
        SENTENCE(an_answer_without_end_is_cut_off),
        SENTENCE(an_answer_that_drips_ends_at_the_deadline),
        SENTENCE(a_redirection_is_an_answer_and_is_not_followed),
        SENTENCE(what_is_no_http_leaves_it_unclear),
        SENTENCE(a_certificate_of_the_right_authority_and_name_is_believed),
        SENTENCE(a_certificate_of_another_authority_or_name_gets_no_request),
        SENTENCE(plain_http_is_refused_unless_it_was_allowed),
        SENTENCE(the_environment_names_no_proxy),
        SENTENCE(a_task_that_is_destroyed_ends_its_transfer),
        SENTENCE(many_requests_are_under_way_at_once_and_one_too_many_is_not_sent),
    };
    return cmocka_run_group_tests_name("delivery http transfers", tests, nullptr, nullptr);
}
