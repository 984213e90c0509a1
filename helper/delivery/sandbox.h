#pragma once

namespace ssp {

/// Shuts ssp-mfa-deliveryd in, and with it, for the kernel knows no other way, every program that it runs: no
/// privileges, no reach into other processes, mounts or the kernel, and no sockets but those of the Internet
/// and of this host. Called once by main(), before the first thread and the first connection.
/// What the kernel cannot do is logged and does not stop the daemon: it holds no key, and its unit has the
/// larger part.
void enter_delivery_sandbox();

} // namespace ssp
