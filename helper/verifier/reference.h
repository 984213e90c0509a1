#pragma once
#include "base/random.h"

#include <string>

namespace ssp {

/// A reference such as "7K4Q-92", by which the desk finds an attempt in the audit trail: six symbols of
/// look_up_secret.h's alphabet, 30 bits, unique enough within days. Not a secret.
Result<std::string> new_reference(Random& random);

} // namespace ssp
