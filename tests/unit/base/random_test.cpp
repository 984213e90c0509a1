#include "base/random.h"
#include "support/counting_random.h"

#include <array>

#include "support/cmocka.h"

using namespace ssp;

namespace {

void a_code_has_exactly_its_digits_and_keeps_leading_zeros()
{
    testing::CountingRandom random;
    auto code = random.decimal_code(6);
    CHECK(code && code->equals("012345"));
    auto next = random.decimal_code(5);
    CHECK(next && next->equals("67890"));
}

void every_digit_is_equally_likely()
{
    // 250 of 256 byte values count, 25 for each digit: exact, because the source runs through all bytes.
    testing::CountingRandom random;
    std::array<int, 10> seen{};
    for (int i = 0; i < 250; ++i) {
        auto digit = random.decimal_code(1);
        seen[static_cast<std::size_t>(digit->reveal()[0] - '0')]++;
    }
    for (int count : seen)
        CHECK(count == 25);
}

void without_randomness_there_is_no_code()
{
    testing::CountingRandom random;
    random.broken = true;
    CHECK(!random.decimal_code(6));
}

void the_systems_generator_does_not_repeat_itself()
{
    SystemRandom random;
    std::array<unsigned char, 32> a{};
    std::array<unsigned char, 32> b{};
    CHECK(random.fill(a).has_value());
    CHECK(random.fill(b).has_value());
    CHECK(a != b);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_code_has_exactly_its_digits_and_keeps_leading_zeros),
        SENTENCE(every_digit_is_equally_likely),
        SENTENCE(without_randomness_there_is_no_code),
        SENTENCE(the_systems_generator_does_not_repeat_itself),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
