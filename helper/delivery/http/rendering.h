#pragma once
// Templates of an HTTP provider and one message, put together: addresses, header fields, bodies.
#include "base/clock.h"
#include "config/http_provider.h"
#include "delivery/http/wiped_text.h"

#include <map>

namespace ssp {

/// What the variables of one request stand for; those that have no value are not there. And the time, for
/// |iso.
struct HttpValues {
    std::map<HttpVariable, SecretString> of;
    WallTime now{};
};

/// Puts templates of one provider together.
class HttpRendering {
public:
    /// Both outlive this object.
    HttpRendering(const HttpProviderConfig& config, const HttpValues& values)
        : config_(config), values_(values)
    {
    }

    /// As it is; the template says by its filters what a place needs.
    void text(const HttpTemplate& from, WipedText& to) const;
    /// What the template names is percent-encoded, its own letters are not: no value adds a "/", "?" or "&".
    void address(const HttpTemplate& from, WipedText& to) const;
    /// "name=value&name=value", all percent-encoded (application/x-www-form-urlencoded, with %20).
    void form(const HttpFields& from, WipedText& to) const;
    /// RFC 8259. No value ends the text it stands in.
    void json(const HttpTree& from, WipedText& to) const;
    void json_object(const HttpTable& from, WipedText& to) const;

private:
    std::string_view value_of(const HttpTemplatePart& part) const;
    void part(const HttpTemplatePart& from, WipedText& to) const;

    const HttpProviderConfig& config_;
    const HttpValues& values_;
};

/// RFC 3986: everything but letters, digits and "-._~" as %NN.
void percent_encode(std::string_view from, WipedText& to);
/// With quotes around it.
void json_text(std::string_view from, WipedText& to);

} // namespace ssp
