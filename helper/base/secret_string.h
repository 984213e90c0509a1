#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace ssp {

/// Bytes that are wiped when they go and that no stream, formatter or log accepts: codes, answers,
/// TOTP keys, recovery codes, telephone numbers, keys.
///
/// Move-only: a copy is made by saying `clone()`. Never null-terminated by contract.
class SecretString {
public:
    SecretString() noexcept = default;
    explicit SecretString(std::string_view bytes);
    explicit SecretString(std::span<const unsigned char> bytes);
    SecretString(SecretString&& other) noexcept;
    SecretString& operator=(SecretString&& other) noexcept;
    SecretString(const SecretString&) = delete;
    SecretString& operator=(const SecretString&) = delete;
    ~SecretString();

    /// A buffer of `size` zero bytes to be filled through data().
    static SecretString zeros(std::size_t size);
    SecretString clone() const;

    /// The bytes, for the one place that needs them. The view dies with this object.
    std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }
    std::span<const unsigned char> bytes() const noexcept
    {
        return {reinterpret_cast<const unsigned char*>(bytes_.get()), size_};
    }
    char* data() noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    void wipe() noexcept;

    /// Constant time for equal lengths.
    bool equals(std::string_view other) const noexcept;

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

template <class Stream> Stream& operator<<(Stream&, const SecretString&) = delete;

} // namespace ssp
