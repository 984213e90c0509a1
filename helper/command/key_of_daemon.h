#pragma once
#include "base/result.h"
#include "store/master_key.h"

#include <optional>

namespace ssp {
struct HelperConfig;
}

namespace ssp::command {

/// Whether systemd handed a master key over to this process ($CREDENTIALS_DIRECTORY, systemd-run(1)).
bool key_is_handed_over();

/// The master key that ssp-mfad has: the credential that was handed over; else its file; where there is none,
/// the credential of its unit while that runs. Called as root, or while acting as the owner of the file.
/// Errors: configuration, with a sentence.
Result<MasterKey> read_key_of_daemon(const HelperConfig& config);
/// The key that lies ready to take its place; nothing: there is none. Otherwise the same.
Result<std::optional<MasterKey>> read_next_key_of_daemon(const HelperConfig& config);

} // namespace ssp::command
