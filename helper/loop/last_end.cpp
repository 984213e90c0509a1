#include "loop/last_end.h"

#include <fstream>

namespace ssp {

bool may_end_for_restart(const std::string& runtime_directory, BootTime now)
{
    constexpr BootTime soon = std::chrono::minutes(15);
    if (runtime_directory.empty())
        return false;
    const auto file = runtime_directory + "/ended-for-restart";
    BootTime::rep before = 0;
    if (std::ifstream(file) >> before && now - BootTime(before) < soon)
        return false;
    std::ofstream note(file, std::ios::trunc);
    note << now.count() << '\n' << std::flush;
    return note.good();
}

} // namespace ssp
