#pragma once
// The standard output of a program, as lines within bounds.
#include <cstddef>
#include <deque>
#include <string>

namespace ssp {

/// Takes lines out of a pipe that does not block. A line is 1 to `longest_line` bytes of printable ASCII and
/// a newline; a last one without its newline is none.
class LineReader {
public:
    static constexpr std::size_t usual_length = 200;

    /// `most_lines`: a program that says more breaks the bounds, and so does a longer line.
    explicit LineReader(std::size_t most_lines, std::size_t longest_line = usual_length)
        : left_(most_lines), longest_line_(longest_line)
    {
    }

    enum class Found {
        more,   ///< all that was there is read
        end,    ///< nothing will come any more
        broken, ///< a bound was broken; nothing is read from here on
    };
    /// Appends the lines that are there to `lines`.
    Found read(int pipe, std::deque<std::string>& lines);

private:
    bool take(char byte, std::deque<std::string>& lines);

    std::size_t left_;
    std::size_t longest_line_;
    std::string line_;
    bool broken_ = false;
};

} // namespace ssp
