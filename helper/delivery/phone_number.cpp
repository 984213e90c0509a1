#include "delivery/phone_number.h"
#include "protocol/delivery_codec.h"

#include <algorithm>
#include <phonenumbers/phonenumberutil.h>
#include <utility>

namespace ssp {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t longest_typed = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A number as people write it in any country: no letters, no extension, no digits of another script.
bool is_plain(std::string_view typed)
{
    const auto first = typed.find_first_not_of(' ');
    if (first == std::string_view::npos)
        return false;
    typed.remove_prefix(first);
    if (typed.front() == '+')
        typed.remove_prefix(1);
    const auto allowed = [](char c) {
        return is_digit(c) || std::string_view(" -./()").find(c) != std::string_view::npos;
    };
    return std::ranges::any_of(typed, is_digit) && std::ranges::all_of(typed, allowed);
}

/// The rules' word for a type; "" for one that is never used.
std::string_view word(PhoneNumberUtil::PhoneNumberType type)
{
    switch (type) {
    case PhoneNumberUtil::MOBILE: return "mobile";
    case PhoneNumberUtil::FIXED_LINE: return "fixed-line";
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE: return "fixed-line-or-mobile";
    case PhoneNumberUtil::VOIP: return "voip";
    default: return "";
    }
}

bool contains(const std::vector<std::string>& list, std::string_view item)
{
    return std::ranges::find(list, item) != list.end();
}

/// "+1 NPA 976": paid lines that the numbering plan of libphonenumber takes for ordinary ones.
bool is_premium_exchange(std::string_view e164)
{
    return e164.size() == 12 && e164.starts_with("+1") && e164.substr(5, 3) == "976";
}

/// Whether nothing was made up: the typed digits, trunk zeros aside, are the end of the result.
bool ends_in(std::string_view e164, std::string_view typed)
{
    std::string digits;
    std::ranges::copy_if(typed, std::back_inserter(digits), is_digit);
    digits.erase(0, digits.find_first_not_of('0'));
    return !digits.empty() && e164.ends_with(digits);
}

NumberJudgement refused(std::string reason)
{
    NumberJudgement judgement;
    judgement.reason = std::move(reason);
    return judgement;
}

NumberJudgement refused_length(PhoneNumberUtil::ValidationResult result)
{
    switch (result) {
    case PhoneNumberUtil::TOO_SHORT: return refused("This number is too short.");
    case PhoneNumberUtil::TOO_LONG: return refused("This number is too long.");
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY: return refused("The area code is missing.");
    case PhoneNumberUtil::INVALID_COUNTRY_CODE: return refused("There is no country with this code.");
    default: return refused("This number has not the right length.");
    }
}

} // namespace

NumberJudge::NumberJudge(PhoneRules rules) : rules_(std::move(rules)) { PhoneNumberUtil::GetInstance(); }

NumberJudgement NumberJudge::judge(std::string_view typed, Channel channel, const std::string& region) const
{
    if (typed.size() > longest_typed)
        return refused("A telephone number has at most 40 characters.");
    if (!is_plain(typed))
        return refused("Use digits only, with + and the country code for another country.");

    const auto& plans = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (plans.Parse(std::string(typed), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
        return refused("This is not a telephone number.");
    const auto length = plans.IsPossibleNumberWithReason(number);
    if (length != PhoneNumberUtil::IS_POSSIBLE)
        return refused_length(length);
    if (!plans.IsValidNumber(number) || number.has_extension())
        return refused("There is no such telephone number. Check it, and the area code.");

    std::string e164;
    plans.Format(number, PhoneNumberUtil::E164, &e164);
    // libphonenumber knows German numbers of 16 digits; what no message to the other daemon can carry would
    // end the connection that all sign-ins share.
    if (!protocol::is_e164(e164))
        return refused("This number is too long.");
    if (!ends_in(e164, typed))
        return refused("Begin with + and the country code.");
    std::string its_region;
    plans.GetRegionCodeForNumber(number, &its_region);
    if (!contains(rules_.regions, its_region))
        return refused("Numbers of this country cannot be used here.");
    const auto type = word(plans.GetNumberType(number));
    if (type.empty() || is_premium_exchange(e164))
        return refused("Numbers of this kind cannot be used here.");
    if (channel == Channel::text_message && !contains(rules_.text_types, type))
        return refused("This is not the number of a mobile phone.");
    if (channel == Channel::voice_call && !contains(rules_.voice_types, type))
        return refused("Numbers of this kind cannot be called from here.");
    const auto begins = [&e164](const std::string& prefix) { return e164.starts_with(prefix); };
    if (std::ranges::any_of(rules_.deny_prefixes, begins))
        return refused("This number cannot be used here.");

    NumberJudgement usable;
    usable.usable = true;
    usable.e164 = SecretString(e164);
    usable.region = std::move(its_region);
    return usable;
}

bool NumberJudge::permits(std::string_view e164, Channel channel) const
{
    const auto judgement = judge(e164, channel, "ZZ"); // no region: only "+" is read
    return judgement.usable && judgement.e164.reveal() == e164;
}

std::string masked(std::string_view e164)
{
    return "ending " + std::string(e164.substr(e164.size() - std::min<std::size_t>(e164.size(), 2)));
}

} // namespace ssp
