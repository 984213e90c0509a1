#pragma once
#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace ssp::command {

/// One command line, taken apart. Options may stand anywhere; "--" ends them.
struct Invocation {
    std::string config_file = "/etc/ssp-mfa/ssp-mfa.toml";
    bool json = false;
    bool help = false;
    bool version = false;
    bool force = false; ///< backup: replace what is there
    std::optional<std::string> reason;
    /// What send-test shall do.
    struct Trial {
        std::optional<std::string> channel;
        std::optional<std::string> provider;
        std::optional<std::string> language;
        bool operator==(const Trial&) const = default;
    } trial;
    /// What audit compares with, and which rows it writes out.
    struct Audit {
        std::optional<std::string> head;
        std::optional<std::string> from;
        std::optional<std::string> to;
        bool operator==(const Audit&) const = default;
    } audit;
    std::vector<std::string> words; ///< the verb and what belongs to it
};

/// Takes `argv` (as main() gets it) apart. Error malformed: an unknown option, or one without its value; its
/// detail is a sentence for the person.
Result<Invocation> read_command_line(int argc, char* argv[]);

} // namespace ssp::command
