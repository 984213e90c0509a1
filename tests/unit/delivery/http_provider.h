#pragma once
// An HTTP provider as its file describes it, in front of a gateway of the test's own.
#include "config/provider_file.h"
#include "delivery/providers/http.h"

#include "support/manual_clock.h"
#include "support/run_on_loop.h"
#include "support/temporary_directory.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>

#include "gateway.h"

namespace ssp::testing {

inline std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

/// A gateway that keeps what it received and answers as it is told; one answer for each connection, the last
/// one for all that follow.
class AnsweringGateway {
public:
    std::vector<std::string> answers{"200 OK|{}"};
    std::string request(std::size_t number = 0)
    {
        const std::lock_guard lock(mutex_);
        return number < requests_.size() ? requests_[number] : "";
    }
    std::size_t requests()
    {
        const std::lock_guard lock(mutex_);
        return requests_.size();
    }
    /// What a request begins with, up to the version.
    std::string target(std::size_t number = 0)
    {
        const auto text = request(number);
        return text.substr(0, text.find(" HTTP/1.1"));
    }
    /// The value of a header field, "-" without it.
    std::string field(std::string_view name, std::size_t number = 0)
    {
        const auto text = request(number);
        const auto at = text.find("\r\n" + std::string(name) + ":");
        if (at == std::string::npos)
            return "-";
        const auto from = text.find_first_not_of(' ', at + name.size() + 3);
        return text.substr(from, text.find("\r\n", from) - from);
    }
    std::string body(std::size_t number = 0)
    {
        const auto text = request(number);
        return text.substr(std::min(text.find("\r\n\r\n") + 4, text.size()));
    }
    int port() const { return gateway_.port(); }

private:
    void serve(GatewayPeer& peer)
    {
        auto request = peer.receive();
        std::string answer;
        {
            const std::lock_guard lock(mutex_);
            answer = answers[std::min(requests_.size(), answers.size() - 1)];
            requests_.push_back(std::move(request));
        }
        const auto bar = answer.find('|');
        peer.answer(answer.substr(0, bar), answer.substr(bar + 1));
    }

    std::mutex mutex_;
    std::vector<std::string> requests_;
    Gateway gateway_{[this](GatewayPeer& peer) { serve(peer); }};
};

/// One file of providers.d. "PORT" in it is the gateway's port, "DIR" a folder of the test's own.
struct HttpFile {
    explicit HttpFile(AnsweringGateway& gateway) : port(std::to_string(gateway.port())) {}

    /// The provider; throws when the file has faults.
    std::unique_ptr<Provider> open(std::string_view text)
    {
        const auto whole_text = replaced(replaced(std::string(text), "PORT", port), "DIR", directory.path());
        const auto document = config::parse_document(whole_text, "gateway.toml");
        if (const auto* problem = std::get_if<config::Problem>(&document))
            throw std::runtime_error(problem->sentence);
        config::Findings findings;
        const auto config =
            config::read_provider_file(std::get<config::Table>(document), "gateway.toml", false, findings);
        if (!findings.none())
            throw std::runtime_error(findings.text());
        auto provider = HttpProvider::open(config, whole, {loop, programs, transfers, clock, random},
                                           std::chrono::milliseconds(20));
        if (!provider)
            throw std::runtime_error(provider.error().detail);
        return std::move(*provider);
    }
    Handover send(std::string_view text, const OutboundMessage& message)
    {
        const auto provider = open(text);
        auto handover = run(loop, provider->send(message));
        if (!handover)
            throw std::runtime_error(handover.error().detail);
        return std::move(*handover);
    }

    std::string port;
    TemporaryDirectory directory;
    DeliveryConfig whole;
    Loop loop;
    Programs programs{loop};
    Transfers transfers{loop};
    ManualClock clock;
    SystemRandom random;
};

inline const std::string text_head = "kind = \"http\"\nchannels = [\"text-message\"]\n";
inline const std::string call_head = "kind = \"http\"\nchannels = [\"voice-call\"]\n";
inline const std::string request_head =
    "[request]\nurl = \"http://127.0.0.1:PORT/send\"\nallow_http = true\n";

} // namespace ssp::testing
