#include "verifier/qr.h"

#include <memory>
#include <openssl/crypto.h>
#include <qrencode.h>

namespace ssp {

namespace {

constexpr int highest_version = 5;
constexpr std::string_view full = "\xe2\x96\x88";
constexpr std::string_view upper_half = "\xe2\x96\x80";
constexpr std::string_view lower_half = "\xe2\x96\x84";

/// The drawn modules are the key itself.
struct WipeAndFree {
    void operator()(QRcode* code) const noexcept
    {
        OPENSSL_cleanse(code->data,
                        static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width));
        QRcode_free(code);
    }
};

/// Modules with the margin around them; outside of the code all are light.
class Modules {
public:
    explicit Modules(const QRcode& code) : code_(code) {}
    bool is_dark(int row, int column) const
    {
        const bool inside = row >= 0 && row < code_.width && column >= 0 && column < code_.width;
        return inside && (code_.data[row * code_.width + column] & 1U) != 0;
    }

private:
    const QRcode& code_;
};

std::string_view block(bool upper, bool lower)
{
    if (upper && lower)
        return full;
    if (upper)
        return upper_half;
    return lower ? lower_half : " ";
}

} // namespace

std::optional<SecretString> qr_code(const SecretString& content, Background background)
{
    const std::unique_ptr<QRcode, WipeAndFree> code(
        QRcode_encodeData(static_cast<int>(content.size()), content.bytes().data(), 0, QR_ECLEVEL_L));
    if (!code || code->version > highest_version)
        return std::nullopt;

    const Modules modules(*code);
    const int width = code->width;
    const bool draw_dark = background == Background::light;
    auto out = SecretString::zeros(static_cast<std::size_t>((width + 3) / 2) *
                                   (static_cast<std::size_t>(width + 2) * full.size() + 1));
    std::size_t size = 0;
    for (int row = -1; row <= width; row += 2) {
        for (int column = -1; column <= width; ++column) {
            const bool upper = modules.is_dark(row, column) == draw_dark;
            const bool lower = modules.is_dark(row + 1, column) == draw_dark;
            for (const char c : block(upper, lower))
                out.data()[size++] = c;
        }
        out.data()[size++] = '\n';
    }
    return SecretString(out.reveal().substr(0, size));
}

} // namespace ssp
