#include "delivery/http/outcome.h"

#include <algorithm>
#include <array>
#include <exception>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <re2/re2.h>
#include <utility>

namespace ssp {

struct HttpContent::Json {
    nlohmann::json document;
};

HttpContent::HttpContent(std::string_view body) : body_(body) {}
HttpContent::~HttpContent() = default;

struct HttpFinder::Pattern {
    nlohmann::json::json_pointer pointer;
    std::unique_ptr<RE2> expression; ///< null: the pointer counts
};

namespace {

std::unique_ptr<RE2> compiled(const std::string& text)
{
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(RE2::Options::EncodingLatin1); // an answer may be any bytes
    options.set_max_mem(1 << 20);
    return std::make_unique<RE2>(text, options);
}

/// A pointer whose places in arrays are numbers too large for memory throws, as does one that is none.
template <class Job> Result<void> at_the_edge(Job job)
{
    try {
        job();
        return {};
    } catch (const std::exception&) {
        return Error{ErrorKind::configuration, "is no JSON pointer"};
    }
}

std::optional<std::string> text_of(const nlohmann::json& value)
{
    if (value.is_null())
        return std::nullopt;
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_structured())
        return std::string();
    return value.dump();
}

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

HttpFinder::HttpFinder() = default;
HttpFinder::~HttpFinder() = default;
HttpFinder::HttpFinder(HttpFinder&&) noexcept = default;
HttpFinder& HttpFinder::operator=(HttpFinder&&) noexcept = default;

Result<HttpFinder> HttpFinder::compile(const HttpExtraction& from)
{
    HttpFinder finder;
    if (from.kind == HttpExtraction::Kind::none)
        return finder;
    finder.pattern_ = std::make_unique<Pattern>();
    if (from.kind == HttpExtraction::Kind::json) {
        const auto read =
            at_the_edge([&] { finder.pattern_->pointer = nlohmann::json::json_pointer(from.text); });
        if (!read)
            return Error{ErrorKind::configuration, fmt::format("{}: {}", from.where, read.error().detail)};
        return finder;
    }
    finder.pattern_->expression = compiled(from.text);
    const auto& expression = *finder.pattern_->expression;
    if (!expression.ok())
        return Error{ErrorKind::configuration,
                     fmt::format("{}: is no regular expression: {}", from.where, expression.error())};
    if (expression.NumberOfCapturingGroups() > 1)
        return Error{ErrorKind::configuration,
                     fmt::format("{}: has {} groups; allowed: one, the others as (?:...)", from.where,
                                 expression.NumberOfCapturingGroups())};
    return finder;
}

bool HttpFinder::is_there() const noexcept { return pattern_ != nullptr; }

std::optional<std::string> HttpFinder::find(HttpContent& content) const
{
    if (pattern_ == nullptr)
        return std::nullopt;
    if (pattern_->expression != nullptr) {
        std::array<re2::StringPiece, 2> found;
        const auto& expression = *pattern_->expression;
        const re2::StringPiece body(content.body_.data(), content.body_.size());
        if (!expression.Match(body, 0, body.size(), RE2::UNANCHORED, found.data(),
                              1 + expression.NumberOfCapturingGroups()))
            return std::nullopt;
        const auto& group = found[static_cast<std::size_t>(expression.NumberOfCapturingGroups())];
        return std::string(group.data() == nullptr ? "" : group.data(), group.size());
    }
    if (content.json_ == nullptr)
        content.json_ = std::make_unique<HttpContent::Json>(HttpContent::Json{
            nlohmann::json::parse(content.body_.begin(), content.body_.end(), nullptr, false)});
    std::optional<std::string> found;
    const auto& document = content.json_->document;
    if (!document.is_discarded())
        (void)at_the_edge([&] {
            if (document.contains(pattern_->pointer))
                found = text_of(document.at(pattern_->pointer));
        });
    return found;
}

Result<HttpOutcomes> HttpOutcomes::compile(const HttpProviderConfig& config)
{
    HttpOutcomes outcomes;
    for (const auto& rule : config.rules) {
        auto finder = HttpFinder::compile(rule.match);
        if (!finder)
            return finder.error();
        outcomes.rules_.push_back({rule, std::move(*finder)});
    }
    auto id = HttpFinder::compile(config.id);
    if (!id)
        return id.error();
    outcomes.id_ = std::move(*id);
    return outcomes;
}

HttpJudgement HttpOutcomes::judge(int status, std::string_view body) const
{
    HttpContent content(body);
    HttpJudgement judgement;
    judgement.outcome = outcome_of_status(status);
    judgement.said = fmt::format("HTTP {}", status);
    for (const auto& [rule, finder] : rules_) {
        const auto has_status = [status](const auto& range) {
            return status >= range.first && status <= range.second;
        };
        if (!rule.statuses.empty() && std::ranges::none_of(rule.statuses, has_status))
            continue;
        if (finder.is_there()) {
            const auto found = finder.find(content);
            if (!found)
                continue;
            // Only a word that stands in the file is repeated: anything else could be the message.
            const auto word = std::ranges::find(rule.in, *found);
            if (!rule.in.empty() && word == rule.in.end())
                continue;
            if (word != rule.in.end() && is_printable(*word))
                judgement.said += fmt::format(", code {}", word->substr(0, 40));
        }
        judgement.outcome = rule.outcome;
        break;
    }
    if (judgement.outcome == DeliveryOutcome::accepted || judgement.outcome == DeliveryOutcome::queued)
        if (auto id = id_.find(content); id && id->size() <= 128 && is_printable(*id))
            judgement.id = std::move(*id);
    return judgement;
}

DeliveryOutcome outcome_of_status(int status) noexcept
{
    if (status >= 200 && status < 300)
        return DeliveryOutcome::accepted;
    if (status == 401 || status == 403)
        return DeliveryOutcome::credentials;
    if (status == 429 || status == 503)
        return DeliveryOutcome::retry;
    if (status >= 300 && status < 500)
        return DeliveryOutcome::configuration; // moved, or asked for something that is not there
    return DeliveryOutcome::unknown;
}

} // namespace ssp
