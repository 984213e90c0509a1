#include "pam_module/conversation.h"

#include <cstdlib>
#include <cstring>
#include <security/pam_ext.h>

namespace ssp::pam {

Reply::~Reply()
{
    if (text_ == nullptr)
        return;
    explicit_bzero(text_, std::strlen(text_));
    std::free(text_);
}

std::string_view Reply::text() const noexcept { return {text_, std::strlen(text_)}; }

bool Conversation::ask(std::string_view text, bool echo, Reply& reply) noexcept
{
    const int rc = pam_prompt(pamh_, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, &reply.text_, "%.*s",
                              static_cast<int>(text.size()), text.data());
    return rc == PAM_SUCCESS && reply.text_ != nullptr &&
           strnlen(reply.text_, max_answer_bytes + 1) <= max_answer_bytes;
}

bool Conversation::tell(std::string_view text, bool error) noexcept
{
    return pam_prompt(pamh_, error ? PAM_ERROR_MSG : PAM_TEXT_INFO, nullptr, "%.*s",
                      static_cast<int>(text.size()), text.data()) == PAM_SUCCESS;
}

} // namespace ssp::pam
