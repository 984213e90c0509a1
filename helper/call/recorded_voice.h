#pragma once
#include "call/voice.h"

#include <filesystem>
#include <memory>

namespace ssp {

/// WAVE files in one folder: digits/0.wav ... digits/9.wav and words, with the names that Asterisk uses.
class RecordedVoice final : public Voice {
public:
    explicit RecordedVoice(std::filesystem::path folder);

    Result<Audio> say(Phrase phrase) const override;
    Result<Audio> say_digit(char digit) const override;

    /// Whether every digit is there and, with `press_key`, words that ask for the key.
    bool is_complete(bool press_key) const;

private:
    std::filesystem::path folder_;
};

/// The folder of a set in `language` within `recordings`: a folder whose name is the language, alone or
/// followed by
/// "_" or "-" (en, en_US_f_Allison), the first in alphabetical order that is complete; else `recordings`
/// itself, when the digits are right there, for a site with one set. Null when there is none.
std::unique_ptr<RecordedVoice> find_recorded_voice(const std::filesystem::path& recordings,
                                                   std::string_view language, bool press_key);

} // namespace ssp
