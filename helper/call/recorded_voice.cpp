#include "call/recorded_voice.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <vector>

namespace ssp {

namespace {

constexpr std::uintmax_t largest_file = 4U << 20U;

/// Ways to say a phrase, the best first. The names without a dash besides "vm-" are those of Asterisk's core
/// sounds; your-code and press-1 are for sites that record their own.
using Ways = std::vector<std::vector<const char*>>;

const Ways& ways_to_say(Phrase phrase)
{
    static const Ways greeting{{"hello"}};
    static const Ways press_key{
        {"press-1"}, {"vm-press", "digits/1", "to-listen-to-it"}, {"vm-press", "digits/1"}};
    static const Ways introduction{{"your-code"}, {"vm-password"}};
    static const Ways farewell{{"goodbye"}, {"vm-goodbye"}};
    switch (phrase) {
    case Phrase::greeting: return greeting;
    case Phrase::press_key: return press_key;
    case Phrase::introduction: return introduction;
    case Phrase::farewell: break;
    }
    return farewell;
}

std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& name)
{
    return folder / (name + ".wav");
}

bool is_file(const std::filesystem::path& path)
{
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

Result<Audio> read_file(const std::filesystem::path& path)
{
    std::error_code unknown;
    if (std::filesystem::file_size(path, unknown) > largest_file || unknown)
        return Error{ErrorKind::configuration, fmt::format("{}: cannot be read", path.string())};
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    auto audio = read_wave(bytes);
    if (!audio)
        return Error{ErrorKind::configuration, fmt::format("{}: {}", path.string(), audio.error().detail)};
    return audio;
}

/// "en_US_f_Allison" and "en" are English; "english" is not a name we know.
bool is_language(std::string_view folder, std::string_view language)
{
    return folder.starts_with(language) && (folder.size() == language.size() ||
                                            folder[language.size()] == '_' || folder[language.size()] == '-');
}

} // namespace

RecordedVoice::RecordedVoice(std::filesystem::path folder) : folder_(std::move(folder)) {}

Result<Audio> RecordedVoice::say(Phrase phrase) const
{
    for (const auto& way : ways_to_say(phrase)) {
        if (!std::all_of(way.begin(), way.end(),
                         [this](const char* name) { return is_file(file_of(folder_, name)); }))
            continue;
        Audio said;
        for (const char* name : way) {
            const auto word = read_file(file_of(folder_, name));
            if (!word)
                return word.error();
            said.append(*word);
        }
        return said;
    }
    return Audio{};
}

Result<Audio> RecordedVoice::say_digit(char digit) const
{
    return read_file(file_of(folder_, std::string("digits/") + digit));
}

bool RecordedVoice::is_complete(bool press_key) const
{
    for (char digit = '0'; digit <= '9'; ++digit)
        if (!is_file(file_of(folder_, std::string("digits/") + digit)))
            return false;
    const auto asks = press_key ? say(Phrase::press_key) : Result<Audio>(Audio{});
    return !press_key || (asks && !asks->empty());
}

std::unique_ptr<RecordedVoice> find_recorded_voice(const std::filesystem::path& recordings,
                                                   std::string_view language, bool press_key)
{
    std::vector<std::filesystem::path> folders;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(recordings, error), end; !error && entry != end;
         entry.increment(error))
        if (is_language(entry->path().filename().string(), language))
            folders.push_back(entry->path());
    std::sort(folders.begin(), folders.end());
    folders.push_back(recordings);
    for (const auto& folder : folders) {
        auto voice = std::make_unique<RecordedVoice>(folder);
        if (voice->is_complete(press_key))
            return voice;
    }
    return nullptr;
}

} // namespace ssp
