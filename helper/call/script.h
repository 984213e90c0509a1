#pragma once
// What is said in a call, and when: nothing of the code before somebody pressed the key.
#include "base/secret_string.h"
#include "call/voice.h"

#include <array>
#include <cstdint>
#include <span>

namespace ssp {

/// The two parts of a call.
struct Script {
    Audio request;                 ///< greeting, "press 1", and time to do it
    Audio code;                    ///< the code digit by digit, twice
    std::size_t first_reading = 0; ///< samples of `code` after which it was spoken once
};

/// Digits one by one with 300 ms between them, the whole twice with 900 ms between. Errors: of the voice.
Result<Script> make_script(const Voice& voice, const SecretString& digits, bool press_key);

/// Hands a script out in frames of 20 ms.
class Playback {
public:
    static constexpr std::size_t frame_size = Audio::rate / 50;
    static constexpr int requests = 3; ///< how often the key is asked for

    enum class Stage { asking, speaking, played, no_key };

    Playback(Script script, bool press_key) noexcept;

    /// Fills `frame`, with silence once the script is over.
    void next(std::span<std::int16_t, frame_size> frame) noexcept;
    /// Somebody pressed the key: from the next frame on the code is spoken.
    void press() noexcept;

    Stage stage() const noexcept { return stage_; }
    bool spoken_once() const noexcept;

private:
    Script script_;
    Stage stage_ = Stage::asking;
    std::size_t position_ = 0;
    int asked_ = 0;
};

} // namespace ssp
