#include "base/random.h"

#include <cerrno>
#include <cstring>
#include <sys/random.h>

namespace ssp {

Result<SecretString> Random::decimal_code(int digits)
{
    return text(static_cast<std::size_t>(digits), "0123456789");
}

Result<SecretString> Random::text(std::size_t length, std::string_view alphabet)
{
    const unsigned fair = 256U - 256U % static_cast<unsigned>(alphabet.size());
    auto out = SecretString::zeros(length);
    for (std::size_t made = 0; made < length;) {
        unsigned char byte = 0;
        if (auto filled = fill(std::span(&byte, 1)); !filled)
            return filled.error();
        if (byte < fair)
            out.data()[made++] = alphabet[byte % alphabet.size()];
    }
    return out;
}

Result<void> SystemRandom::fill(std::span<unsigned char> out)
{
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return Error{ErrorKind::internal, std::string("getrandom: ") + std::strerror(errno)};
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

} // namespace ssp
