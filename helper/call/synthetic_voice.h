#pragma once
#include "call/voice.h"

namespace ssp {

/// flite(1): understandable English where there are no recordings. What is to be said goes to its standard
/// input and comes back in memory: it is in no argument and no file.
class SyntheticVoice final : public Voice {
public:
    Result<Audio> say(Phrase phrase) const override;
    Result<Audio> say_digit(char digit) const override;

    static bool is_installed() noexcept;
};

} // namespace ssp
