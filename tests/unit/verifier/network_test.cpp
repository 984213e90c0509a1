#include "verifier/network.h"

#include "support/cmocka.h"

using namespace ssp;

namespace {

bool inside(std::string_view network, std::string_view address)
{
    const auto n = parse_network(network);
    const auto a = parse_address(address);
    CHECK(n && a);
    return contains(*n, *a);
}

void an_address_lies_in_a_network_when_its_first_bits_are_the_same()
{
    CHECK(inside("10.20.0.0/16", "10.20.255.255"));
    CHECK(!inside("10.20.0.0/16", "10.21.0.0"));
    CHECK(inside("192.0.2.128/25", "192.0.2.128"));
    CHECK(!inside("192.0.2.128/25", "192.0.2.127"));
    CHECK(inside("2001:db8:6::/47", "2001:db8:7:ffff::1"));
    CHECK(!inside("2001:db8:6::/47", "2001:db8:8::"));
}

void a_network_without_bits_is_one_address()
{
    CHECK(inside("192.0.2.7", "192.0.2.7"));
    CHECK(!inside("192.0.2.7", "192.0.2.6"));
    CHECK(inside("2001:db8::7", "2001:db8:0::7"));
}

void an_ipv4_address_is_the_same_in_its_ipv6_form()
{
    CHECK(inside("10.20.0.0/16", "::ffff:10.20.1.2"));
    CHECK(inside("::ffff:10.20.0.0/112", "10.20.1.2"));
}

void names_zones_and_odd_numbers_are_no_address()
{
    for (const auto* text :
         {"", "localhost", "host.example.com", "10.1", "010.1.2.3", "10.1.2.3 ", " 10.1.2.3", "10.1.2.256",
          "fe80::1%eth0", "[::1]", "1:2:3:4:5:6:7:8:9", "0x0a.1.2.3", "UNKNOWN"})
        CHECK(!parse_address(text));
    CHECK(!parse_address(std::string_view("10.1.2.3\0", 9)));
}

void what_is_not_exactly_a_network_is_refused()
{
    for (const auto* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/+8",
                             "10.0.0.0/8/8", "10.0.0.0/a", "10.0.0.0/255.0.0.0", "/8", "example.com/8",
                             "2001:db8::/129", "10.0.0.0/99999999999"})
        CHECK(!parse_network(text));
}

void bits_behind_the_prefix_are_a_mistake()
{
    CHECK(!parse_network("10.1.2.3/8"));
    CHECK(!parse_network("2001:db8::1/64"));
    CHECK(parse_network("10.0.0.0/8") && parse_network("2001:db8::/64"));
}

void loopback_and_everything_that_holds_it_is_refused()
{
    for (const auto* text :
         {"127.0.0.1", "127.0.0.0/8", "127.1.0.0/16", "0.0.0.0/0", "0.0.0.0", "126.0.0.0/7", "::1", "::/0",
          "::/96", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0/96"})
        CHECK(!parse_network(text));
    for (const auto* text : {"127.0.0.1", "127.255.0.3", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1"})
        CHECK(is_loopback_or_unspecified(*parse_address(text)));
    CHECK(!is_loopback_or_unspecified(*parse_address("128.0.0.1")));
    CHECK(!is_loopback_or_unspecified(*parse_address("::2")));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_address_lies_in_a_network_when_its_first_bits_are_the_same),
        SENTENCE(a_network_without_bits_is_one_address),
        SENTENCE(an_ipv4_address_is_the_same_in_its_ipv6_form),
        SENTENCE(names_zones_and_odd_numbers_are_no_address),
        SENTENCE(what_is_not_exactly_a_network_is_refused),
        SENTENCE(bits_behind_the_prefix_are_a_mistake),
        SENTENCE(loopback_and_everything_that_holds_it_is_refused),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
