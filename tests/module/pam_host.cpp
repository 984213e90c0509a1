#include "pam_host.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <security/pam_ext.h>

pam_handle::~pam_handle()
{
    for (auto& [name, datum] : data)
        if (datum.cleanup != nullptr)
            datum.cleanup(this, datum.value, 0);
}

namespace {

__attribute__((format(printf, 1, 0))) std::string formatted(const char* format, va_list arguments)
{
    char* text = nullptr;
    if (vasprintf(&text, format, arguments) < 0)
        std::abort();
    std::string result(text);
    std::free(text);
    return result;
}

std::vector<const char*> words_of(const std::vector<std::string>& arguments)
{
    std::vector<const char*> words;
    for (const auto& argument : arguments)
        words.push_back(argument.c_str());
    return words;
}

} // namespace

extern "C" {

int pam_get_item(const pam_handle_t* host, int item, const void** value)
{
    const auto found = host->items.find(item);
    *value = found != host->items.end() ? found->second.c_str() : nullptr;
    return PAM_SUCCESS;
}

int pam_get_user(pam_handle_t* host, const char** user, const char*)
{
    if (!host->items.contains(PAM_USER) && !host->name_at_prompt.empty())
        host->items[PAM_USER] = host->name_at_prompt;
    const auto found = host->items.find(PAM_USER);
    *user = found != host->items.end() ? found->second.c_str() : nullptr;
    return *user != nullptr ? PAM_SUCCESS : PAM_CONV_ERR;
}

const char* pam_getenv(pam_handle_t* host, const char* name)
{
    const auto found = host->environment.find(name);
    return found != host->environment.end() ? found->second.c_str() : nullptr;
}

int pam_set_data(pam_handle_t* host, const char* name, void* value,
                 void (*cleanup)(pam_handle_t*, void*, int))
{
    if (value != nullptr && host->data_result != PAM_SUCCESS)
        return host->data_result;
    auto& datum = host->data[name];
    if (datum.cleanup != nullptr)
        datum.cleanup(host, datum.value, PAM_DATA_REPLACE);
    datum = {value, cleanup};
    return PAM_SUCCESS;
}

int pam_get_data(const pam_handle_t* host, const char* name, const void** value)
{
    const auto found = host->data.find(name);
    *value = found != host->data.end() ? found->second.value : nullptr;
    return found != host->data.end() ? PAM_SUCCESS : PAM_NO_MODULE_DATA;
}

int pam_prompt(pam_handle_t* host, int style, char** response, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const std::string text = formatted(format, arguments);
    va_end(arguments);
    if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG) {
        host->told.push_back((style == PAM_TEXT_INFO ? "info: " : "error: ") + text);
        return host->conversation_result;
    }
    host->prompts.push_back((style == PAM_PROMPT_ECHO_ON ? "on: " : "off: ") + text);
    if (host->while_prompted)
        host->while_prompted(*host);
    std::optional<std::string> answer = "";
    if (!host->answers.empty()) {
        answer = host->answers.front();
        host->answers.pop_front();
    }
    *response = answer ? strdup(answer->c_str()) : nullptr;
    return host->conversation_result;
}

void pam_syslog(const pam_handle_t* host, int priority, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const_cast<pam_handle_t*>(host)->log.push_back(formatted(format, arguments));
    const_cast<pam_handle_t*>(host)->priorities.push_back(priority);
    va_end(arguments);
}

void explicit_bzero(void* memory, size_t size) noexcept
{
    ssp::testing::wiped.emplace_back(static_cast<const char*>(memory), size);
    std::memset(memory, 0, size);
}

} // extern "C"

namespace ssp::testing {

std::vector<std::string> wiped;

int authenticate(pam_handle& host, std::vector<std::string> arguments)
{
    auto words = words_of(arguments);
    return pam_sm_authenticate(&host, PAM_SILENT, static_cast<int>(words.size()), words.data());
}

int account(pam_handle& host, std::vector<std::string> arguments)
{
    auto words = words_of(arguments);
    return pam_sm_acct_mgmt(&host, 0, static_cast<int>(words.size()), words.data());
}

int open_session(pam_handle& host, std::vector<std::string> arguments)
{
    auto words = words_of(arguments);
    return pam_sm_open_session(&host, 0, static_cast<int>(words.size()), words.data());
}

int change_password(pam_handle& host, std::vector<std::string> arguments, int flags)
{
    auto words = words_of(arguments);
    return pam_sm_chauthtok(&host, flags, static_cast<int>(words.size()), words.data());
}

void sign_in_through_sshd(pam_handle& host, const std::string& user)
{
    host.items = {{PAM_SERVICE, "sshd"}, {PAM_USER, user}, {PAM_RHOST, "127.0.0.1"}, {PAM_TTY, "ssh"}};
    host.environment = {{"SSH_CONNECTION", "127.0.0.1 32894 127.0.0.1 2302"},
                        {"SSH_AUTH_INFO_0", "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n"}};
}

bool has_line_with(const std::vector<std::string>& lines, const std::string& part)
{
    for (const auto& line : lines)
        if (line.find(part) != std::string::npos)
            return true;
    return false;
}

} // namespace ssp::testing
