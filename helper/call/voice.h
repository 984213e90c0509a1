#pragma once
// Who speaks: recordings of a person, or a synthesiser.
#include "base/result.h"
#include "call/audio.h"

#include <memory>
#include <string>
#include <string_view>

namespace ssp {

/// What is said besides the digits.
enum class Phrase {
    greeting,     ///< "Hello."
    press_key,    ///< "Press 1 to listen to it."
    introduction, ///< "Your code is"
    farewell,     ///< "Goodbye."
};

class Voice {
public:
    virtual ~Voice() = default;
    /// Empty when this voice has no words for it; only press_key and the digits are needed. Errors:
    /// configuration (it should be there and cannot be read), internal.
    virtual Result<Audio> say(Phrase phrase) const = 0;
    /// '0' to '9'.
    virtual Result<Audio> say_digit(char digit) const = 0;
};

/// A voice for `language` (ISO 639-1) out of the folder `recordings`: a set of that language, else one of
/// English, else flite, which speaks English. Each of them only if it has every digit and, with `press_key`,
/// words that ask for the key. Errors: configuration (there is none).
Result<std::unique_ptr<Voice>> find_voice(const std::string& recordings, std::string_view language,
                                          bool press_key);

} // namespace ssp
