#pragma once
// The wording of messages and calls: messages/LANGUAGE.toml beside the main file, one file for a language.
#include "config/section.h"
#include "verifier/policy.h"

#include <map>
#include <string>
#include <string_view>

namespace ssp::config {

/// Where the texts of languages were written, by language and key ("en text"), for what is known only after
/// the last file.
using PlacesOfTexts = std::map<std::string, Place>;

/// Puts the wording of `path` into `policy`. `table` was read from `source`, the text of the file. Its faults
/// go to `findings`: a name that is no language, a key left out (English has them all built in), a
/// placeholder that is not known there, a text that does not begin with tag and code, or has the code twice,
/// a character that text messages do not have; each with its own line and column.
void read_messages_file(const Table& table, const std::string& path, std::string_view source, Policy& policy,
                        PlacesOfTexts& places, Findings& findings);

/// After the last file: each text, composed with this organisation, contact, origin and life of a code, fits
/// one segment; and the languages that people are given are there.
void check_messages(const Policy& policy, const PlacesOfTexts& places, Findings& findings);

} // namespace ssp::config
