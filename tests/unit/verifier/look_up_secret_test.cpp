#include "verifier/look_up_secret.h"

#include "support/counting_random.h"
#include "verifier/reference.h"

#include <cmath>
#include <set>

#include "support/cmocka.h"

using namespace ssp;

namespace {

void a_recovery_code_has_at_least_64_bits()
{
    const std::set<char> symbols(look_up_secret_alphabet.begin(), look_up_secret_alphabet.end());
    const double bits = std::log2(static_cast<double>(symbols.size())) * look_up_secret_symbols;
    CHECK(symbols.size() == look_up_secret_alphabet.size());
    CHECK(bits >= 64);
}

void six_different_codes_are_issued()
{
    SystemRandom random;
    const auto secrets = new_look_up_secrets(random);
    CHECK(secrets && secrets->size() == 6);
    std::set<std::string> different;
    for (const auto& secret : *secrets)
        different.emplace(secret.reveal());
    CHECK(different.size() == 6);
}

void without_randomness_there_are_no_codes_and_no_reference()
{
    testing::CountingRandom random;
    random.broken = true;
    CHECK(!new_look_up_secrets(random));
    CHECK(!new_reference(random));
}

class StuckRandom final : public Random {
public:
    Result<void> fill(std::span<unsigned char> out) override
    {
        std::fill(out.begin(), out.end(), static_cast<unsigned char>(7));
        return {};
    }
};

void a_generator_that_repeats_itself_is_not_believed()
{
    StuckRandom random;
    CHECK(!new_look_up_secrets(random));
}

void what_is_printed_is_read_again()
{
    SystemRandom random;
    const auto secrets = new_look_up_secrets(random);
    for (const auto& secret : *secrets) {
        const auto printed = grouped_look_up_secret(secret);
        CHECK(printed.size() == 15 && printed.reveal()[4] == '-' && printed.reveal()[9] == '-');
        const auto read = normal_look_up_secret(printed.reveal());
        CHECK(read && read->equals(secret.reveal()));
    }
}

void letters_that_look_like_digits_are_those_digits()
{
    CHECK(normal_look_up_secret("oOiIlL-7777777")->equals("0011117777777"));
    CHECK(!normal_look_up_secret("UUUU-UUUU-UUUUU"));
}

void nothing_but_thirteen_symbols_is_a_recovery_code()
{
    for (const char* odd :
         {"", "7K4Q92ABCDEF", "7K4Q92ABCDEF00", "7K4Q-92AB-CDEF!", "-------------", "7K4Q\n92ABCDEF0"})
        CHECK(!normal_look_up_secret(odd));
    CHECK(!normal_look_up_secret(std::string_view("7K4Q92ABCDEF\0", 13)));
}

void a_reference_is_short_enough_to_be_read_out()
{
    testing::CountingRandom random;
    CHECK_TEXT(*new_reference(random), "0123-45");
    CHECK_TEXT(*new_reference(random), "6789-AB");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_recovery_code_has_at_least_64_bits),
        SENTENCE(six_different_codes_are_issued),
        SENTENCE(without_randomness_there_are_no_codes_and_no_reference),
        SENTENCE(a_generator_that_repeats_itself_is_not_believed),
        SENTENCE(what_is_printed_is_read_again),
        SENTENCE(letters_that_look_like_digits_are_those_digits),
        SENTENCE(nothing_but_thirteen_symbols_is_a_recovery_code),
        SENTENCE(a_reference_is_short_enough_to_be_read_out),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
