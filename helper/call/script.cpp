#include "call/script.h"

#include <algorithm>

namespace ssp {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds before_first_word{1000}; // the person still lifts the receiver to the ear
constexpr milliseconds between_phrases{300};
constexpr milliseconds for_the_key{2500};
constexpr milliseconds between_digits{300};
constexpr milliseconds between_readings{900};
constexpr milliseconds before_hanging_up{300};

/// What was said, or nothing when the voice has no words for it.
Result<void> append_phrase(Audio& audio, const Voice& voice, Phrase phrase)
{
    const auto said = voice.say(phrase);
    if (!said)
        return said.error();
    if (!said->empty()) {
        audio.append(*said);
        audio.append_silence(between_phrases);
    }
    return {};
}

Result<void> append_digits(Audio& audio, const Voice& voice, const SecretString& digits)
{
    bool first = true;
    for (const char digit : digits.reveal()) {
        const auto said = voice.say_digit(digit);
        if (!said)
            return said.error();
        if (!first)
            audio.append_silence(between_digits);
        audio.append(*said);
        first = false;
    }
    return {};
}

Result<void> append_code(Script& script, const Voice& voice, const SecretString& digits)
{
    Audio& code = script.code;
    if (auto said = append_phrase(code, voice, Phrase::introduction); !said)
        return said;
    if (auto said = append_digits(code, voice, digits); !said)
        return said;
    script.first_reading = code.samples().size();
    code.append_silence(between_readings);
    if (auto said = append_digits(code, voice, digits); !said)
        return said;
    code.append_silence(between_phrases);
    if (auto said = append_phrase(code, voice, Phrase::farewell); !said)
        return said;
    code.append_silence(before_hanging_up);
    return {};
}

} // namespace

Result<Script> make_script(const Voice& voice, const SecretString& digits, bool press_key)
{
    Script script;
    Audio& opening = press_key ? script.request : script.code;
    opening.append_silence(before_first_word);
    if (auto said = append_phrase(opening, voice, Phrase::greeting); !said)
        return said.error();
    if (press_key) {
        if (auto said = append_phrase(script.request, voice, Phrase::press_key); !said)
            return said.error();
        script.request.append_silence(for_the_key);
    }
    if (auto said = append_code(script, voice, digits); !said)
        return said.error();
    return script;
}

Playback::Playback(Script script, bool press_key) noexcept
    : script_(std::move(script)), stage_(press_key ? Stage::asking : Stage::speaking)
{
}

void Playback::next(std::span<std::int16_t, frame_size> frame) noexcept
{
    std::fill(frame.begin(), frame.end(), std::int16_t{0});
    if (stage_ != Stage::asking && stage_ != Stage::speaking)
        return;
    const auto samples = stage_ == Stage::asking ? script_.request.samples() : script_.code.samples();
    const auto part = samples.subspan(position_, std::min(frame_size, samples.size() - position_));
    std::copy(part.begin(), part.end(), frame.begin());
    position_ += part.size();
    if (position_ < samples.size())
        return;
    if (stage_ == Stage::speaking) {
        stage_ = Stage::played;
    } else if (++asked_ == requests) {
        stage_ = Stage::no_key;
    } else {
        position_ = 0;
    }
}

void Playback::press() noexcept
{
    if (stage_ != Stage::asking)
        return;
    stage_ = Stage::speaking;
    position_ = 0;
}

bool Playback::spoken_once() const noexcept
{
    return stage_ == Stage::played || (stage_ == Stage::speaking && position_ >= script_.first_reading);
}

} // namespace ssp
