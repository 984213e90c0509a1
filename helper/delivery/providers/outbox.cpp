#include "delivery/providers/outbox.h"

#include "base/unique_fd.h"
#include "delivery/providers/message_json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ssp {

namespace {

/// Opened for each message, so that a reader may take the file away. O_NONBLOCK: a FIFO must not hold us.
UniqueFd open_for_append(const std::string& file)
{
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    UniqueFd fd(::open(file.c_str(), flags, S_IRUSR | S_IWUSR));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return {};
    return fd;
}

} // namespace

OutboxProvider::OutboxProvider(std::string file, const Clock& clock) : file_(std::move(file)), clock_(clock)
{
}

Task<Handover> OutboxProvider::send(const OutboundMessage& message)
{
    const auto line = outbox_json(message, clock_.now());
    Handover handover;
    handover.outcome = DeliveryOutcome::configuration;
    const auto fd = open_for_append(file_);
    if (!fd) {
        handover.said = "the file cannot be opened";
        co_return handover;
    }
    // One write: with O_APPEND lines of several writers do not mix.
    const auto written = ::write(fd.get(), line.reveal().data(), line.size());
    if (written == static_cast<ssize_t>(line.size()))
        handover.outcome = DeliveryOutcome::accepted;
    else
        handover.said = "the file cannot be written";
    co_return handover;
}

} // namespace ssp
