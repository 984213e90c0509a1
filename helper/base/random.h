#pragma once
#include "base/result.h"
#include "base/secret_string.h"

#include <cstddef>
#include <span>
#include <string>

namespace ssp {

/// Where unpredictable values come from. Two implementations: the operating system's generator, and
/// a fixed sequence for tests.
class Random {
public:
    virtual ~Random() = default;
    /// Fills `out`, or says that it could not; there is no fall-back (RFC 4086; a challenge is then not
    /// made).
    virtual Result<void> fill(std::span<unsigned char> out) = 0;

    /// `digits` decimal digits, each value equally likely (rejection sampling), leading zeros kept. 1..9.
    Result<SecretString> decimal_code(int digits);
    /// `length` characters out of `alphabet` (2..256 characters), each equally likely.
    Result<SecretString> text(std::size_t length, std::string_view alphabet);
};

/// getrandom(2).
class SystemRandom final : public Random {
public:
    Result<void> fill(std::span<unsigned char> out) override;
};

} // namespace ssp
