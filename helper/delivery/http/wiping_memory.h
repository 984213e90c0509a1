#pragma once

namespace ssp {

/// Starts libcurl, once for the program, with memory that is wiped when it is given back: its buffers hold
/// requests with codes and passwords. Later calls do nothing. Called by Transfers, before anything else uses
/// libcurl. False: libcurl cannot be started.
bool start_libcurl() noexcept;

} // namespace ssp
