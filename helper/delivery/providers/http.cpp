#include "delivery/providers/http.h"

#include "delivery/http/authentication.h"
#include "delivery/http/outcome.h"
#include "delivery/http/rendering.h"
#include "loop/sleep.h"
#include "verifier/message_text.h"

#include <algorithm>
#include <fmt/format.h>
#include <strings.h>
#include <utility>

namespace ssp {

namespace {

constexpr Seconds ring_timeout(25);
constexpr Seconds poll_deadline(5);
constexpr int most_polls = 90; ///< three minutes: no call of ours takes as long

SecretString number(Seconds seconds) { return SecretString(std::to_string(seconds.count())); }

/// A header field cannot hold it: line ends would begin another one.
bool has_control_character(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

bool has_field(const HttpFields& fields, const char* name)
{
    return std::ranges::any_of(
        fields, [name](const auto& one) { return ::strcasecmp(one.first.c_str(), name) == 0; });
}

} // namespace

/// What one file describes, ready for use.
class HttpProvider::Gateway {
public:
    Gateway(const ProviderConfig& config, const DeliveryConfig& whole, const ProviderTools& tools,
            std::chrono::milliseconds between_polls)
        : config_(config.http), wordings_(whole.wordings), organisation_(whole.organisation),
          code_life_(whole.code_life), tools_(tools), between_polls_(between_polls)
    {
    }
    Result<void> prepare()
    {
        auto outcomes = HttpOutcomes::compile(*config_);
        if (!outcomes)
            return outcomes.error();
        outcomes_ = std::move(*outcomes);
        if (config_->status) {
            auto state = HttpFinder::compile(config_->status->state);
            if (!state)
                return state.error();
            state_ = std::move(*state);
        }
        auto authentication =
            HttpAuthentication::open(*config_, tools_.programs, tools_.clock, tools_.random);
        if (!authentication)
            return authentication.error();
        authentication_ = std::move(*authentication);
        return {};
    }

    HttpValues values_of(const OutboundMessage& message) const
    {
        HttpValues values;
        values.now = tools_.clock.now();
        auto& of = values.of;
        of[HttpVariable::to] = message.to.clone();
        of[HttpVariable::ttl] = number(code_life_);
        of[HttpVariable::reference] = SecretString(message.reference);
        of[HttpVariable::tag] = SecretString(message.tag);
        of[HttpVariable::language] = SecretString(message.language);
        if (message.channel == Channel::text_message) {
            of[HttpVariable::text] = message.text.clone();
        } else {
            of[HttpVariable::code] = message.digits.clone();
            of[HttpVariable::digits_spoken] = spoken_digits(message.digits);
            of[HttpVariable::speech] =
                spoken_text(wording_of(wordings_, message.language), organisation_, message.digits);
            of[HttpVariable::ring_timeout] = number(ring_timeout);
        }
        return values;
    }

    /// Errors: configuration.
    Result<HttpRequest> request_for(const HttpValues& values) const
    {
        const HttpRendering rendering(*config_, values);
        HttpRequest request;
        request.method = config_->method;
        rendering.address(config_->url, request.url);
        if (!config_->query.empty()) {
            request.url.add(request.url.view().find('?') == std::string_view::npos ? '?' : '&');
            rendering.form(config_->query, request.url);
        }
        for (const auto& [name, value] : config_->headers) {
            WipedText text;
            rendering.text(value, text);
            if (has_control_character(text.view()))
                return Error{ErrorKind::configuration, fmt::format("header {} would have a line end", name)};
            auto& line = request.headers.emplace_back(name);
            line.add(text.empty() ? ";" : ": "); // libcurl takes "Name:" for its absence
            line.add(text.view());
        }
        add_body(rendering, request);
        request.plain = config_->plain;
        request.ca_file = config_->ca_file;
        return request;
    }

    Task<Handover> hand_over(std::shared_ptr<Gateway> self, const OutboundMessage& message);
    /// The state that the gateway tells; nothing when it could not be learned.
    struct Told {
        bool over = false; ///< the gateway does not know the call any more
        std::optional<CallState> state;
    };
    Task<Told> ask(const HttpValues& values);

    Task<void> pause() const { return sleep_for(tools_.loop, between_polls_); }

private:
    void add_body(const HttpRendering& rendering, HttpRequest& request) const
    {
        const char* type = nullptr;
        if (config_->method == "POST" || config_->method == "PUT")
            request.body.emplace();
        switch (config_->body) {
        case HttpBody::none: break;
        case HttpBody::form:
            rendering.form(config_->form, *request.body);
            type = "application/x-www-form-urlencoded";
            break;
        case HttpBody::json:
            rendering.json(config_->json, *request.body);
            type = "application/json";
            break;
        case HttpBody::raw:
            rendering.text(config_->raw, *request.body);
            type = "text/plain; charset=UTF-8";
            break;
        }
        if (type != nullptr && !has_field(config_->headers, "Content-Type"))
            request.headers.emplace_back(fmt::format("Content-Type: {}", type));
    }

