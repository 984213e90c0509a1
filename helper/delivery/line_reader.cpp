#include "delivery/line_reader.h"

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace ssp {

LineReader::Found LineReader::read(int pipe, std::deque<std::string>& lines)
{
    while (!broken_) {
        char bytes[1024];
        const ssize_t got = ::read(pipe, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? Found::more : Found::end;
        if (got == 0)
            return Found::end;
        for (ssize_t i = 0; i < got && !broken_; ++i)
            broken_ = !take(bytes[i], lines);
    }
    return Found::broken;
}

bool LineReader::take(char byte, std::deque<std::string>& lines)
{
    if (byte != '\n') {
        line_ += byte;
        return byte >= 0x20 && byte <= 0x7e && line_.size() <= longest_line_;
    }
    if (line_.empty() || left_ == 0)
        return false;
    --left_;
    lines.push_back(std::exchange(line_, {}));
    return true;
}

} // namespace ssp
