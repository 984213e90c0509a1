#pragma once
// A program that a test writes, for what starts programs.
#include "delivery/programs.h"

#include "support/run_on_loop.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace ssp::testing {

inline std::string content_of(const std::string& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Neither gone nor a zombie that its parent has not asked about.
inline bool is_running(int pid)
{
    const auto stat = content_of(fmt::format("/proc/{}/stat", pid));
    const auto state = stat.rfind(") ");
    return state != std::string::npos && stat[state + 2] != 'Z' && stat[state + 2] != 'X';
}

/// A shell script in a folder of its own, which it finds in $folder.
struct Script {
    explicit Script(std::string_view text)
    {
        path = directory.write("script", fmt::format("#!/bin/sh\nfolder={}\n{}\n", directory.path(), text));
        std::filesystem::permissions(path, std::filesystem::perms(0700));
    }
    /// What it wrote into a file of its folder.
    std::string wrote(const char* name) const { return content_of(directory.path(name)); }
    /// Turns the loop until it wrote whole lines into a file of its folder.
    void wait_for(Loop& loop, const char* name) const
    {
        run_until(loop, [&] { return wrote(name).ends_with("\n"); });
    }

    TemporaryDirectory directory;
    std::string path;
};

} // namespace ssp::testing
