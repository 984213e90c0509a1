#include "config/text_rules.h"

#include "protocol/showable.h"
#include "verifier/network.h"

#include <algorithm>
#include <string_view>

namespace ssp::config::rule {

namespace {

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printable(char c) { return c >= 0x20 && c <= 0x7e; }

bool has_length(std::string_view text, std::size_t least, std::size_t most)
{
    return text.size() >= least && text.size() <= most;
}

bool is_plain_path(std::string_view text)
{
    if (!has_length(text, 2, 255) || text.front() != '/' || !std::ranges::all_of(text, is_printable))
        return false;
    while (!text.empty()) {
        text.remove_prefix(1);
        const auto part = text.substr(0, text.find('/'));
        if (part.empty() || part == "." || part == "..")
            return false;
        text.remove_prefix(part.size());
    }
    return true;
}

bool is_user_name(std::string_view text)
{
    return has_length(text, 1, 32) && (is_lower(text.front()) || text.front() == '_') &&
           std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || is_one_of(c, "_-"); });
}

bool is_service_name(std::string_view text)
{
    return has_length(text, 1, 64) && text.front() != '.' && std::ranges::all_of(text, [](char c) {
               return is_lower(c) || is_upper(c) || is_digit(c) || is_one_of(c, "._-");
           });
}

bool is_region(std::string_view text) { return text.size() == 2 && std::ranges::all_of(text, is_upper); }

bool is_number_type(std::string_view text)
{
    constexpr std::string_view types[] = {"mobile", "fixed-line", "fixed-line-or-mobile", "voip"};
    return std::ranges::find(types, text) != std::end(types);
}

bool is_number_prefix(std::string_view text)
{
    return has_length(text, 2, 16) && text.front() == '+' && std::ranges::all_of(text.substr(1), is_digit);
}

bool is_telephone(std::string_view text)
{
    return text.empty() || (has_length(text, 8, 16) && text.front() == '+' && text[1] != '0' &&
                            std::ranges::all_of(text.substr(1), is_digit));
}

bool is_network(std::string_view text) { return parse_network(text).has_value(); }

/// Printable, and neither begins nor ends with a space.
bool is_words(std::string_view text, std::size_t most)
{
    return has_length(text, 1, most) && std::ranges::all_of(text, is_printable) && text.front() != ' ' &&
           text.back() != ' ';
}

bool is_short_name(std::string_view text) { return is_words(text, 16); }
bool is_support_contact(std::string_view text) { return is_words(text, 60); }

bool is_provider_name(std::string_view text)
{
    return has_length(text, 1, 32) &&
           std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

/// Labels of small letters, digits and hyphens. 48 characters leave room for the message.
bool is_origin(std::string_view text)
{
    if (text.empty())
        return true;
    bool has_dot = false;
    const bool is_short = text.size() <= 48 && text.back() != '.';
    while (is_short && !text.empty()) {
        const auto label = text.substr(0, text.find('.'));
        const auto of_label = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
        if (label.empty() || label.front() == '-' || label.back() == '-' ||
            !std::ranges::all_of(label, of_label))
            return false;
        has_dot = has_dot || label.size() < text.size();
        text.remove_prefix(std::min(label.size() + 1, text.size()));
    }
    return is_short && has_dot;
}

bool is_language(std::string_view text) { return text.size() == 2 && std::ranges::all_of(text, is_lower); }

bool is_region_language(std::string_view text)
{
    return text.size() == 5 && is_region(text.substr(0, 2)) && text[2] == '=' && is_language(text.substr(3));
}

bool is_message(std::string_view text) { return has_length(text, 1, 400) && protocol::is_showable(text); }

bool is_argument(std::string_view text)
{
    return has_length(text, 1, 1024) && text.find('\0') == std::string_view::npos;
}

// A socket's address holds 107 bytes (unix(7)); its last part is the role (systemd hands it over by it).
bool is_socket(std::string_view text, std::string_view name)
{
    return text.size() <= 107 && is_plain_path(text) && text.ends_with(name);
}
bool is_signin_socket(std::string_view text) { return is_socket(text, "/signin.sock"); }
bool is_self_socket(std::string_view text) { return is_socket(text, "/self.sock"); }
bool is_admin_socket(std::string_view text) { return is_socket(text, "/admin.sock"); }
bool is_delivery_socket(std::string_view text) { return is_socket(text, "/delivery.sock"); }

} // namespace

const TextRule absolute_path{
    is_plain_path, "an absolute path of 2 to 255 printable ASCII characters, without . or .. in it"};
const TextRule user_name{is_user_name, "a user name: 1 to 32 of a-z, 0-9, _ and -"};
const TextRule service_name{is_service_name, "a PAM service: 1 to 64 of A-Z, a-z, 0-9, ., _ and -"};
const TextRule region{is_region, "an ISO 3166 region of two capitals, as \"US\""};
const TextRule number_type{is_number_type, "mobile, fixed-line, fixed-line-or-mobile, voip"};
const TextRule number_prefix{is_number_prefix, "+ and 1 to 15 digits, as \"+1976\""};
const TextRule telephone{is_telephone, "+ and 7 to 15 digits, as \"+12055550100\", or \"\""};
const TextRule network{is_network, "an address or a network as \"10.20.0.0/16\", not a loopback address"};
const TextRule short_name{is_short_name, "1 to 16 printable ASCII characters, no space at an end"};
const TextRule support_contact{is_support_contact, "1 to 60 printable ASCII characters, no space at an end"};
const TextRule provider_name{is_provider_name, "a name of 1 to 32 of a-z, 0-9 and -"};
const TextRule origin{is_origin,
                      "a host name of at most 48 of a-z, 0-9, . and -, as \"login.example.com\", or \"\""};
const TextRule language{is_language, "a language of two small letters (ISO 639-1), as \"en\""};
const TextRule region_language{is_region_language, "a region and its language, as \"MX=es\""};
const TextRule message{is_message, "1 to 400 bytes of printable UTF-8"};
const TextRule argument{is_argument, "1 to 1024 bytes without NUL"};
const TextRule signin_socket{is_signin_socket, "an absolute path of at most 107 bytes to signin.sock"};
const TextRule self_socket{is_self_socket, "an absolute path of at most 107 bytes to self.sock"};
const TextRule admin_socket{is_admin_socket, "an absolute path of at most 107 bytes to admin.sock"};
const TextRule delivery_socket{is_delivery_socket, "an absolute path of at most 107 bytes to delivery.sock"};

} // namespace ssp::config::rule
