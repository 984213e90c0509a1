#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ssp::config {

/// The one of `known` that `word` was probably meant to be: the fewest letters changed, added, left out or
/// swapped with their neighbour, at most a third of them. "" when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

} // namespace ssp::config
