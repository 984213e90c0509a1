#include "call/request.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace ssp {

namespace {

constexpr std::size_t most_bytes = 16384;

void wipe(std::string& text) { ::explicit_bzero(text.data(), text.size()); }

bool all(std::string_view text, bool (*good)(char)) { return std::all_of(text.begin(), text.end(), good); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_printed(char c) { return c >= ' ' && c <= '~'; }

/// Takes values one by one as the parser meets them, so that no tree of them is left behind.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
public:
    CallRequest request;
    std::string fault; ///< the first thing that is wrong

    bool start_object(std::size_t /*elements*/) override
    {
        if (depth_ == 0 || (depth_ == 1 && key_ == "account")) {
            ++depth_;
            return true;
        }
        return wrong("an object");
    }
    bool key(std::string& name) override
    {
        key_ = depth_ == 2 ? "account." + name : name;
        return true;
    }
    bool end_object() override
    {
        --depth_;
        return true;
    }
    bool string(std::string& text) override
    {
        const bool taken = depth_ > 0 && take(text);
        wipe(text);
        return taken || wrong("this text");
    }
    bool boolean(bool value) override
    {
        if (key_ == "confirm_key")
            request.confirm_key = value;
        else if (key_ == "account.register")
            request.account.registers = value;
        else
            return wrong("true or false");
        return true;
    }
    bool number_unsigned(std::uint64_t number) override
    {
        if (key_ == "ring_seconds" && number >= 5 && number <= 120)
            request.ring_seconds = static_cast<int>(number);
        else if (key_ == "total_seconds" && number >= 10 && number <= 300)
            request.total_seconds = static_cast<int>(number);
        else
            return wrong("this number");
        return true;
    }
    bool null() override { return wrong("null"); }
    bool number_integer(std::int64_t /*number*/) override { return wrong("this number"); }
    bool number_float(double /*number*/, const std::string& /*text*/) override { return wrong("a fraction"); }
    bool binary(nlohmann::json::binary_t& /*bytes*/) override { return wrong("bytes"); }
    bool start_array(std::size_t /*elements*/) override { return wrong("a list"); }
    bool end_array() override { return true; }
    // The library's own words show what it read.
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::json::exception& /*error*/) override
    {
        if (fault.empty())
            fault = "is no JSON object";
        return false;
    }

private:
    bool wrong(std::string_view what)
    {
        const bool name = all(key_, is_printed) && key_.size() <= 40;
        fault = fmt::format("{}: {} is not expected", name ? key_ : "a name", what);
        return false;
    }
    bool take(const std::string& text)
    {
        SipAccount& account = request.account;
        if (key_ == "account.proxy")
            return set(account.proxy, text);
        if (key_ == "account.from")
            return set(account.from, text);
        if (key_ == "account.user") // goes between quotes into a header
            return all(text, [](char c) { return is_printed(c) && c != '"' && c != '\\'; }) &&
                   set(account.user, text);
        if (key_ == "account.password") {
            account.password = SecretString(text);
            return text.size() <= 1024 && text.find('\0') == std::string::npos;
        }
        if (key_ == "account.ca_file")
            return set(account.ca_file, text);
        if (key_ == "account.srtp")
            return take_srtp(text);
        if (key_ == "to") {
            request.to = SecretString(text);
            return true; // judged apart: it is no fault of this host
        }
        if (key_ == "digits") {
            request.digits = SecretString(text);
            return text.size() >= 4 && text.size() <= 10 && all(text, is_digit);
        }
        if (key_ == "language") {
            const auto letters = text.substr(0, text.find_first_of("-_"));
            request.language = letters;
            return (letters.size() == 2 || letters.size() == 3) &&
                   all(letters, [](char c) { return c >= 'a' && c <= 'z'; }) && text.size() <= 16;
        }
        if (key_ == "recordings")
            return set(request.recordings, text) && text.starts_with('/');
        return key_ == "reference" && text.size() <= 128;
    }
    static bool set(std::string& place, const std::string& text)
    {
        place = text;
        return text.size() <= 1024 && all(text, is_printed);
    }
    bool take_srtp(std::string_view word)
    {
        if (word == "required")
            request.account.srtp = Srtp::required;
        else if (word == "optional")
            request.account.srtp = Srtp::optional;
        return word == "required" || word == "optional" || word == "off";
    }

    std::string key_;
    int depth_ = 0;
};

bool is_number(std::string_view to)
{
    return to.size() >= 6 && to.size() <= 16 && to.front() == '+' && all(to.substr(1), is_digit);
}

} // namespace

Result<CallRequest> read_request(const SecretString& json)
{
    if (json.size() > most_bytes)
        return Error{ErrorKind::configuration, "request: too long"};
    Reader reader;
    const auto text = json.reveal();
    const bool read = nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
    if (!read || !reader.fault.empty())
        return Error{ErrorKind::configuration, "request: " + reader.fault};
    CallRequest& request = reader.request;
    if (request.account.proxy.empty() || request.account.from.empty() || request.digits.empty())
        return Error{ErrorKind::configuration, "request: account.proxy, account.from or digits is missing"};
    if (!is_number(request.to.reveal()))
        return Error{ErrorKind::not_permitted, "request: to is not a telephone number"};
    return std::move(request);
}

} // namespace ssp
