#include "daemon/unit.h"

#include <cstdlib>

namespace ssp {

const char* credentials_directory() { return std::getenv("CREDENTIALS_DIRECTORY"); }

std::string notes_directory()
{
    const char* folder = std::getenv("RUNTIME_DIRECTORY");
    return folder == nullptr ? "" : folder;
}

} // namespace ssp
