// The messages between the module, the command and ssp-mfad, both ways: what decodes is what its encoding
// says, byte for byte, so that no two texts mean the same message.
#include "protocol/codec.h"
#include "fuzz.h"
#include "protocol/frame.h"

#include <algorithm>
#include <array>
#include <optional>

using namespace ssp::protocol;

namespace {

template <class Message> bool comes_back(std::span<const char> payload, Kind kind)
{
    Message message;
    if (!decode(payload, message))
        return false;
    MUST(kind_of(payload) == kind);
    static std::array<char, max_frame_bytes> frame;
    const std::size_t length = encode(message, frame);
    MUST(length == frame_head_bytes + payload.size());
    MUST(std::ranges::equal(std::span(frame).subspan(frame_head_bytes, payload.size()), payload));
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > max_payload_bytes)
        return 0;
    const std::span<const char> payload(reinterpret_cast<const char*>(data), size);
    int understood = 0;
    understood += comes_back<Begin>(payload, Kind::begin) ? 1 : 0;
    understood += comes_back<Request>(payload, Kind::request) ? 1 : 0;
    understood += comes_back<Answer>(payload, Kind::answer) ? 1 : 0;
    understood += comes_back<Leave>(payload, Kind::leave) ? 1 : 0;
    understood += comes_back<Ask>(payload, Kind::ask) ? 1 : 0;
    understood += comes_back<Tell>(payload, Kind::tell) ? 1 : 0;
    understood += comes_back<Verdict>(payload, Kind::verdict) ? 1 : 0;
    understood += comes_back<Row>(payload, Kind::row) ? 1 : 0;
    understood += comes_back<Wait>(payload, Kind::wait) ? 1 : 0;
    MUST(understood <= 1);
    ssp::testing::understood = understood == 1;
    return 0;
}
