#include "base/secret_string.h"

#include <cstring>
#include <utility>

namespace ssp {

SecretString::SecretString(std::string_view bytes) : size_(bytes.size())
{
    if (size_ == 0)
        return;
    bytes_ = std::make_unique<char[]>(size_);
    std::memcpy(bytes_.get(), bytes.data(), size_);
}

SecretString::SecretString(std::span<const unsigned char> bytes)
    : SecretString(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()))
{
}

SecretString::SecretString(SecretString&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0))
{
}

SecretString& SecretString::operator=(SecretString&& other) noexcept
{
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

SecretString::~SecretString() { wipe(); }

SecretString SecretString::zeros(std::size_t size)
{
    SecretString secret;
    secret.bytes_ = std::make_unique<char[]>(size);
    secret.size_ = size;
    return secret;
}

SecretString SecretString::clone() const { return SecretString(reveal()); }

void SecretString::wipe() noexcept
{
    if (bytes_)
        explicit_bzero(bytes_.get(), size_);
    bytes_.reset();
    size_ = 0;
}

bool SecretString::equals(std::string_view other) const noexcept
{
    if (other.size() != size_)
        return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < size_; ++i)
        difference = static_cast<unsigned char>(difference | (bytes_[i] ^ other[i]));
    return difference == 0;
}

} // namespace ssp
