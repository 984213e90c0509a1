// A recording, whatever lies in its file.
#include "call/audio.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto audio = ssp::read_wave(ssp::testing::text_of(data, size));
    if (audio) {
        ssp::testing::understood = true;
        MUST(!audio->empty() && audio->samples().size() <= size / 2);
        MUST(audio->length() <= std::chrono::minutes(1));
    }
    return 0;
}
