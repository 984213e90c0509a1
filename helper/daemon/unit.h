#pragma once
#include <string>

namespace ssp {

/// Where systemd put the credentials of the unit ($CREDENTIALS_DIRECTORY, systemd.exec(5)); null: nowhere.
const char* credentials_directory();

/// Where one run may leave a note for the next, on no disk ($RUNTIME_DIRECTORY); empty: nowhere.
std::string notes_directory();

} // namespace ssp
