#pragma once
// What a file of providers.d with kind = "http" says (ssp-mfa.toml(5), HTTP PROVIDERS), as values.
#include "config/http_template.h"
#include "verifier/ports.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ssp {

struct HttpTree;
struct HttpTreeEntry;
using HttpArray = std::vector<HttpTree>;
using HttpTable = std::vector<HttpTreeEntry>; ///< in the order of the names

/// JSON with templates for its texts.
struct HttpTree {
    std::variant<bool, std::int64_t, HttpTemplate, HttpArray, HttpTable> content;
};

struct HttpTreeEntry {
    std::string name;
    HttpTree value;
};

using HttpFields = std::vector<std::pair<std::string, HttpTemplate>>;

/// How something is found in an answer.
struct HttpExtraction {
    enum class Kind : std::uint8_t { none, json, regex };
    Kind kind = Kind::none;
    std::string text;  ///< a JSON pointer (RFC 6901), or a regular expression
    std::string where; ///< "FILE:LINE:COLUMN: KEY", for what is found out only when it is used
};

enum class HttpAuth : std::uint8_t { none, basic, bearer, aws_sigv4, jwt_rs256, command };
enum class HttpBody : std::uint8_t { none, form, json, raw };

struct HttpRule {
    std::vector<std::pair<int, int>> statuses; ///< from, to; none: each
    HttpExtraction match;                      ///< none: each answer
    std::vector<std::string> in;               ///< what was found is one of these; none: something was found
    DeliveryOutcome outcome = DeliveryOutcome::unknown;
};

/// Where a gateway tells how a call stands.
struct HttpStatus {
    HttpTemplate url;
    HttpExtraction state;
    std::vector<std::pair<std::string, CallState>> words; ///< each word once
};

struct HttpProviderConfig {
    Seconds deadline{8};
    std::vector<HttpSecret> secrets;

    std::string method = "POST";
    HttpTemplate url;
    bool plain = false;  ///< http:// to this host itself
    std::string ca_file; ///< "": the system's authorities
    HttpFields headers;
    HttpFields query;
    HttpBody body = HttpBody::none;
    HttpFields form;
    HttpTree json;
    HttpTemplate raw;

    HttpAuth auth = HttpAuth::none;
    HttpTemplate username;
    HttpTemplate password;
    HttpTemplate token;
    HttpTemplate region;
    HttpTemplate service;
    HttpTemplate session_token;
    std::size_t private_key = 0;   ///< of secrets
    std::string where_private_key; ///< "FILE:LINE:COLUMN: KEY"
    HttpTable claims;
    std::vector<std::string> command; ///< argv; command[0] is an absolute path

    HttpExtraction id;
    std::vector<HttpRule> rules;
    std::optional<HttpStatus> status;
};

} // namespace ssp
