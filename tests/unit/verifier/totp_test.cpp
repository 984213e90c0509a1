#include "support/counting_random.h"
#include "verifier/totp.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

const SecretString rfc_key(std::string_view("12345678901234567890"));

WallTime at(long long seconds) { return WallTime(Seconds(seconds)); }

void the_codes_of_rfc_6238_match_at_their_times()
{
    // Appendix B gives eight digits; the last six of them are the six-digit code.
    CHECK(totp::matched_step(rfc_key, "287082", at(59)) == 1);
    CHECK(totp::matched_step(rfc_key, "081804", at(1111111109)) == 37037036);
    CHECK(totp::matched_step(rfc_key, "279037", at(2000000000)) == 66666666);
    CHECK(totp::matched_step(rfc_key, "353130", at(20000000000)) == 666666666); // after 2038
}

void a_code_is_good_one_step_early_and_one_step_late_and_no_further()
{
    for (int steps = -3; steps <= 3; ++steps) {
        const auto step = totp::matched_step(rfc_key, "081804", at(1111111109LL + steps * 30));
        CHECK(step.has_value() == (steps >= -1 && steps <= 1));
        CHECK(!step || *step == 37037036);
    }
}

void nothing_but_six_digits_is_compared()
{
    for (const char* odd : {"", "81804", "0818040", "08180", "abcdef", " 81804", "08180\n", "07081804"})
        CHECK(!totp::matched_step(rfc_key, odd, at(1111111109)));
}

void a_new_key_has_160_bits()
{
    testing::CountingRandom random;
    auto key = totp::new_key(random);
    CHECK(key && key->size() == 20);
    random.broken = true;
    CHECK(!totp::new_key(random));
}

void a_key_is_written_in_groups_of_four()
{
    CHECK(totp::base32(rfc_key, true).equals("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"));
    CHECK(totp::base32(SecretString(std::string_view("fooba")), false).equals("MZXW6YTB"));
    CHECK(totp::base32(SecretString(std::string_view("foob")), false).equals("MZXW6YQ"));
}

void a_hostile_name_stays_a_name_in_the_uri()
{
    const auto uri = totp::otpauth_uri(rfc_key, "SSP", "a&secret=x\n@corp");
    CHECK(uri.equals(
        "otpauth://totp/SSP:a%26secret%3Dx%0A%40corp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=SSP"));
}

void letters_digits_and_three_signs_stay_as_they_are_and_their_neighbours_do_not()
{
    const SecretString key("12345678901234567890");
    const auto uri = totp::otpauth_uri(key, "azAZ09-_.", "`{@[/:,^");
    CHECK(uri.reveal().starts_with("otpauth://totp/azAZ09-_.:%60%7B%40%5B%2F%3A%2C%5E?secret="));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(the_codes_of_rfc_6238_match_at_their_times),
        SENTENCE(a_code_is_good_one_step_early_and_one_step_late_and_no_further),
        SENTENCE(nothing_but_six_digits_is_compared),
        SENTENCE(a_new_key_has_160_bits),
        SENTENCE(a_key_is_written_in_groups_of_four),
        SENTENCE(a_hostile_name_stays_a_name_in_the_uri),
        SENTENCE(letters_digits_and_three_signs_stay_as_they_are_and_their_neighbours_do_not),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
