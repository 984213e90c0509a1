#pragma once
#include "verifier/ports.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ssp::testing {

/// What a person does at one prompt: types a text, or something that is known only then (a code that came, a
/// key that is on the screen).
struct Step {
    using Typing = std::function<std::string(const std::string& screen)>;

    Step(const char* text) : Step(std::string(text)) {}
    Step(std::string text) : typed([text](const std::string&) { return text; }), shown(std::move(text)) {}
    /// `shown`: what a transcript says instead of the text.
    Step(std::string shown, Typing typed) : typed(std::move(typed)), shown(std::move(shown)) {}

    Typing typed;
    std::string shown;
};

/// A person who follows a script and then hangs up, or sits there for ever.
///
/// Keeps what a terminal under sshd would show: what is told appears with the next prompt, or at the end.
/// Each prompt is measured: see faults().
class ScriptedClaimant final : public Claimant {
public:
    enum class Afterwards { hangs_up, never_answers };

    explicit ScriptedClaimant(std::vector<Step> script, Afterwards afterwards = Afterwards::hangs_up)
        : script_(std::move(script)), afterwards_(afterwards)
    {
    }

    Task<SecretString> ask(Prompt prompt) override
    {
        asked_.push_back(prompt.text);
        measure(prompt.text);
        screen_ += std::exchange(pending_, {}) + prompt.text;
        if (asked_.size() > script_.size())
            return afterwards_ == Afterwards::hangs_up ? hang_up() : wait();
        const Step& step = script_[asked_.size() - 1];
        auto typed = step.typed(screen_);
        screen_ += step.shown + "\n";
        return answer(std::move(typed));
    }

    void tell(std::string text) override
    {
        measure(text);
        told_ += text + "\n";
        pending_ += text + "\n";
    }

    const std::vector<std::string>& asked() const noexcept { return asked_; }
    const std::string& last_asked() const { return asked_.back(); }
    const std::string& told() const noexcept { return told_; }
    bool was_told(std::string_view part) const { return told_.find(part) != std::string::npos; }
    /// The whole conversation as the person sees it.
    std::string screen() const { return screen_ + pending_; }
    /// True when there was one prompt for each answer, and no prompt more.
    bool all_read() const noexcept { return asked_.size() == script_.size(); }

    /// What does not fit a terminal of 24 lines and 80 columns or is not ASCII, blocks of a QR code apart.
    const std::string& faults() const noexcept { return faults_; }

private:
    [[clang::no_sanitize("function")]] static Task<SecretString> answer(std::string typed)
    {
        co_return SecretString(typed);
    }
    [[clang::no_sanitize("function")]] static Task<SecretString> hang_up()
    {
        co_return Error{ErrorKind::claimant_left, "the script is at its end"};
    }
    [[clang::no_sanitize("function")]] static Task<SecretString> wait()
    {
        const std::suspend_always for_ever;
        co_await for_ever;
        co_return SecretString();
    }

    void measure(std::string text)
    {
        static constexpr std::size_t lines_of_a_screen = 24;
        static constexpr std::size_t columns_of_a_screen = 80;
        for (const char* block : {"\xe2\x96\x88", "\xe2\x96\x80", "\xe2\x96\x84"})
            for (auto at = text.find(block); at != std::string::npos; at = text.find(block))
                text.replace(at, 3, "#");
        std::size_t lines = 1;
        std::size_t column = 0;
        for (const char c : text) {
            if (c == '\n') {
                ++lines;
                column = 0;
            } else if (c < ' ' || c > '~') {
                faults_ += "not ASCII: " + text + "\n";
                return;
            } else if (++column == columns_of_a_screen + 1) {
                faults_ += "a line is too long: " + text + "\n";
            }
        }
        if (lines > lines_of_a_screen)
            faults_ += "too many lines: " + text + "\n";
    }

    std::vector<Step> script_;
    Afterwards afterwards_;
    std::vector<std::string> asked_;
    std::string told_;
    std::string pending_;
    std::string screen_;
    std::string faults_;
};

} // namespace ssp::testing
