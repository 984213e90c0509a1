#pragma once
#include "delivery/routing/router.h"
#include "protocol/inspection_message.h"

#include <cstdint>

namespace ssp {

/// How one provider fares, as the answer to survey `number`. Its texts are those of `line`.
protocol::Surveyed surveyed(std::uint32_t number, const Router::Line& line);

} // namespace ssp
