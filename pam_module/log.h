#pragma once
// Lines for the system's log, through pam_syslog. Answers and texts of the conversation are never logged.
#include <cstddef>
#include <security/pam_ext.h>
#include <string_view>
#include <syslog.h>

namespace ssp::pam {

/// Text of unknown origin, made fit for one field of one log line: what is no printable ASCII, and backslash
/// and quotation mark, become \xNN. Of long text the first 64 bytes, then "...".
class Escaped {
public:
    explicit Escaped(std::string_view text) noexcept;
    const char* c_str() const noexcept { return text_; }

private:
    void put(char c) noexcept { text_[used_++] = c; }

    char text_[64 * 4 + 4] = {};
    std::size_t used_ = 0;
};

} // namespace ssp::pam
