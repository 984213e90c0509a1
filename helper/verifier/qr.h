#pragma once
#include "base/secret_string.h"

#include <optional>

namespace ssp {

/// Which side of a QR code the terminal's own background is.
enum class Background { dark, light };

/// A QR code as text: half blocks (UTF-8), level L, one module of margin on every side, lines ended by '\n'.
///
/// At most version 5, 20 lines of 39 columns, so that title, key and question fit on 24 lines beside it.
/// Nothing when `content` does not fit (106 bytes) or is empty. `background`: on a terminal with dark
/// background the light modules are drawn, else the dark ones; scanners read only the right one.
std::optional<SecretString> qr_code(const SecretString& content, Background background);

} // namespace ssp
