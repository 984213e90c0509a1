#pragma once
// The program `ssp-mfa` on a host with a configuration of its own, against scripted daemons.
#include "scripted_helper.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka.h"

namespace ssp::testing {

inline std::string program; ///< set by main()

using Words = std::vector<std::string>;
using Script = std::function<void(HelperSide&)>;

struct Ended {
    int status = -1;
    std::string out;
    std::string err;
};

inline std::string contents(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// A host with a configuration of its own.
struct Host {
    TemporaryDirectory root;
    std::string config = root.path("ssp-mfa.toml");
    std::string stdout_file = root.path("stdout");

    Host()
    {
        const auto* user = ::geteuid() == 0 ? ::getpwnam("nobody") : ::getpwuid(::geteuid());
        CHECK(user != nullptr && ::chmod(root.path().c_str(), 0755) == 0);
        root.write("ssp-mfa.toml", "user = \"" + std::string(user->pw_name) +
                                       "\"\n"
                                       "[files]\ndatabase = \"" +
                                       root.path("state/ssp-mfa.db") + "\"\nmaster_key = \"" +
                                       root.path("master.key") + "\"\n[sockets]\nself = \"" +
                                       root.path("self.sock") + "\"\nadmin = \"" + root.path("admin.sock") +
                                       "\"\ndelivery = \"" + root.path("delivery.sock") + "\"\n");
        CHECK(::mkdir(root.path("state").c_str(), 0700) == 0);
        CHECK(::chown(root.path("state").c_str(), user->pw_uid, user->pw_gid) == 0);
    }

    /// Runs the program without a terminal; `typed` is its standard input.
    Ended run(Words words, const std::string& typed = {})
    {
        words.insert(words.begin(), {program, "--config", config});
        std::vector<char*> argv;
        for (auto& word : words)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        const auto stdin_file = root.write("stdin", typed);
        const auto stderr_file = root.path("stderr");
        const auto child = ::fork();
        if (child == 0) {
            ::setsid();
            const int in = ::open(stdin_file.c_str(), O_RDONLY);
            const int out = ::open(stdout_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            const int err = ::open(stderr_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            if (::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2)
                ::execv(program.c_str(), argv.data());
            ::_exit(127);
        }
        int status = 0;
        CHECK(::waitpid(child, &status, 0) == child && WIFEXITED(status));
        const auto out = stdout_file == "/dev/full" ? std::string() : contents(stdout_file);
        return {WEXITSTATUS(status), out, contents(stderr_file)};
    }
    Ended run_with(const std::string& socket, const Script& script, const Words& words,
                   const std::string& typed = {})
    {
        const ScriptedHelper helper(root.path(socket), script);
        return run(words, typed);
    }
};

inline bool says(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

inline nlohmann::json json_of(const Ended& ended)
{
    auto parsed = nlohmann::json::parse(ended.out, nullptr, false);
    if (!parsed.is_array())
        throw CheckFailed("no JSON array: " + ended.out);
    return parsed;
}

} // namespace ssp::testing
