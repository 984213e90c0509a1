#pragma once
// Values of a file of an HTTP provider that hold templates, taken apart with their places.
#include "config/http_provider.h"
#include "config/section.h"

#include <string>

namespace ssp::config {

/// Reads what may hold names in braces. What is wrong is noted with the place of its value.
class HttpTemplates {
public:
    /// All outlive this object. `message`: what the requests of this file carry.
    HttpTemplates(const HttpProviderConfig& config,
                  const std::vector<std::pair<std::string, std::string>>& constants, HttpNames::Place message,
                  Findings& findings)
        : config_(config), constants_(constants), message_(message), findings_(findings)
    {
    }

    HttpNames::Place message() const noexcept { return message_; }
    /// A text, a whole number or a flag.
    HttpTemplate one(const Value& value, const std::string& key, HttpNames::Place place);
    /// The text `key` of `section`; empty when it is not there. Must not be "".
    HttpTemplate text(Section& section, const char* key, HttpNames::Place place);
    /// The table `key` of `section`, with one() in it.
    HttpFields fields(Section& section, const char* key, HttpNames::Place place);
    /// Any tree.
    HttpTree tree(const Value& value, const std::string& key, HttpNames::Place place);
    HttpTable table(const Table& table, const std::string& key, HttpNames::Place place);
    /// "json:/pointer" or "regex:..."; none when it is not there.
    HttpExtraction extraction(Section& section, const char* key);

    /// Header fields of a request: names that HTTP allows and that are not made elsewhere, values without
    /// line ends as far as they are known here.
    void check_headers(const Section& section, const Table* headers, const HttpFields& fields, HttpAuth auth);
    /// An address: https, or http to this host itself when `allow_http`; its host is known when the file is
    /// read. True: it is http.
    bool check_url(const Entry& entry, const std::string& key, const HttpTemplate& url, bool allow_http);

    void wrong(const Value& value, const std::string& key, std::string sentence)
    {
        findings_.problem(value.place, key, std::move(sentence));
    }

private:
    /// What is known of a part before there is a message.
    std::string_view known_text(const HttpTemplatePart& part) const;

    const HttpProviderConfig& config_;
    const std::vector<std::pair<std::string, std::string>>& constants_;
    HttpNames::Place message_;
    Findings& findings_;
};

} // namespace ssp::config
