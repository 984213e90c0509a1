#pragma once
#include "base/result.h"
#include "base/secret_string.h"
#include "base/unique_fd.h"

#include <string_view>

namespace ssp::command {

/// Where a person reads prompts and types answers: the controlling terminal, or standard input and standard
/// error when there is none. Codes come from here and never from the command line.
class Terminal {
public:
    /// The terminal of this process.
    static Terminal of_this_process();
    /// `in`, `out`: descriptors that outlive this object.
    Terminal(int in, int out) noexcept : in_(in), out_(out) {}

    /// Shows `text` as it is and reads one line, without its newline. `echo` false: what is typed is not
    /// shown (only a terminal can do that; a pipe shows nothing anyway). 0..512 bytes without NUL; whatever
    /// else is typed is explained and asked again. A signal that ends the program leaves the terminal as it
    /// was. Errors: claimant_left: end of input, or reading failed.
    Result<SecretString> ask(std::string_view text, bool echo);

private:
    UniqueFd controlling_;
    int in_;
    int out_;
};

} // namespace ssp::command
