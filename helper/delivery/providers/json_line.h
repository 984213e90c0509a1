#pragma once
#include "base/secret_string.h"

#include <string_view>

namespace ssp {

/// One JSON object on one line (RFC 8259), written into memory that is wiped; a JSON library would leave
/// copies of a code behind.
class JsonLine {
public:
    void add(std::string_view name, std::string_view value);
    void add(std::string_view name, int value);
    void add_flag(std::string_view name, bool value);
    /// What is added from here on belongs to an object in this one, until end_object().
    void begin_object(std::string_view name);
    void end_object();
    /// Everything that another line has so far; this one must be empty yet.
    void begin_with(const JsonLine& other);
    /// The line with its end. Once.
    SecretString finish();

private:
    void add_name(std::string_view name);
    void append_escaped(char c);
    void append(std::string_view bytes);

    SecretString line_ = SecretString::zeros(1024);
    std::size_t used_ = 0;
    bool first_ = true; ///< in its object
};

} // namespace ssp
