#pragma once
// Texts with names in braces, as the files of HTTP providers have them: "{to|digits}". Taken apart once, when
// the file is read; put together for each message by delivery/http.
#include "base/secret_string.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ssp {

/// What a message brings.
enum class HttpVariable : std::uint8_t {
    to,            ///< the number, E.164
    text,          ///< the whole text of a text message
    code,          ///< the digits of a voice call
    digits_spoken, ///< "4, 7, 1"
    speech,        ///< all that a call says, in the person's language
    ttl,           ///< seconds for which the code is good
    ring_timeout,  ///< seconds for which a telephone should ring
    reference,     ///< 32 hex digits; the same when the same message is handed over again
    tag,
    language, ///< ISO 639-1
    id,       ///< what the gateway calls the message; when it is asked how a call stands
};

enum class HttpFilter : std::uint8_t {
    digits,  ///< leaves digits only
    xml,     ///< for the text or an attribute of an XML document
    url,     ///< percent-encoded
    integer, ///< a number in JSON, not a text
    ms,      ///< seconds as milliseconds
    minutes, ///< seconds as minutes, rounded up
    iso,     ///< seconds as the time in that many, "2026-11-24T10:05:00Z"
};

struct HttpTemplatePart {
    enum class Source : std::uint8_t {
        literal,  ///< `text`, as it stands in the template
        constant, ///< `text`, of [set]
        secret,   ///< HttpProviderConfig::secrets[`secret`]
        variable,
    };
    Source source = Source::literal;
    std::string text;
    std::size_t secret = 0;
    HttpVariable variable = HttpVariable::to;
    std::vector<HttpFilter> filters; ///< in their order
};

struct HttpTemplate {
    std::vector<HttpTemplatePart> parts;

    bool empty() const noexcept { return parts.empty(); }
    /// A number in JSON: one part whose last filter is "int".
    bool is_number() const noexcept
    {
        return parts.size() == 1 && !parts[0].filters.empty() &&
               parts[0].filters.back() == HttpFilter::integer;
    }
};

struct HttpSecret {
    std::string name;
    SecretString value;
};

namespace config {

/// The names that a template may use, and where it stands.
struct HttpNames {
    enum class Place : std::uint8_t {
        text_message, ///< all that a text message brings
        voice_call,   ///< all that a call brings
        status,       ///< the address that tells how a call stands: {id} and {reference}
        always,       ///< no message: constants and secrets only
    };
    Place place = Place::always;
    const std::vector<std::pair<std::string, std::string>>* constants = nullptr;
    const std::vector<HttpSecret>* secrets = nullptr;
};

/// The template that `text` is, or what is wrong with it: a name or filter that is not known (with the
/// nearest that is), a name that has no value here, a filter that does not fit, a brace that is not closed.
/// "{{" is a brace. A message names no value of a secret.
std::variant<HttpTemplate, std::string> compile_http_template(std::string_view text, const HttpNames& names);

/// Whether a message brings something of this name, wherever.
bool is_http_variable(std::string_view name);

} // namespace config

} // namespace ssp
