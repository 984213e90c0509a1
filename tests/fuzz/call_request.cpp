// What ssp-mfa-call reads: a request is refused or fit to be dialled, and a refusal repeats no digits.
#include "call/request.h"
#include "call/sip_address.h"
#include "fuzz.h"

#include <algorithm>
#include <string>

namespace {

bool all_digits(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}
bool printed(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto request = ssp::read_request(ssp::SecretString(ssp::testing::text_of(data, size)));
    if (!request) {
        MUST(printed(request.error().detail) && request.error().detail.size() <= 120);
        return 0;
    }
    ssp::testing::understood = true;
    MUST(request->digits.size() >= 4 && request->digits.size() <= 10 && all_digits(request->digits.reveal()));
    MUST(request->to.reveal().starts_with('+') && all_digits(request->to.reveal().substr(1)));
    MUST(request->ring_seconds >= 5 && request->total_seconds <= 300);
    for (const auto* text : {&request->account.proxy, &request->account.from, &request->account.user,
                             &request->account.ca_file, &request->recordings, &request->language})
        MUST(printed(*text));
    const auto proxy = ssp::read_proxy(request->account.proxy);
    if (proxy)
        MUST(!proxy->host.empty() && proxy->host.find_first_of(" <>\"@;/\\") == std::string::npos);
    const auto domain = ssp::domain_of(request->account.from);
    if (domain)
        MUST(!domain->empty() && domain->find_first_of(" <>\"@;") == std::string::npos);
    return 0;
}
