#include "call/voice.h"

#include "call/recorded_voice.h"
#include "call/synthetic_voice.h"

namespace ssp {

Result<std::unique_ptr<Voice>> find_voice(const std::string& recordings, std::string_view language,
                                          bool press_key)
{
    for (const std::string_view tried : {language, std::string_view("en")})
        if (auto voice = find_recorded_voice(recordings, tried, press_key))
            return std::unique_ptr<Voice>(std::move(voice));
    if (SyntheticVoice::is_installed())
        return std::unique_ptr<Voice>(std::make_unique<SyntheticVoice>());
    return Error{ErrorKind::configuration, "no recordings in " + recordings + ", and flite is not installed"};
}

} // namespace ssp
