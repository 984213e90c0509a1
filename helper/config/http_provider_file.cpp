#include "config/http_provider_file.h"

#include "config/http_templates.h"
#include "config/text_rules.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace ssp::config {

namespace {

using Place = HttpNames::Place;

constexpr std::pair<const char*, DeliveryOutcome> outcomes[] = {
    {"accepted", DeliveryOutcome::accepted},       {"queued", DeliveryOutcome::queued},
    {"bad-number", DeliveryOutcome::bad_number},   {"retry", DeliveryOutcome::retry},
    {"credentials", DeliveryOutcome::credentials}, {"configuration", DeliveryOutcome::configuration},
    {"unknown", DeliveryOutcome::unknown},
};

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= 32 && text.front() >= 'a' && text.front() <= 'z' &&
           std::ranges::all_of(
               text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

class Reader {
public:
    Reader(Section& provider, const std::string& path, bool voice_call, Findings& findings)
        : provider_(provider), path_(path), voice_call_(voice_call), findings_(findings)
    {
    }

    std::shared_ptr<const HttpProviderConfig> read()
    {
        provider_.duration("deadline", config_->deadline, Seconds(1), Seconds(60));
        read_constants();
        read_secrets();
        read_request();
        Section answer(provider_.table("answer"), "answer", findings_);
        config_->id = templates_.extraction(answer, "id");
        read_rules();
        read_status();
        return config_;
    }

private:
    void missing(const Section& section, const char* key)
    {
        const auto* entry = section_entry_;
        findings_.problem(entry == nullptr ? config::Place{path_, 0, 0} : entry->place, section.dotted(key),
                          "is missing");
    }

    void read_constants()
    {
        const auto* table = provider_.table("set");
        for (std::size_t i = 0; table != nullptr && i < table->size(); ++i) {
            const auto& entry = (*table)[i];
            const auto key = "set." + entry.key;
            if (!is_name(entry.key))
                findings_.problem(entry.place, key, "a name has 1 to 32 of a-z, 0-9 and _, a letter first");
            else if (is_http_variable(entry.key))
                findings_.problem(entry.place, key, "each message brings its own value of this name");
            if (const auto* text = std::get_if<std::string>(&entry.value.content))
                constants_.emplace_back(entry.key, *text);
            else if (const auto* number = std::get_if<std::int64_t>(&entry.value.content))
                constants_.emplace_back(entry.key, std::to_string(*number));
            else
                findings_.problem(entry.value.place, key, "allowed: a text or a whole number");
        }
    }

    void read_secrets()
    {
        const auto* table = provider_.table("secrets");
        if (table == nullptr)
            return;
        Section secrets(table, "secrets", findings_);
        for (const auto& entry : *table) {
            if (!is_name(entry.key))
                findings_.problem(entry.place, "secrets." + entry.key,
                                  "a name has 1 to 32 of a-z, 0-9 and _, a letter first");
            SecretString value;
            secrets.secret(entry.key.c_str(), value);
            config_->secrets.push_back({entry.key, std::move(value)});
        }
    }

    void read_request()
    {
        section_entry_ = provider_.any("request");
        Section request(provider_.table("request"), "request", findings_);
        if (section_entry_ == nullptr)
            return missing(provider_, "request");
        request.word("method", config_->method,
                     {{"POST", std::string("POST")},
                      {"GET", std::string("GET")},
                      {"PUT", std::string("PUT")},
                      {"DELETE", std::string("DELETE")}});
        bool allow_http = false;
        request.flag("allow_http", allow_http);
        if (const auto* url = request.any("url")) {
            config_->url = templates_.text(request, "url", templates_.message());
            config_->plain = templates_.check_url(*url, "request.url", config_->url, allow_http);
        } else {
            missing(request, "url");
        }
        allow_http_ = allow_http;
        request.text("ca_file", config_->ca_file, rule::absolute_path);
        if (!config_->ca_file.empty() && ::access(config_->ca_file.c_str(), R_OK) != 0)
            request.refuse("ca_file", std::strerror(errno));
        read_auth(request);
        config_->headers = templates_.fields(request, "headers", templates_.message());
        templates_.check_headers(request, request.table("headers"), config_->headers, config_->auth);
        config_->query = templates_.fields(request, "query", templates_.message());
        read_body(request);
    }

    void read_body(Section& request)
    {
        config_->form = templates_.fields(request, "form", templates_.message());
        config_->raw = templates_.text(request, "raw", templates_.message());
        const auto* json = request.any("json");
        if (json != nullptr)
            config_->json = templates_.tree(json->value, "request.json", templates_.message());
        const char* first = nullptr;
        for (const auto& [key, body] : {std::pair("form", HttpBody::form), std::pair("json", HttpBody::json),
                                        std::pair("raw", HttpBody::raw)}) {
            if (!request.has(key))
                continue;
            if (first != nullptr)
                request.refuse(key, fmt::format("a request has one body, and {} is one already", first));
            first = first == nullptr ? key : first;
            config_->body = body;
            if (config_->method == "GET" || config_->method == "DELETE")
                request.refuse(key, fmt::format("a {} has no body; use query", config_->method));
        }
    }

    void read_auth(Section& request)
    {
        request.word("auth", config_->auth,
                     {{"none", HttpAuth::none},
                      {"basic", HttpAuth::basic},
                      {"bearer", HttpAuth::bearer},
                      {"aws-sigv4", HttpAuth::aws_sigv4},
                      {"jwt-rs256", HttpAuth::jwt_rs256},
                      {"command", HttpAuth::command}});
        config_->username = templates_.text(request, "username", Place::always);
        config_->password = templates_.text(request, "password", Place::always);
        config_->token = templates_.text(request, "token", Place::always);
        config_->region = templates_.text(request, "region", Place::always);
        config_->service = templates_.text(request, "service", Place::always);
        config_->session_token = templates_.text(request, "session_token", Place::always);
        request.texts("command", config_->command, 1, 32, rule::argument, false);
        if (!config_->command.empty() && !rule::absolute_path.fits(config_->command.front()))
            request.refuse("command", "the first item must be " + std::string(rule::absolute_path.allowed));
        if (const auto* claims = request.table("claims")) {
            config_->claims = templates_.table(*claims, "request.claims", Place::always);
            for (const auto& entry : *claims)
                if (entry.key == "iat" || entry.key == "exp" || entry.key == "jti")
                    findings_.problem(entry.place, "request.claims." + entry.key,
                                      "this claim is made for each request");
        }
        read_private_key(request);
        check_auth_keys(request);
    }

    void read_private_key(Section& request)
    {
        const auto* entry = request.any("private_key");
        if (entry == nullptr)
            return;
        const auto found = templates_.text(request, "private_key", Place::always);
        const auto& place = entry->value.place;
        config_->where_private_key =
            fmt::format("{}:{}:{}: request.private_key", place.file, place.line, place.column);
        if (found.parts.size() == 1 && found.parts[0].source == HttpTemplatePart::Source::secret &&
            found.parts[0].filters.empty())
            config_->private_key = found.parts[0].secret;
        else if (!found.empty())
            request.refuse("private_key", "allowed: one secret, as \"{secret.private_key}\"");
    }

    void check_auth_keys(Section& request)
    {
        struct Key {
            const char* name;
            std::vector<HttpAuth> needed;
            std::vector<HttpAuth> allowed;
            const char* only;
        };
        using enum HttpAuth;
        const Key keys[] = {
            {"username", {basic, aws_sigv4}, {}, "\"basic\" and \"aws-sigv4\""},
            {"password", {basic, aws_sigv4}, {}, "\"basic\" and \"aws-sigv4\""},
            {"token", {bearer}, {}, "\"bearer\""},
            {"region", {aws_sigv4}, {}, "\"aws-sigv4\""},
            {"service", {aws_sigv4}, {}, "\"aws-sigv4\""},
            {"session_token", {}, {aws_sigv4}, "\"aws-sigv4\""},
            {"private_key", {jwt_rs256}, {}, "\"jwt-rs256\""},
            {"claims", {}, {jwt_rs256}, "\"jwt-rs256\""},
            {"command", {HttpAuth::command}, {}, "\"command\""},
        };
        for (const auto& key : keys) {
            const bool needed = std::ranges::find(key.needed, config_->auth) != key.needed.end();
            const bool allowed = needed || std::ranges::find(key.allowed, config_->auth) != key.allowed.end();
            if (needed && !request.has(key.name))
                missing(request, key.name);
            if (!allowed)
                request.refuse(key.name, fmt::format("allowed only with auth = {}", key.only));
        }
    }

    void read_rules()
    {
        const auto* entry = provider_.any("rule");
        if (entry == nullptr)
            return;
        const auto* rules = std::get_if<Array>(&entry->value.content);
        if (rules == nullptr)
            return findings_.problem(entry->value.place, "rule", "allowed: tables, each begun with [[rule]]");
        for (const auto& value : *rules) {
            const auto* table = std::get_if<Table>(&value.content);
            if (table == nullptr) {
                findings_.problem(value.place, "rule", "allowed: tables, each begun with [[rule]]");
                continue;
            }
            Section section(table, "rule", findings_);
            config_->rules.push_back(read_rule(section, value));
        }
    }

    HttpRule read_rule(Section& section, const Value& whole)
    {
        HttpRule rule;
        if (const auto* status = section.any("status"))
            for (const auto& one : items_of(status->value))
                rule.statuses.push_back(status_of(one));
        rule.match = templates_.extraction(section, "match");
        if (const auto* in = section.any("in")) {
            for (const auto& one : items_of(in->value)) {
                if (const auto* text = std::get_if<std::string>(&one.content))
                    rule.in.push_back(*text);
                else if (const auto* number = std::get_if<std::int64_t>(&one.content))
                    rule.in.push_back(std::to_string(*number));
                else
                    findings_.problem(one.place, "rule.in", "allowed: texts and whole numbers");
            }
            if (!section.has("match"))
                section.refuse("in", "needs match, which says what is looked at");
            else if (rule.in.empty())
                section.refuse("in", "is empty, so the rule never fits");
        }
        section.word(
            "outcome", rule.outcome,
            {outcomes[0], outcomes[1], outcomes[2], outcomes[3], outcomes[4], outcomes[5], outcomes[6]});
        if (!section.has("outcome"))
            findings_.problem(whole.place, "rule.outcome", "is missing");
        return rule;
    }

    /// A single one is as good as an array of one.
    static Array items_of(const Value& value)
    {
        const auto* items = std::get_if<Array>(&value.content);
        return items != nullptr ? *items : Array{value};
    }

    std::pair<int, int> status_of(const Value& value)
    {
        if (const auto* number = std::get_if<std::int64_t>(&value.content);
            number != nullptr && *number >= 200 && *number <= 599)
            return {static_cast<int>(*number), static_cast<int>(*number)};
        const auto* text = std::get_if<std::string>(&value.content);
        if (text != nullptr && text->size() == 3 && text->ends_with("xx") && text->front() >= '2' &&
            text->front() <= '5') {
            const int hundred = (text->front() - '0') * 100;
            return {hundred, hundred + 99};
        }
        findings_.problem(value.place, "rule.status",
                          "allowed: 200 to 599, \"2xx\", \"3xx\", \"4xx\", \"5xx\"");
        return {0, 0};
    }

    void read_status()
    {
        section_entry_ = provider_.any("status");
        if (section_entry_ == nullptr)
            return;
        Section section(provider_.table("status"), "status", findings_);
        HttpStatus status;
        if (const auto* url = section.any("url")) {
            status.url = templates_.text(section, "url", Place::status);
            if (templates_.check_url(*url, "status.url", status.url, allow_http_) && !config_->plain)
                section.refuse("url", "must begin with https://, as request.url does");
        } else {
            missing(section, "url");
        }
        status.state = templates_.extraction(section, "state");
        if (!section.has("state"))
            missing(section, "state");
        const std::pair<const char*, CallState> keys[] = {
            {"calling", CallState::calling},     {"ringing", CallState::ringing},
            {"answered", CallState::answered},   {"speaking", CallState::speaking},
            {"played", CallState::played},       {"no-key", CallState::no_key},
            {"hung-up", CallState::hung_up},     {"busy", CallState::busy},
            {"no-answer", CallState::no_answer}, {"refused", CallState::refused},
            {"failed", CallState::failed},
        };
        for (const auto& [key, state] : keys)
            read_words(section, key, state, status);
        if (!voice_call_)
            provider_.refuse("status", "allowed only with channels = [\"voice-call\"]");
        if (std::ranges::none_of(status.words, [](const auto& word) { return is_end(word.second); }))
            provider_.refuse("status",
                             "names no word with which a call ends: played, busy, no-answer, failed ...");
        if (config_->id.kind == HttpExtraction::Kind::none &&
            std::ranges::any_of(status.url.parts, [](const HttpTemplatePart& part) {
                return part.source == HttpTemplatePart::Source::variable && part.variable == HttpVariable::id;
            }))
            section.refuse("url", "{id} has no value without answer.id");
        config_->status = std::move(status);
    }

    void read_words(Section& section, const char* key, CallState state, HttpStatus& status)
    {
        const auto* entry = section.any(key);
        if (entry == nullptr)
            return;
        for (const auto& value : items_of(entry->value)) {
            const auto* word = std::get_if<std::string>(&value.content);
            if (word == nullptr)
                findings_.problem(value.place, section.dotted(key), "allowed: texts");
            else if (std::ranges::any_of(status.words,
                                         [word](const auto& one) { return one.first == *word; }))
                findings_.problem(value.place, section.dotted(key), "this word has a meaning already");
            else
                status.words.emplace_back(*word, state);
        }
    }

    Section& provider_;
    const std::string& path_;
    bool voice_call_;
    Findings& findings_;
    std::shared_ptr<HttpProviderConfig> config_ = std::make_shared<HttpProviderConfig>();
    std::vector<std::pair<std::string, std::string>> constants_;
    HttpTemplates templates_{*config_, constants_, voice_call_ ? Place::voice_call : Place::text_message,
                             findings_};
    const Entry* section_entry_ =
        nullptr; ///< of the table that is being read; where its missing keys are noted
    bool allow_http_ = false;
};

} // namespace

std::shared_ptr<const HttpProviderConfig> read_http_provider(Section& provider, const std::string& path,
                                                             bool voice_call, Findings& findings)
{
    Reader reader(provider, path, voice_call, findings);
    return reader.read();
}

} // namespace ssp::config
