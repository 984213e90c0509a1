// A telephone number as a person types it. The first byte says channel and region.
#include "delivery/phone_number.h"
#include "fuzz.h"
#include "protocol/delivery_codec.h"
#include "verifier/binding.h"

#include <algorithm>
#include <array>
#include <string>

using namespace ssp;

namespace {

const std::array<const char*, 4> regions{"US", "DE", "GB", "KZ"};

const NumberJudge& judge()
{
    static const NumberJudge kept([] {
        PhoneRules rules;
        rules.regions = {"US", "DE", "GB"};
        rules.deny_prefixes = {"+1900", "+4915"};
        return rules;
    }());
    return kept;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto channel = (data[0] & 1U) == 0 ? Channel::text_message : Channel::voice_call;
    const std::string region = regions.at((data[0] >> 1U) % regions.size());
    const auto typed = ssp::testing::text_of(data, size).substr(1);

    const auto found = judge().judge(typed, channel, region);
    ssp::testing::understood = found.usable;
    const auto e164 = found.e164.reveal();
    MUST(found.usable == found.reason.empty() && found.usable != e164.empty());
    MUST(std::ranges::all_of(found.reason, [](char c) { return c >= 0x20 && c <= 0x7e; }));
    // What a stranger's judge says is believed only like this, whatever was typed.
    for (const std::string_view other : {"+12055550123", "+4930901820", "", "+"})
        MUST(!is_ending_of(typed, other) ||
             std::ranges::any_of(typed, [](char c) { return c >= '0' && c <= '9'; }));
    if (!found.usable)
        return 0;
    MUST(protocol::is_e164(e164)); // or no message could carry it
    MUST(found.region == "US" || found.region == "DE" || found.region == "GB");
    MUST(!e164.starts_with("+1900") && !e164.starts_with("+4915"));
    // The verifier wants six digits at least, so that an ending says something; some houses have fewer.
    const auto significant = typed.substr(std::min(typed.find_first_of("123456789"), typed.size()));
    const auto digits = std::ranges::count_if(significant, [](char c) { return c >= '0' && c <= '9'; });
    MUST(is_ending_of(typed, e164) || digits < 6);
    MUST(judge().permits(e164, channel));
    MUST(masked(e164) == "ending " + std::string(e164.substr(e164.size() - 2)));
    return 0;
}
