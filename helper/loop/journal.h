#pragma once
// One line for the operator: to the journal with a field for each fact, or to standard error when that is
// where the program was started. Never a code, a key, a text or a whole telephone number.
#include <initializer_list>
#include <string>
#include <string_view>

namespace ssp {

/// Who must act: the numbers are syslog's (syslog(3)).
enum class Severity {
    alert = 1,   ///< the operator, at once: nobody signs in, or somebody tampered
    error = 3,   ///< the operator, now
    warning = 4, ///< somebody, this week
    notice = 5,  ///< nobody, but it is worth knowing: started, reloaded, a person was locked
    info = 6,    ///< nobody: the ordinary course
};

/// A fact of its own: `name` is lower case a-z and "_", and becomes the field SSP_NAME of the journal.
struct JournalField {
    std::string_view name;
    std::string_view value; ///< any bytes; shown escaped
};

/// Writes one line. `message` is for people and begins it; the fields follow as name=value.
/// Never fails and never blocks for long: a line that cannot be written is lost.
void journal(Severity severity, std::string_view message, std::initializer_list<JournalField> fields = {});

/// The same as bytes for standard error, with the severity as whoever reads there expects it: for who cannot
/// make them when it happens (bus_error.h).
std::string raw_journal_line(Severity severity, std::string_view message);

/// The line that journal() writes, without the severity: message, then " name=value" for each field. Bytes
/// that are not printable ASCII come as \xNN, so do backslashes, and quotes in a value; a value with a space,
/// quote, backslash or "=" is in quotes. Nobody who chooses a value can forge a line or a field, and every
/// byte can be read back.
std::string journal_line(std::string_view message, std::initializer_list<JournalField> fields);

} // namespace ssp
