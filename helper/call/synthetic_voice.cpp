#include "call/synthetic_voice.h"

#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ssp {

namespace {

constexpr const char* flite = "/usr/bin/flite";

Error failed(const char* what) { return {ErrorKind::configuration, std::string("flite: ") + what}; }

/// The reading end of a pipe that holds `text`.
UniqueFd filled_pipe(std::string_view text)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return {};
    UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    if (::write(writing.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return {};
    return reading;
}

/// Whether it ended well. Its input has an end, and its processor time the limit of this process.
bool run(int input, int output)
{
    std::array<const char*, 8> words{flite, "-voice",          "kal",  "-f", "/proc/self/fd/0",
                                     "-o",  "/proc/self/fd/1", nullptr};
    std::array<char*, 2> environment{const_cast<char*>("PATH=/usr/bin:/bin"), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    pid_t child = 0;
    const int error = ::posix_spawn(&child, flite, &actions, nullptr, const_cast<char* const*>(words.data()),
                                    environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return false;
    int status = -1;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

Result<Audio> spoken(std::string_view text)
{
    const UniqueFd sound(::memfd_create("spoken", MFD_CLOEXEC));
    const auto input = filled_pipe(text);
    if (!sound || !input || !run(input.get(), sound.get()))
        return failed("cannot be run");
    struct stat about {};
    if (::fstat(sound.get(), &about) != 0 || about.st_size <= 0)
        return failed("said nothing");
    const auto size = static_cast<std::size_t>(about.st_size);
    void* bytes = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, sound.get(), 0);
    if (bytes == MAP_FAILED)
        return failed("cannot be heard");
    auto audio = read_wave({static_cast<const char*>(bytes), size});
    ::explicit_bzero(bytes, size);
    ::munmap(bytes, size);
    return audio;
}

} // namespace

Result<Audio> SyntheticVoice::say(Phrase phrase) const
{
    switch (phrase) {
    case Phrase::greeting: return spoken("Hello. This is your sign-in service.\n");
    case Phrase::press_key: return spoken("Press one to hear your code.\n");
    case Phrase::introduction: return spoken("Your code is:\n");
    case Phrase::farewell: break;
    }
    return spoken("Goodbye.\n");
}

Result<Audio> SyntheticVoice::say_digit(char digit) const
{
    constexpr std::array<const char*, 10> words{"zero.\n", "one.\n", "two.\n",   "three.\n", "four.\n",
                                                "five.\n", "six.\n", "seven.\n", "eight.\n", "nine.\n"};
    return spoken(words.at(static_cast<std::size_t>(digit - '0')));
}

bool SyntheticVoice::is_installed() noexcept { return ::access(flite, X_OK) == 0; }

} // namespace ssp
