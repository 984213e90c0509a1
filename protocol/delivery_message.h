#pragma once
// What travels between ssp-mfad and ssp-mfa-deliveryd.
//
//   ssp-mfad -> deliveryd   judge | deliver      any time, many at once, each with a new request number
//                           release              any time: nobody waits for this request any more
//   deliveryd -> ssp-mfad   judged | delivered   once for each, in any order
//                           called               with an accepted call, and whenever its state changes
//
// What the command says and hears there is in inspection_message.h. Anything else ends the connection. What
// was in flight then is unknown to ssp-mfad, and whatever deliveryd was doing for it is ended. Kinds differ
// from those of message.h, so that a program at the wrong socket is not understood.
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
    release = 67,
    survey = 68, ///< this and trial, surveyed, step, finished: inspection_message.h
    trial = 69,
    judged = 81,
    delivered = 82,
    called = 83,
    surveyed = 84,
    step = 85,
    finished = 86,
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

/// How a call goes on. The numbers are those of ssp::CallState (helper/verifier/ports.h).
enum class CallProgress : std::uint8_t {
    calling = 1,
    ringing = 2,
    answered = 3, ///< the key was not pressed yet
    speaking = 4,
    played = 5, ///< this and what follows are ends
    no_key = 6,
    hung_up = 7,
    busy = 8,
    no_answer = 9,
    refused = 10,
    failed = 11,
};

/// judge: may this number be used? At most 91 bytes with the frame's head.
struct Judge {
    std::uint32_t number = 0; ///< of the request
    Carriage carriage = Carriage::text_message;
    std::string_view region; ///< ISO 3166, two capitals; where a number without "+" is read
    std::string_view typed;  ///< as a person typed it; 1..max_typed_bytes, any bytes
};

/// judged: the answer. Either e164 and region, or reason are empty. At most 223 bytes.
struct Judged {
    std::uint32_t number = 0;
    std::uint8_t usable = 0;
    std::string_view e164;   ///< "+" and 2..15 digits
    std::string_view reason; ///< 1..200, showable, without newline: plain words for the person
    std::string_view region; ///< ISO 3166, two capitals: of the number
};

/// deliver: carry this code. At most 734 bytes with the frame's head.
struct Deliver {
    std::uint32_t number = 0;
    Carriage carriage = Carriage::text_message;
    std::uint16_t deadline = 0;       ///< seconds, 1..300, until delivered must be said
    std::string_view to;              ///< "+" and 2..15 digits
    std::string_view text;            ///< text message: 1..640, showable; voice call: empty
    std::string_view digits;          ///< voice call: 4..10 digits; text message: empty
    std::string_view tag;             ///< two characters, A-Z and 0-9; 00: a notice, which has no code
    std::string_view reference;       ///< idempotency key: 32 hex digits
    std::string_view language = "en"; ///< ISO 639-1, two small letters: of a call's words
};

/// release: nobody waits for this deliver any more; a call that goes on is hung up. Nothing answers. 10
/// bytes.
struct Release {
    std::uint32_t number = 0; ///< of the deliver
};

/// delivered: what became of one deliver. 14 bytes.
struct Delivered {
    std::uint32_t number = 0;
    Handover handover = Handover::unknown;
};

/// called: how the call of an accepted deliver stands now. 14 bytes.
struct Called {
    std::uint32_t number = 0; ///< of the deliver
    CallProgress progress = CallProgress::failed;
};

} // namespace ssp::protocol
