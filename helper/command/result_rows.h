#pragma once
// What ssp-mfad answered, for people and for programs.
#include <string>
#include <utility>
#include <vector>

namespace ssp::command {

/// One line of a result: name and value pairs in the order in which a person reads them.
using ResultRow = std::vector<std::pair<std::string, std::string>>;

/// How people read it.
enum class Layout {
    record, ///< each pair a line of its own; an empty line between rows
    table,  ///< a heading and a line for each row
};

/// For a terminal: aligned, and without any character that could steer it.
std::string for_people(const std::vector<ResultRow>& rows, Layout layout);

/// An array of objects in ASCII, with a newline behind it; bytes that are no UTF-8 become U+FFFD.
std::string as_json(const std::vector<ResultRow>& rows);

} // namespace ssp::command
