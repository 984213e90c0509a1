// What a SIP server may send that we read ourselves: keys of encrypted sound, pressed keys, words of a
// refusal. The first byte says which.
#include "call/key_press.h"
#include "call/outcome.h"
#include "call/srtp_key.h"
#include "fuzz.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto text = ssp::testing::text_of(data + 1, size - 1);
    if (data[0] == 'c') {
        const auto key = ssp::read_crypto_attribute(text);
        if (key) {
            ssp::testing::understood = true;
            MUST(key->tag >= 0 && key->bytes.size() == ssp::srtp_key_size);
            const auto again = ssp::read_crypto_attribute(ssp::crypto_attribute(*key).reveal());
            MUST(again && again->tag == key->tag && again->suite == key->suite);
            MUST(again->bytes.equals(key->bytes.reveal()));
        }
    } else if (data[0] == 'k') {
        ssp::testing::understood = ssp::is_key_1("dtmf-relay", text) || ssp::is_key_1("dtmf", text);
        MUST(!ssp::is_key_1("sdp", text));
        ssp::is_key_1(std::span(data + 1, size - 1));
    } else {
        const auto outcome = ssp::outcome_of_status(static_cast<std::uint16_t>(300 + data[0]), text, false);
        MUST(outcome.detail.size() <= 120 && outcome.end != ssp::CallEnd::played);
        MUST(std::ranges::all_of(outcome.detail, [](char c) { return c >= ' ' && c <= '~'; }));
        ssp::testing::understood = true;
    }
    return 0;
}