    std::shared_ptr<const HttpProviderConfig> config_;
    MessageWordings wordings_;
    std::string organisation_;
    Seconds code_life_;
    ProviderTools tools_;
    std::chrono::milliseconds between_polls_;
    HttpOutcomes outcomes_;
    HttpFinder state_;
    std::unique_ptr<HttpAuthentication> authentication_;
};

namespace {

/// Asks the gateway from time to time how a call stands.
class HttpCall final : public OngoingCall {
public:
    HttpCall(std::shared_ptr<HttpProvider::Gateway> gateway, HttpValues values)
        : gateway_(std::move(gateway)), values_(std::move(values))
    {
    }
    Task<CallState> next() override
    {
        for (; polls_ < most_polls; ++polls_) {
            auto pause = gateway_->pause();
            co_await std::move(pause);
            auto asking = gateway_->ask(values_);
            const auto told = co_await std::move(asking).outcome();
            if (!told)
                continue;
            if (told->over && last_)
                co_return was_taken() ? CallState::played : CallState::no_answer;
            if (told->state && told->state != last_) {
                last_ = told->state;
                ++polls_;
                co_return *last_;
            }
        }
        co_return CallState::failed;
    }

private:
    bool was_taken() const { return last_ == CallState::answered || last_ == CallState::speaking; }

    std::shared_ptr<HttpProvider::Gateway> gateway_;
    HttpValues values_;
    std::optional<CallState> last_;
    int polls_ = 0;
};

Handover not_sent(DeliveryOutcome outcome, std::string said)
{
    Handover handover;
    handover.outcome = outcome;
    handover.said = std::move(said);
    handover.surely_not_sent = true;
    return handover;
}

} // namespace

Task<Handover> HttpProvider::Gateway::hand_over(std::shared_ptr<Gateway> self, const OutboundMessage& message)
{
    auto values = values_of(message);
    auto request = request_for(values);
    if (!request)
        co_return not_sent(DeliveryOutcome::configuration, request.error().detail);
    request->deadline = std::min(config_->deadline, message.deadline);
    auto signing = authentication_->sign(std::move(*request));
    auto is_signed = co_await std::move(signing).outcome();
    if (!is_signed)
        co_return not_sent(DeliveryOutcome::configuration, is_signed.error().detail);
    auto fetching = tools_.transfers.fetch(std::move(*is_signed));
    const auto answer = co_await std::move(fetching).outcome();
    if (!answer)
        co_return not_sent(DeliveryOutcome::retry, answer.error().detail);
    Handover handover;
    switch (answer->end) {
    case HttpAnswer::End::not_sent: co_return not_sent(DeliveryOutcome::retry, answer->trouble);
    case HttpAnswer::End::full: {
        auto full = not_sent(DeliveryOutcome::retry, answer->trouble);
        full.is_full = true;
        co_return full;
    }
    case HttpAnswer::End::untrusted: co_return not_sent(DeliveryOutcome::configuration, answer->trouble);
    case HttpAnswer::End::unclear: handover.said = "sent, no answer: " + answer->trouble; co_return handover;
    case HttpAnswer::End::answered: break;
    }
    auto judgement = outcomes_.judge(answer->status, answer->body.view());
    handover.outcome = judgement.outcome;
    handover.said = std::move(judgement.said);
    const bool may_ring =
        handover.outcome == DeliveryOutcome::accepted || handover.outcome == DeliveryOutcome::queued;
    if (may_ring && config_->status) {
        HttpValues of_call;
        of_call.of[HttpVariable::id] = SecretString(judgement.id);
        of_call.of[HttpVariable::reference] = SecretString(message.reference);
        handover.call = std::make_unique<HttpCall>(std::move(self), std::move(of_call));
    }
    co_return handover;
}

Task<HttpProvider::Gateway::Told> HttpProvider::Gateway::ask(const HttpValues& values)
{
    HttpRequest request;
    request.method = "GET";
    const HttpRendering rendering(*config_, values);
    rendering.address(config_->status->url, request.url);
    request.plain = config_->plain;
    request.ca_file = config_->ca_file;
    request.deadline = poll_deadline;
    auto signing = authentication_->sign(std::move(request));
    auto is_signed = co_await std::move(signing);
    auto fetching = tools_.transfers.fetch(std::move(is_signed));
    const auto answer = co_await std::move(fetching);
    Told told;
    if (answer.end != HttpAnswer::End::answered)
        co_return told;
    told.over = answer.status == 404 || answer.status == 410;
    if (answer.status < 200 || answer.status > 299)
        co_return told;
    HttpContent content(answer.body.view());
    const auto word = state_.find(content);
    const auto& words = config_->status->words;
    const auto known =
        std::ranges::find_if(words, [&word](const auto& one) { return word && one.first == *word; });
    if (known != words.end())
        told.state = known->second;
    co_return told;
}

HttpProvider::HttpProvider(std::shared_ptr<Gateway> gateway) : gateway_(std::move(gateway)) {}

HttpProvider::~HttpProvider() = default;

Result<std::unique_ptr<Provider>> HttpProvider::open(const ProviderConfig& config,
                                                     const DeliveryConfig& whole, const ProviderTools& tools,
                                                     std::chrono::milliseconds between_polls)
{
    auto gateway = std::make_shared<Gateway>(config, whole, tools, between_polls);
    if (auto prepared = gateway->prepare(); !prepared)
        return prepared.error();
    return std::make_unique<HttpProvider>(std::move(gateway));
}

Task<Handover> HttpProvider::send(const OutboundMessage& message)
{
    auto handing_over = gateway_->hand_over(gateway_, message);
    auto handover = co_await std::move(handing_over);
    co_return handover;
}

} // namespace ssp
