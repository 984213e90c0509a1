// What a call program says, from the pipe to the journal: no line breaks the bounds, and nothing that is
// shown holds a number or can change a terminal.
#include "delivery/providers/call_words.h"
#include "delivery/line_reader.h"
#include "fuzz.h"

#include <algorithm>
#include <array>
#include <deque>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

constexpr std::size_t most_lines = 16;

bool has_number(std::string_view text)
{
    std::size_t run = 0;
    return std::ranges::any_of(text, [&run](char c) {
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        return run >= 4;
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return 0;
    const auto written = ::write(ends[1], data, size);
    ::close(ends[1]);
    ssp::LineReader reader(most_lines);
    std::deque<std::string> lines;
    const auto found = size == 0 || written > 0 ? reader.read(ends[0], lines) : ssp::LineReader::Found::end;
    ::close(ends[0]);

    MUST(found != ssp::LineReader::Found::more && lines.size() <= most_lines);
    bool events = found == ssp::LineReader::Found::end && !lines.empty();
    for (const auto& line : lines) {
        MUST(!line.empty() && line.size() <= ssp::LineReader::usual_length);
        MUST(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c <= 0x7e; }));
        const auto event = ssp::read_call_event(line);
        MUST(event.state != ssp::CallState::unknown && event.said.size() <= 120 && !has_number(event.said));
        MUST(!event.foreign || event.state == ssp::CallState::failed);
        MUST(event.foreign || line.starts_with(ssp::word(event.state)));
        events = events && !event.foreign;
    }
    ssp::testing::understood = events;
    return 0;
}
