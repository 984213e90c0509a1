#pragma once
// What an answer of a gateway means: the rules of its file, first match wins. Whoever writes the answer may
// be hostile: it is at most Transfers::longest_answer long, and nothing here takes longer than in proportion
// to it.
#include "base/result.h"
#include "config/http_provider.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// One answer, read as JSON when somebody asks.
class HttpContent {
public:
    /// `body` outlives this object.
    explicit HttpContent(std::string_view body);
    ~HttpContent();
    HttpContent(const HttpContent&) = delete;
    HttpContent& operator=(const HttpContent&) = delete;

private:
    friend class HttpFinder;
    struct Json;
    std::string_view body_;
    std::unique_ptr<Json> json_;
};

/// Finds one thing in answers.
class HttpFinder {
public:
    /// Errors: configuration, with the place of the expression in the file.
    static Result<HttpFinder> compile(const HttpExtraction& from);
    HttpFinder();
    ~HttpFinder();
    HttpFinder(HttpFinder&&) noexcept;
    HttpFinder& operator=(HttpFinder&&) noexcept;

    /// False: it was left out of the file.
    bool is_there() const noexcept;
    /// JSON: the text, number or flag at the pointer, as a text; "" for an object or array; nothing when it
    /// is missing or null. Regular expression: its first group, or all of it when it has none.
    std::optional<std::string> find(HttpContent& content) const;

private:
    struct Pattern;
    std::unique_ptr<Pattern> pattern_; ///< null: left out
};

/// What a gateway said about a message.
struct HttpJudgement {
    DeliveryOutcome outcome = DeliveryOutcome::unknown;
    std::string said; ///< "HTTP 400, code 21211": the status, and the word of the rule that was found
    std::string id;   ///< 0..128 printable ASCII characters; when a message may have been taken
};

class HttpOutcomes {
public:
    /// Errors: configuration, with the place of an expression.
    static Result<HttpOutcomes> compile(const HttpProviderConfig& config);
    HttpJudgement judge(int status, std::string_view body) const;

private:
    struct Rule {
        HttpRule rule;
        HttpFinder finder;
    };
    std::vector<Rule> rules_;
    HttpFinder id_;
};

/// What a status means when no rule fits.
DeliveryOutcome outcome_of_status(int status) noexcept;

} // namespace ssp
