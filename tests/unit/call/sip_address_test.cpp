#include "call/sip_address.h"

#include <fmt/format.h>

#include "support/cmocka.h"

using namespace ssp;

namespace {

std::string read(std::string_view uri)
{
    const auto proxy = read_proxy(uri);
    if (!proxy)
        return "refused";
    return fmt::format("{} {} {}{}", word(proxy->transport), proxy->host, proxy->port,
                       proxy->numeric ? " numeric" : "");
}

void an_address_says_how_the_server_is_reached()
{
    CHECK_TEXT(read("sip:sbc.example"), "udp sbc.example 0");
    CHECK_TEXT(read("sip:192.0.2.7:5070"), "udp 192.0.2.7 5070 numeric");
    CHECK_TEXT(read("sip:sbc.example:5060;transport=tcp"), "tcp sbc.example 5060");
    CHECK_TEXT(read("sip:[2001:db8::7]:5060;transport=udp"), "udp 2001:db8::7 5060 numeric");
    CHECK_TEXT(read("sip:[2001:db8::7]"), "udp 2001:db8::7 0 numeric");
}

void sips_means_tls()
{
    CHECK_TEXT(read("sips:sbc.example"), "tls sbc.example 0");
    CHECK_TEXT(read("sip:sbc.example;transport=tls"), "tls sbc.example 0");
    CHECK_TEXT(read("sips:sbc.example:5061;transport=tcp"), "tls sbc.example 5061");
    CHECK_TEXT(read("sips:sbc.example;transport=udp"), "refused");
    CHECK(default_port(SipTransport::tls) == 5061 && default_port(SipTransport::udp) == 5060);
}

void what_is_no_server_is_refused()
{
    for (const char* uri :
         {"", "sip:", "sbc.example", "http://sbc.example", "sip:user@sbc.example", "sip:sbc.example:0",
          "sip:sbc.example:65536", "sip:sbc.example:50a", "sip:sbc.example;transport=ws",
          "sip:sbc.example;lr", "sip:[2001:db8::7", "sip:sbc example", "sip:a\r\nb", "sip:%61"})
        CHECK_TEXT(read(uri), "refused");
}

void the_domain_of_the_caller_is_where_numbers_are_dialled()
{
    CHECK_TEXT(domain_of("sip:+12055550100@example.com").value(), "example.com");
    CHECK_TEXT(domain_of("sips:desk@192.0.2.7:5070").value(), "192.0.2.7:5070");
    for (const char* uri :
         {"", "sip:example.com", "sip:@example.com", "+12055550100@example.com", "sip:a@", "sip:a@b c",
          "sip:a@b>", "sip:a@b\r\nVia: c", "sip:a@b;transport=udp", "\"A\" <sip:a@b>"})
        CHECK(!domain_of(uri));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_address_says_how_the_server_is_reached),
        SENTENCE(sips_means_tls),
        SENTENCE(what_is_no_server_is_refused),
        SENTENCE(the_domain_of_the_caller_is_where_numbers_are_dialled),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
