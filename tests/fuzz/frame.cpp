// Received bytes into frames, as both ends of a socket do it.
#include "protocol/frame.h"
#include "fuzz.h"

using namespace ssp::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::span<const char> rest(reinterpret_cast<const char*>(data), size);
    while (true) {
        const auto frame = first_frame(rest);
        if (frame.state != FrameState::complete) {
            MUST(frame.payload.empty());
            break;
        }
        MUST(frame.frame_bytes <= rest.size() && frame.frame_bytes <= max_frame_bytes);
        MUST(!frame.payload.empty());
        MUST(frame.payload.data() == rest.data() + frame_head_bytes);
        ssp::testing::understood = true;
        rest = rest.subspan(frame.frame_bytes);
    }
    return 0;
}
