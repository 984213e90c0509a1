// Numeric addresses and networks from the configuration and from sshd.
#include "verifier/network.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = ssp::testing::text_of(data, size);
    const auto network = ssp::parse_network(text);
    if (network) {
        ssp::testing::understood = true;
        MUST(network->prefix_bits >= 0 && network->prefix_bits <= 128);
        MUST(ssp::contains(*network, network->base));
        const ssp::Address loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
        MUST(!ssp::contains(*network, loopback));
    }
    const auto address = ssp::parse_address(text);
    if (address && !ssp::is_loopback_or_unspecified(*address))
        MUST(network && ssp::contains(*network, *address));
    return 0;
}
