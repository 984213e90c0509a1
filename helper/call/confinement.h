#pragma once

namespace ssp {

/// Before anything is read: no core, no tracing by others of the same user, no new privileges, memory kept
/// out of swap where the limits allow it, a bound on memory and processor time, and an end
/// (SIGTERM) with the process that started it: nobody would hear how the call went. What is not allowed is
/// left out: the unit of ssp-mfa-deliveryd sets the same and more.
void confine();

/// Once the voice is loaded, before the network is heard: this process starts no other program from now on.
void forbid_programs();

} // namespace ssp
