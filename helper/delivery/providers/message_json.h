#pragma once
// A message as a provider program, or the reader of an outbox, gets it.
#include "verifier/ports.h"

#include <string_view>

namespace ssp {

/// One JSON object on one line (RFC 8259), ended by a newline: to, channel ("text-message" or "voice-call"),
/// text, speech (the digits to speak), language, tag, reference. Every value is a string; what does not
/// apply is "". For texts within the limits of the protocol it is shorter than a page, so that a pipe takes
/// it whole.
SecretString message_json(const OutboundMessage& message);

/// The line of an outbox: to, channel, text, speech, and `at` in UTC, "2026-11-23T08:00:00Z".
SecretString outbox_json(const OutboundMessage& message, WallTime at);

/// The channel's word, as in the configuration.
std::string_view word(Channel channel) noexcept;

} // namespace ssp
