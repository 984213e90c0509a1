#include "store/history_mark.h"

#include "store/database_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ssp {

namespace {

constexpr std::size_t file_bytes = 512; ///< one sector: written whole or not at all
constexpr std::string_view title = "ssp-mfa history mark 1\n";
constexpr std::string_view seal_word = "seal ";

Error refusal(const std::string& path, const std::string& why)
{
    return Error{ErrorKind::configuration, "history mark " + path + ": " + why};
}
Error refusal(const std::string& path, int error) { return refusal(path, std::string(std::strerror(error))); }

Error unusable(const std::string& path, const std::string& why)
{
    return refusal(path,
                   fmt::format("{}, so nobody knows whether the database beside it is the newest. {}, or "
                               "with a copy of this database that ssp-mfa backup makes",
                               why, way_out));
}

template <std::size_t n> std::string hex(const std::array<unsigned char, n>& bytes)
{
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

Digest digest_of(std::string_view text)
{
    Digest digest{};
    for (std::size_t i = 0; i < digest.size() && 2 * i + 2 <= text.size(); ++i)
        std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, digest[i], 16);
    return digest;
}

std::int64_t number_of(const std::string& text)
{
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Fields signed_fields(std::string_view text)
{
    Fields fields("history mark");
    fields.add(text);
    return fields;
}

std::string text_of(const Mark& mark, const Seals& seals)
{
    auto text = fmt::format("{}node {}\nrow {}\nmac {}\nstep {}\ntime {}\ndisturbed {}\nkey {}\n", title,
                            mark.head.node_id, mark.head.sequence, hex(mark.head.mac), mark.highest_step,
                            mark.newest.time_since_epoch().count(), mark.disturbed ? 1 : 0, seals.key_id);
    text += fmt::format("{}{}\n", seal_word, hex(seals.audit.of(signed_fields(text))));
    text.resize(file_bytes, '\n');
    return text;
}

using Lines = std::map<std::string_view, std::string>;

Lines lines_of(std::string_view text)
{
    Lines lines;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        const auto space = line.find(' ');
        if (space != std::string_view::npos)
            lines.emplace(line.substr(0, space), line.substr(space + 1));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return lines;
}

/// Nothing: it does not verify.
std::optional<Mark> mark_of(std::string_view text, const KeyRing& keys)
{
    const auto seal = text.rfind(seal_word);
    if (!text.starts_with(title) || seal == std::string_view::npos)
        return std::nullopt;
    const auto signed_text = text.substr(0, seal);
    auto lines = lines_of(signed_text.substr(title.size()));
    const auto mac = digest_of(text.substr(seal + seal_word.size()));
    const std::string_view mac_bytes(reinterpret_cast<const char*>(mac.data()), mac.size());
    const auto* audit = keys.audit_under(number_of(lines["key"])); // the mark may be older than a rotation
    if (audit == nullptr || !audit->holds(signed_fields(signed_text), mac_bytes))
        return std::nullopt;
    Mark mark;
    mark.head = {lines["node"], number_of(lines["row"]), digest_of(lines["mac"])};
    mark.highest_step = number_of(lines["step"]);
    mark.newest = WallTime(Seconds(number_of(lines["time"])));
    mark.disturbed = lines["disturbed"] != "0";
    return mark;
}

Result<void> write_out(int fd, const std::string& path, const std::string& text)
{
    const auto wrote = ::pwrite(fd, text.data(), text.size(), 0);
    if (wrote != static_cast<ssize_t>(text.size()))
        return refusal(path, wrote < 0 ? errno : ENOSPC);
    return {};
}

} // namespace

std::string mark_path(const std::string& database) { return database + ".mark"; }

Result<HistoryMark> HistoryMark::open(const std::string& database, const KeyRing& keys)
{
    auto path = mark_path(database);
    UniqueFd file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT)
        return unusable(path, "is missing");
    struct stat status {};
    if (!file) {
        const int error = errno;
        const auto why = ::lstat(path.c_str(), &status) == 0 ? objection_to(status) : "";
        return why.empty() ? refusal(path, error) : refusal(path, why);
    }
    if (::fstat(file.get(), &status) != 0)
        return refusal(path, errno);
    if (auto why = objection_to(status); !why.empty())
        return refusal(path, why);

    if (::flock(file.get(), LOCK_SH | LOCK_NB) != 0)
        return refusal(path, "a restore is under way");
    std::string text(file_bytes, '\0');
    const auto got = ::pread(file.get(), text.data(), text.size(), 0);
    if (got < 0)
        return Error{ErrorKind::store_unavailable, refusal(path, errno).detail};
    text.resize(static_cast<std::size_t>(got));
    auto mark = mark_of(text, keys);
    if (!mark)
        return unusable(path, "is damaged or was signed with another master key");
    return HistoryMark(std::move(path), std::move(file), std::move(*mark));
}

Result<void> HistoryMark::put_beside(const std::string& database, const Mark& mark, const Seals& seals,
                                     uid_t owner, gid_t group)
{
    const auto path = mark_path(database) + ".new";
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return refusal(path, errno);
    const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file)
        return refusal(path, errno);
    auto done = write_out(file.get(), path, text_of(mark, seals));
    if (done && (::fchown(file.get(), owner, group) != 0 || ::fchmod(file.get(), 0600) != 0 ||
                 ::fsync(file.get()) != 0))
        done = refusal(path, errno);
    if (!done)
        ::unlink(path.c_str());
    return done;
}

Result<void> HistoryMark::publish(const std::string& database)
{
    const auto path = mark_path(database);
    if (::rename((path + ".new").c_str(), path.c_str()) != 0)
        return refusal(path, errno);
    return sync_folder_of(path);
}

Result<void> HistoryMark::write(const Mark& mark, const Seals& seals)
{
    last_ = mark;
    return write_out(file_.get(), path_, text_of(mark, seals));
}

Result<void> HistoryMark::sync()
{
    if (::fsync(file_.get()) != 0)
        return refusal(path_, errno);
    return {};
}

Result<void> check_history(AuditTrail& trail, const Mark& mark)
{
    const auto refuse = [](const std::string& why) {
        return Error{ErrorKind::configuration, fmt::format("{}. {}", why, way_out)};
    };
    const auto head = trail.head();
    if (!head)
        return head.error();
    if (mark.disturbed)
        return refuse("another program wrote into it while ssp-mfad had it open: what it holds is a mixture");
    if (head->node_id != mark.head.node_id)
        return refuse(
            fmt::format("it is of node {}, and this host is node {}", head->node_id, mark.head.node_id));
    if (head->sequence < mark.head.sequence)
        return refuse(fmt::format(
            "it is an older copy: its audit trail ends at row {}, and this host has written row {}, last at "
            "{:%Y-%m-%d %H:%M:%S} UTC. Codes that were used since would work again",
            head->sequence, mark.head.sequence, mark.newest));
    if (mark.head.sequence > 0 && trail.mac_at(mark.head.sequence) != mark.head.mac)
        return refuse(
            fmt::format("it is a copy with another history: row {} of its audit trail is not the one "
                        "that this host has written",
                        mark.head.sequence));
    return {};
}

} // namespace ssp
