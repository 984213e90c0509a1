#include "call/key_press.h"

#include <array>

#include "support/cmocka.h"

using namespace ssp;

namespace {

void an_event_of_the_key_1_is_one_from_its_first_packet_on()
{
    const std::array<std::uint8_t, 4> first{1, 0x0a, 0, 160};
    const std::array<std::uint8_t, 4> last{1, 0x8a, 3, 0};
    CHECK(is_key_1(first) && is_key_1(last));
}

void other_keys_and_fragments_are_no_key_1()
{
    for (const std::uint8_t key : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{11}, std::uint8_t{16}}) {
        const std::array<std::uint8_t, 4> event{key, 0x0a, 0, 160};
        CHECK(!is_key_1(event));
    }
    const std::array<std::uint8_t, 3> cut{1, 0x0a, 0};
    CHECK(!is_key_1(cut));
    CHECK(!is_key_1(std::span<const std::uint8_t>()));
}

void a_pbx_may_say_it_by_info()
{
    CHECK(is_key_1("dtmf-relay", "Signal=1\r\nDuration=160\r\n"));
    CHECK(is_key_1("dtmf-relay", "Signal= 1\nDuration= 160"));
    CHECK(is_key_1("dtmf", "1") && is_key_1("dtmf", " 1\r\n"));
}

void other_infos_are_no_key_1()
{
    for (const char* body :
         {"", "1", "Signal=", "Signal=2\r\n", "Signal=11\r\n", "Signal=*\r\n", "Duration=1\r\n"})
        CHECK(!is_key_1("dtmf-relay", body));
    for (const char* body : {"", "11", "2", "Signal=1"})
        CHECK(!is_key_1("dtmf", body));
    CHECK(!is_key_1("sdp", "1") && !is_key_1("", "1"));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_event_of_the_key_1_is_one_from_its_first_packet_on),
        SENTENCE(other_keys_and_fragments_are_no_key_1),
        SENTENCE(a_pbx_may_say_it_by_info),
        SENTENCE(other_infos_are_no_key_1),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
