#include "command/key_change.h"

#include "base/random.h"
#include "base/unique_fd.h"
#include "store/master_key.h"
#include "store/seals.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <time.h>
#include <unistd.h>

namespace ssp::command {

namespace {

std::string in_neither_file(const std::string& key, const std::string& file, const std::string& next)
{
    std::string text = "ssp-mfad uses the key ";
    text.append(key).append(", which is neither in ").append(file).append(" nor in ").append(next);
    text.append(".\nPut it into ").append(file).append(" before ssp-mfad ends.");
    return text;
}

constexpr timespec between_questions{0, 500'000'000};

Error trouble(std::string sentences) { return Error{ErrorKind::configuration, std::move(sentences)}; }

Error failure(const std::string& file) { return trouble(file + ": " + std::strerror(errno)); }

/// The id of the key in a file that belongs to ssp-mfad; empty: there is none that can be read.
std::string key_in(const std::string& file)
{
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    auto bytes = SecretString::zeros(master_key_bytes);
    if (!fd || ::read(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        return {};
    return key_name(Seals({std::move(bytes), false}).key_id);
}

Result<void> take_its_place(const std::string& next, const std::string& key_file)
{
    if (::rename(next.c_str(), key_file.c_str()) != 0)
        return failure(next);
    const auto folder = key_file.substr(0, key_file.rfind('/') + 1);
    const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0)
        return failure(folder);
    return {};
}

} // namespace

bool lies_in(const std::string& key_file, const KeyStatus& status) { return key_in(key_file) == status.key; }

Result<KeyStatus> key_status(const AskHelper& ask)
{
    auto outcome = ask({"key", "status"});
    if (!outcome)
        return Error{ErrorKind::delivery_unavailable, outcome.error().detail};
    if (outcome->decision != protocol::Decision::accepted || outcome->rows.size() != 1)
        return Error{ErrorKind::delivery_unavailable, "ssp-mfad does not say how the master key stands."};
    std::map<std::string, std::string> told(outcome->rows[0].begin(), outcome->rows[0].end());
    return KeyStatus{told["key"],  told["from"],      told["state"],           told["new_key"],
                     told["rows"], told["rows_left"], told["does_not_verify"], std::move(outcome->rows)};
}

void NextKeyFile::take_back()
{
    if (!made_.empty())
        ::unlink(made_.c_str());
    made_.clear();
}

Result<NextKeyFile> make_next_key(const std::string& key_file, const KeyStatus& status,
                                  const StateOwner& owner)
{
    if (status.from == "credential" && !lies_in(key_file, status))
        return NextKeyFile();
    const auto next = next_key_file(key_file);
    const auto left_there = key_in(next);
    if (left_there == status.key)
        return trouble("The last rotation has ended, and its key is not in its place yet.\n"
                       "Run `ssp-mfa key finish` first.");
    if (!left_there.empty())
        return NextKeyFile();
    SystemRandom random;
    const auto made = create_master_key(next, random, owner.uid, owner.gid);
    if (!made)
        return trouble(made.error().detail + ". Nothing was changed.");
    return NextKeyFile(next);
}

Result<KeyStatus> wait_for_new_key(const std::string& key_file, const AskHelper& ask,
                                   const std::function<void(const KeyStatus&)>& show)
{
    std::string shown;
    for (;;) {
        auto status = key_status(ask);
        if (!status)
            return status.error();
        if (status->new_key.empty()) {
            const auto next = next_key_file(key_file);
            if (lies_in(next, *status)) {
                if (auto done = take_its_place(next, key_file); !done)
                    return done.error();
            } else if (!lies_in(key_file, *status) && status->from != "credential") {
                return trouble(in_neither_file(status->key, key_file, next));
            }
            return status;
        }
        if (const auto now = status->rows_left + status->does_not_verify; now != shown) {
            show(*status);
            shown = now;
        }
        ::nanosleep(&between_questions, nullptr);
    }
}

} // namespace ssp::command
