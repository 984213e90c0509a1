#pragma once
#include "verifier/requests.h"

#include <vector>

namespace ssp {

/// What a person and the desk may both read about the person, with names in snake_case: identity, ways to
/// get a code (numbers by their ending only), recovery codes left, live devices, lock, wait.
/// `trusts`: as Store::list_trust() gives them.
Rows::Row subscriber_row(const Subscriber& subscriber, const std::vector<Trust>& trusts, WallTime now);

/// One remembered device.
Rows::Row device_row(const Trust& trust);

} // namespace ssp
