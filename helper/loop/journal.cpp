#include "loop/journal.h"

#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <iterator>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <vector>

namespace ssp {

namespace {

void append_escaped(std::string& line, std::string_view bytes, bool quoted)
{
    for (const char c : bytes) {
        if (c < 0x20 || c > 0x7e || c == '\\' || (quoted && c == '"'))
            fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
        else
            line += c;
    }
}

/// True when standard error goes to the journal (systemd.exec(5), JOURNAL_STREAM): then it takes fields too.
bool started_by_systemd()
{
    const char* stream = std::getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): nobody writes it
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0)
        return false;
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

const char* word(Severity severity)
{
    switch (severity) {
    case Severity::alert: return "alert";
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::notice: return "notice";
    case Severity::info: return "info";
    }
    return "error";
}

/// In capitals, as the journal wants its field names.
std::string journal_name(std::string_view name)
{
    std::string capitals = "SSP_";
    for (const char c : name)
        capitals += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return capitals;
}

} // namespace

std::string journal_line(std::string_view message, std::initializer_list<JournalField> fields)
{
    std::string line;
    append_escaped(line, message, false);
    for (const auto& field : fields) {
        const bool quoted =
            field.value.empty() || field.value.find_first_of(" \"\\=") != std::string_view::npos;
        line += ' ';
        line += field.name;
        line += '=';
        if (quoted)
            line += '"';
        append_escaped(line, field.value, quoted);
        if (quoted)
            line += '"';
    }
    return line;
}

std::string raw_journal_line(Severity severity, std::string_view message)
{
    const auto line = journal_line(message, {});
    return started_by_systemd() ? fmt::format("<{}>{}\n", static_cast<int>(severity), line) // sd-daemon(3)
                                : fmt::format("{}: {}\n", word(severity), line);
}

void journal(Severity severity, std::string_view message, std::initializer_list<JournalField> fields)
{
    const auto line = journal_line(message, fields);
    if (started_by_systemd()) {
        std::vector<std::string> items{"MESSAGE=" + line,
                                       "PRIORITY=" + std::to_string(static_cast<int>(severity))};
        for (const auto& field : fields)
            items.push_back(journal_name(field.name) + "=" + std::string(field.value));
        std::vector<iovec> parts;
        for (auto& item : items)
            parts.push_back({item.data(), item.size()});
        if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0)
            return;
    }
    const auto whole = fmt::format("{}: {}\n", word(severity), line);
    while (::write(STDERR_FILENO, whole.data(), whole.size()) < 0 && errno == EINTR) {
    }
}

} // namespace ssp
