#pragma once
// What travels between ssp-mfad and ssp-mfa-deliveryd.
//
//   ssp-mfad -> deliveryd   judge | deliver      any time, many at once, each with a new request number
//   deliveryd -> ssp-mfad   judged | delivered   once for each, in any order
//
// Anything else ends the connection. What was in flight then is unknown to ssp-mfad, and whatever
// deliveryd was doing for it is ended. Kinds differ from those of message.h, so that a program at the
// wrong socket is not understood.
//
// As in message.h every field is always present, in the order below. Limits are in bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ssp::protocol {

inline constexpr std::uint16_t delivery_version = 1;
inline constexpr std::size_t max_typed_bytes = 64;

enum class DeliveryKind : std::uint8_t {
    judge = 65,
    deliver = 66,
    judged = 81,
    delivered = 82,
};

enum class Carriage : std::uint8_t { text_message = 1, voice_call = 2 };

/// What became of a message. The numbers are those of ssp::DeliveryOutcome (helper/verifier/ports.h).
enum class Handover : std::uint8_t {
    accepted = 1,
    queued = 2,
    bad_number = 3,
    retry = 4,
    credentials = 5,
    configuration = 6,
    unknown = 7, ///< it may have been sent
};

/// judge: may this number be used? At most 91 bytes with the frame's head.
struct Judge {
    std::uint32_t number = 0; ///< of the request
    Carriage carriage = Carriage::text_message;
    std::string_view region; ///< ISO 3166, two capitals; where a number without "+" is read
    std::string_view typed;  ///< as a person typed it; 1..max_typed_bytes, any bytes
};

/// judged: the answer. Either e164 or reason is empty. At most 220 bytes.
struct Judged {
    std::uint32_t number = 0;
    std::uint8_t usable = 0;
    std::string_view e164;   ///< "+" and 2..15 digits
    std::string_view reason; ///< 1..200, showable, without newline: plain words for the person
};

/// deliver: carry this code. At most 729 bytes with the frame's head.
struct Deliver {
    std::uint32_t number = 0;
    Carriage carriage = Carriage::text_message;
    std::uint16_t deadline = 0; ///< seconds, 1..300, until delivered must be said
    std::string_view to;        ///< "+" and 2..15 digits
    std::string_view text;      ///< text message: 1..640, showable; voice call: empty
    std::string_view digits;    ///< voice call: 4..10 digits; text message: empty
    std::string_view tag;       ///< two characters, A-Z and 0-9
    std::string_view reference; ///< idempotency key: 32 hex digits
};

/// delivered: the end of one deliver. 14 bytes.
struct Delivered {
    std::uint32_t number = 0;
    Handover handover = Handover::unknown;
};

} // namespace ssp::protocol
