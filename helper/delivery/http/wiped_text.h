#pragma once
#include "base/secret_string.h"
#include "loop/wiped_bytes.h"

#include <cstddef>
#include <string_view>

namespace ssp {

/// A text that is put together piece by piece and wiped when it goes, what it outgrew included: addresses,
/// header lines and bodies with a code, a number or a password in them.
class WipedText {
public:
    WipedText() : bytes_(1, '\0') {}
    explicit WipedText(std::string_view text) : WipedText() { add(text); }
    WipedText(WipedText&&) = default;
    WipedText& operator=(WipedText&&) = default;
    WipedText(const WipedText&) = delete;
    WipedText& operator=(const WipedText&) = delete;
    ~WipedText() = default;

    void add(std::string_view text) { bytes_.insert(bytes_.end() - 1, text.begin(), text.end()); }
    void add(char c) { bytes_.insert(bytes_.end() - 1, c); }
    std::string_view view() const noexcept { return {bytes_.data(), size()}; }
    /// Ends with NUL; may have others before.
    const char* c_str() const noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return bytes_.empty() ? 0 : bytes_.size() - 1; }
    bool empty() const noexcept { return size() == 0; }

private:
    WipedBytes bytes_; ///< with the NUL; empty when it was moved from
};

template <class Stream> Stream& operator<<(Stream&, const WipedText&) = delete;

} // namespace ssp
