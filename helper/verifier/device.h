#pragma once
// What counts as a device, and where trust in it counts.
//
// In this order, the first that applies decides; what is malformed is no device at all:
//   1. the SSH keys proven in this connection (SSH_AUTH_INFO_0), certificates by their embedded key;
//      several keys are one device: it is known again only when the same set of keys is proven
//   2. opt-in: the client host's key of a hostbased line
//   3. opt-in: the numeric source address, when it lies in a listed network; never loopback, never for uid 0
//   4. opt-in: a virtual console of this host
// Names are compared nowhere: PAM_RHOST may be one, and whoever runs the name server could choose it.
#include "verifier/policy.h"
#include "verifier/sign_in.h"
#include "verifier/subscriber.h"

#include <optional>
#include <string>

namespace ssp {

/// The device that this sign-in comes from, if it is something that trust can be bound to.
std::optional<Device> device_of(const SignInFacts& facts, const Policy& policy);

/// The service family that trust belongs to: "sshd" for every service in Policy::ssh_services, else the
/// service's own name, so that trust given at ssh never covers sudo.
std::string scope_of(const SignInFacts& facts, const Policy& policy);

/// One ASCII sentence for a person, saying why device_of() found nothing; used instead of the question
/// whether to remember the device.
std::string why_not_bindable(const SignInFacts& facts, const Policy& policy);

} // namespace ssp
