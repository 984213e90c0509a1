// The messages between ssp-mfad or the command and ssp-mfa-deliveryd, both ways.
#include "protocol/delivery_codec.h"
#include "fuzz.h"
#include "protocol/codec.h"
#include "protocol/frame.h"
#include "protocol/inspection_codec.h"

#include <algorithm>
#include <array>

using namespace ssp::protocol;

namespace {

template <class Message> bool comes_back(std::span<const char> payload, DeliveryKind kind)
{
    Message message;
    if (!decode(payload, message))
        return false;
    MUST(delivery_kind_of(payload) == kind);
    MUST(!kind_of(payload)); // what is for deliveryd means nothing to the module
    std::array<char, max_delivery_frame_bytes> frame;
    const std::size_t length = encode(message, frame);
    MUST(length == frame_head_bytes + payload.size());
    MUST(std::ranges::equal(std::span(frame).subspan(frame_head_bytes, payload.size()), payload));
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::span<const char> payload(reinterpret_cast<const char*>(data), size);
    int understood = 0;
    understood += comes_back<Judge>(payload, DeliveryKind::judge) ? 1 : 0;
    understood += comes_back<Judged>(payload, DeliveryKind::judged) ? 1 : 0;
    understood += comes_back<Deliver>(payload, DeliveryKind::deliver) ? 1 : 0;
    understood += comes_back<Delivered>(payload, DeliveryKind::delivered) ? 1 : 0;
    understood += comes_back<Release>(payload, DeliveryKind::release) ? 1 : 0;
    understood += comes_back<Called>(payload, DeliveryKind::called) ? 1 : 0;
    understood += comes_back<Survey>(payload, DeliveryKind::survey) ? 1 : 0;
    understood += comes_back<Trial>(payload, DeliveryKind::trial) ? 1 : 0;
    understood += comes_back<Surveyed>(payload, DeliveryKind::surveyed) ? 1 : 0;
    understood += comes_back<Step>(payload, DeliveryKind::step) ? 1 : 0;
    understood += comes_back<Finished>(payload, DeliveryKind::finished) ? 1 : 0;
    MUST(understood <= 1);
    ssp::testing::understood = understood == 1;
    return 0;
}
