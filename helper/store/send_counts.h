#pragma once
// What limits sending beside the person: the number, the source, the region, and all together. Pure; both
// stores keep the counts and change them only through these functions, inside the transaction of the act.
// docs/explanation/sending-limits.md says what each is for.
#include "verifier/ports.h"

#include <string>
#include <string_view>
#include <vector>

namespace ssp {

/// Messages that were counted from `from` on, for as long as one step of their count.
struct SentThen {
    WallTime from{};
    int sent = 0;
    int typed_back = 0;
    bool operator==(const SentThen&) const = default;
};

/// The count of one number, source, region or channel.
struct SendCount {
    std::vector<SentThen> steps; ///< of its window, oldest first
    WallTime alarmed_at{};       ///< region: when few codes came back; 0: never
    bool operator==(const SendCount&) const = default;
};

/// What one message is counted for.
struct SendCounts {
    SendCount number;
    SendCount source;
    SendCount region;
    SendCount channel;
};

/// An IPv6 address counts with its /64, because a host has all of one; IPv4 the same in either form. What is
/// no address counts as it is, cut at 64 bytes. Empty stays empty: a console is no source.
std::string counted_source(std::string_view source);

/// Books one message in all counts, or refuses and leaves them as they are (but for SendCount::alarmed_at).
SendReservation reserve_counted(SendCounts& counts, const SendRequest& request, WallTime now,
                                const SendLimits& limits);

/// The audit rows of one reservation, from what the caller of reserve_send() said of it.
std::vector<AuditEntry> rows_of(const SendReservation& reservation, const SendRequest& request,
                                const AuditEntry& entry);

/// What one notice to an owner is counted for.
struct NoticeCounts {
    SendCount kind;      ///< this person, this news
    SendCount person;    ///< all news of this person
    SendCount everybody; ///< all notices of this host
    SendCount texts;     ///< SendCounts::channel of text messages: the hour of codes and notices together
};

/// How many notices one person may get in a day.
struct NoticeLimits {
    int of_kind = 0;
    int in_all = 0;
    bool by_message = true; ///< false: nobody gets a text because of it, and the hours do not count it
};
NoticeLimits limits_of(News news, bool by_message) noexcept;
/// Four summaries an hour (server/teller.h).
inline constexpr NoticeLimits administrators_limits{96, 96, true};

/// Books one notice in all counts, or refuses: false, and they stay as they are. The hour of texts takes it
/// without being asked, so that whoever fills that hour with codes cannot keep owners from hearing of it.
bool reserve_notice(NoticeCounts& counts, NoticeLimits of_person, WallTime now, const SendLimits& limits);

/// The code of a message that was booked at `at` was typed back: number and source forget it, the region
/// keeps it as typed back.
void note_typed_back(SendCounts& counts, WallTime at);

/// A message that was booked at `at` surely did not leave: all counts forget it.
void note_never_sent(SendCounts& counts, WallTime at);

/// The clock was ahead and is right now: what is not there yet counts as of now.
void set_right(SendCount& count, WallTime now);

/// Each step as high as in either.
void take_higher(SendCount& count, const SendCount& other);

/// After this long nothing of a count matters any more.
inline constexpr Seconds longest_send_window = std::chrono::hours(24);

} // namespace ssp
