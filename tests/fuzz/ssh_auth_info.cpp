// SSH_AUTH_INFO_0. The person chooses the key and the certificate in it.
#include "verifier/ssh_auth_info.h"
#include "fuzz.h"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = ssp::testing::text_of(data, size);
    const auto keys = ssp::proven_keys(text);
    if (!keys)
        return 0;
    ssp::testing::understood = true;
    MUST(keys->size() <= ssp::max_proven_keys);
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    MUST(keys->size() <= lines); // a line never proves two keys
    MUST(text.empty() || text.back() == '\n');

    // One more method that proves no key changes nothing.
    if (text.size() + 9 <= 8192) {
        const auto more = ssp::proven_keys(std::string(text) + "password\n");
        MUST(more && more->size() == keys->size());
        for (std::size_t i = 0; i < keys->size(); ++i)
            MUST((*more)[i].fingerprint == (*keys)[i].fingerprint &&
                 (*more)[i].hostbased == (*keys)[i].hostbased);
    }
    for (const auto& key : *keys)
        MUST(ssp::fingerprint_text(key.fingerprint).size() == 43);
    return 0;
}
