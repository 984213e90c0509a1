#pragma once
// The person, reached through the conversation function of the PAM application. Texts come from the codec,
// which lets only what a terminal may show pass. PAM_SILENT is not obeyed: sudo always sets it.
#include <security/pam_modules.h>
#include <string_view>

namespace ssp::pam {

/// The longest answer that is passed on (PAM_MAX_RESP_SIZE); longer ones are refused, never cut.
inline constexpr std::size_t max_answer_bytes = 512;

/// What the person typed. It may be a password: wiped when it goes.
class Reply {
public:
    Reply() noexcept = default;
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;
    ~Reply();

    std::string_view text() const noexcept;

private:
    friend class Conversation;
    char* text_ = nullptr; ///< allocated by the PAM application
};

class Conversation {
public:
    explicit Conversation(pam_handle_t* pamh) noexcept : pamh_(pamh) {}

    /// Asks once and waits, for as long as the application lets the person think. False when there is no
    /// answer (hung up, end of input, no conversation function) or it has more than max_answer_bytes.
    bool ask(std::string_view text, bool echo, Reply& reply) noexcept;

    /// Says something without a question. sshd shows it together with the next prompt, or at the end.
    bool tell(std::string_view text, bool error) noexcept;

private:
    pam_handle_t* pamh_;
};

} // namespace ssp::pam
