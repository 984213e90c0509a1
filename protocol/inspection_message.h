#pragma once
// What the command `ssp-mfa` asks ssp-mfa-deliveryd, on the socket and by the rules of delivery_message.h.
//
//   command -> deliveryd   survey             how do the providers fare?
//   deliveryd -> command   surveyed* finished
//   command -> deliveryd   trial              hand over a message without a code, and tell each step
//   deliveryd -> command   step* called* delivered called* finished
//
// Only root may: from anybody else they end the connection.
#include "protocol/delivery_message.h"

namespace ssp::protocol {

/// survey: 15 bytes with the frame's head.
struct Survey {
    std::uint32_t number = 0; ///< of the request
};

/// trial: at most 131 bytes.
struct Trial {
    std::uint32_t number = 0;
    Carriage carriage = Carriage::text_message;
    std::string_view region;   ///< ISO 3166, two capitals; where a number without "+" is read
    std::string_view typed;    ///< as a person typed it; 1..max_typed_bytes, any bytes
    std::string_view language; ///< ISO 639-1, two small letters
    std::string_view provider; ///< 0..32, a-z, 0-9 and "-"; empty: by the routes
};

/// The numbers are those of ssp::Breaker (helper/delivery/routing/health.h).
enum class BreakerState : std::uint8_t { closed = 1, open = 2, half_open = 3 };

/// surveyed: one provider, since the configuration was read. At most 373 bytes.
struct Surveyed {
    std::uint32_t number = 0;
    std::string_view provider;     ///< 1..32, a-z, 0-9 and "-"
    std::string_view kind;         ///< 1..16, a-z and "-"
    std::uint8_t text_message = 0; ///< 1 when it carries them
    std::uint8_t voice_call = 0;
    BreakerState breaker = BreakerState::closed;
    std::uint8_t degraded = 0;  ///< 1: the last message was queued
    std::uint16_t rest = 0;     ///< seconds until an open breaker is half open
    std::uint32_t accepted = 0; ///< how often each outcome came
    std::uint32_t queued = 0;
    std::uint32_t bad_number = 0;
    std::uint32_t retry = 0;
    std::uint32_t credentials = 0;
    std::uint32_t configuration = 0;
    std::uint32_t unknown = 0;
    std::uint32_t p50 = 0; ///< milliseconds to a hand-over, of the last 100; 0 when there was none
    std::uint32_t p95 = 0;
    std::uint64_t last_success = 0; ///< seconds since 1970; 0: never
    std::uint64_t last_error = 0;   ///< seconds since 1970; 0: never
    std::string_view said;          ///< at the last error; 0..200, showable, without newline
};

/// step: what a trial does now. At most 320 bytes.
struct Step {
    std::uint32_t number = 0;
    std::uint32_t milliseconds = 0; ///< since the trial came
    std::string_view text;          ///< 1..300, showable, without newline
};

/// finished: nothing more comes for this number. 10 bytes.
struct Finished {
    std::uint32_t number = 0;
};

} // namespace ssp::protocol
