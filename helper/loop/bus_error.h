#pragma once
#include <string>

namespace ssp {

/// From here on a page of a mapped file that cannot be had - somebody cut the file short, or its disk fails -
/// ends the process as an I/O error does, with status EX_IOERR and `sentence` as an alert, and not as a
/// crash. Called once by ssp-mfad, before its sandbox: SQLite maps the index of the WAL.
void end_at_bus_error(const std::string& sentence);

} // namespace ssp
