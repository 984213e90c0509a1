#include "call/srtp_key.h"

#include <vector>

#include "support/cmocka.h"

using namespace ssp;

namespace {

// RFC 4568, section 9.1 has this key.
const std::string inline_key = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

void an_attribute_says_tag_suite_and_key()
{
    SystemRandom random;
    const auto key = make_srtp_key(random, 2, SrtpSuite::tag_of_32_bits);
    CHECK(key && key->bytes.size() == srtp_key_size);
    const auto text = crypto_attribute(*key);
    CHECK(text.reveal().starts_with("2 AES_CM_128_HMAC_SHA1_32 inline:") && text.size() == 33 + 40);
    const auto again = read_crypto_attribute(text.reveal());
    CHECK(again && again->tag == 2 && again->suite == SrtpSuite::tag_of_32_bits);
    CHECK(again->bytes.equals(key->bytes.reveal()));
}

void the_key_of_the_rfc_is_read()
{
    const auto key = read_crypto_attribute("1 AES_CM_128_HMAC_SHA1_80 " + inline_key + "|2^20");
    CHECK(key && key->tag == 1 && key->suite == SrtpSuite::tag_of_80_bits);
    CHECK(key->bytes.reveal().starts_with("YS___semctl"));
}

void two_keys_are_not_the_same()
{
    SystemRandom random;
    const auto one = make_srtp_key(random, 1, SrtpSuite::tag_of_80_bits);
    const auto other = make_srtp_key(random, 1, SrtpSuite::tag_of_80_bits);
    CHECK(one && other && !one->bytes.equals(other->bytes.reveal()));
}

void what_we_do_not_speak_is_no_key()
{
    for (const std::string& value : std::vector<std::string>{
             "", "1", "1 F8_128_HMAC_SHA1_80 " + inline_key, "x AES_CM_128_HMAC_SHA1_80 " + inline_key,
             "-1 AES_CM_128_HMAC_SHA1_80 " + inline_key,
             "1 AES_CM_128_HMAC_SHA1_80 " + inline_key + "|2^20|1:4", // a master key identifier
             "1 AES_CM_128_HMAC_SHA1_80 " + inline_key + " UNENCRYPTED_SRTP",
             "1 AES_CM_128_HMAC_SHA1_80 " + inline_key + ";" + inline_key,
             "1 AES_CM_128_HMAC_SHA1_80 " + inline_key.substr(7),
             "1 AES_CM_128_HMAC_SHA1_80 " + inline_key + "AAAA",
             "1 AES_CM_128_HMAC_SHA1_80 inline:" + std::string(40, '='), "1 AES_CM_128_HMAC_SHA1_80 inline:"})
        CHECK(!read_crypto_attribute(value));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_attribute_says_tag_suite_and_key),
        SENTENCE(the_key_of_the_rfc_is_read),
        SENTENCE(two_keys_are_not_the_same),
        SENTENCE(what_we_do_not_speak_is_no_key),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
