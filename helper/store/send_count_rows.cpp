#include "store/send_count_rows.h"

#include <charconv>
#include <fmt/format.h>

namespace ssp {

/// Which row: the numbers are those of the schema.
struct SendCountRows::Key {
    std::int64_t kind = 0;
    std::string subject;

    static Key number(const SendReceipt& message)
    {
        return {1, std::string(message.number.begin(), message.number.end())};
    }
    static Key source(const SendReceipt& message) { return {2, message.source}; }
    static Key region(const SendReceipt& message) { return {3, message.region}; }
    static Key channel(Channel channel)
    {
        return {4, channel == Channel::voice_call ? "voice-call" : "text-message"};
    }
    static Key notices(std::string of) { return {5, std::move(of)}; }
};

namespace {

constexpr const char* everybody = "everybody";

std::int64_t seconds(WallTime time) { return time.time_since_epoch().count(); }

Error tampered(std::int64_t kind)
{
    return Error{ErrorKind::store_tampered, fmt::format("a send count of kind {}", kind)};
}

std::string text_of(const std::vector<SentThen>& steps)
{
    std::string text;
    for (const auto& then : steps)
        text += fmt::format("{}{} {} {}", text.empty() ? "" : ",", seconds(then.from), then.sent,
                            then.typed_back);
    return text;
}

/// Of a text whose MAC holds.
std::vector<SentThen> steps_of(const std::string& text)
{
    std::vector<SentThen> steps;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::array<std::int64_t, 3> numbers{};
        for (auto& number : numbers) {
            at = std::from_chars(at, end, number).ptr;
            at += at < end ? 1 : 0; // " " or ","
        }
        steps.push_back(
            {WallTime(Seconds(numbers[0])), static_cast<int>(numbers[1]), static_cast<int>(numbers[2])});
    }
    return steps;
}

} // namespace

Fields SendCountRows::signed_fields(const Seals& seals, const Key& key, const std::string& steps,
                                    WallTime alarmed_at, WallTime last_at) const
{
    Fields fields("send count");
    fields.add(seals.key_id).add(key.kind).add(key.subject).add(steps);
    fields.add(seconds(alarmed_at)).add(seconds(last_at));
    return fields;
}

Result<SendCount> SendCountRows::load(const Key& key)
{
    auto row = connection_.query("SELECT steps, alarmed_at, last_at, mac, key_id FROM send_count"
                                 " WHERE kind = $1 AND subject = $2",
                                 key.kind, Blob{key.subject});
    SendCount count;
    if (!row.next())
        return count;
    const auto steps = row.bytes(0);
    count.alarmed_at = row.wall_time(1);
    const auto* seals = keys_.under(row.number(4));
    if (seals == nullptr ||
        !seals->rows.holds(signed_fields(*seals, key, steps, count.alarmed_at, row.wall_time(2)),
                           row.bytes(3)))
        return tampered(key.kind);
    count.steps = steps_of(steps);
    return count;
}

Result<SendCounts> SendCountRows::load(const SendReceipt& message, Channel channel)
{
    SendCounts counts;
    const std::pair<Key, SendCount&> all[] = {
        {Key::number(message), counts.number},
        {Key::source(message), counts.source},
        {Key::region(message), counts.region},
        {Key::channel(channel), counts.channel},
    };
    for (const auto& [key, count] : all) {
        auto loaded = load(key);
        if (!loaded)
            return loaded.error();
        count = std::move(*loaded);
    }
    return counts;
}

Result<int> SendCountRows::renew(Place& place, int most)
{
    struct Old {
        Key key;
        std::string steps;
        WallTime alarmed_at;
        WallTime last_at;
        std::string mac;
        const Seals* seals;
    };
    std::vector<Old> all;
    const auto& newest = keys_.newest();
    {
        auto rows =
            connection_.query("SELECT kind, subject, steps, alarmed_at, last_at, mac, key_id FROM send_count"
                              " WHERE key_id <> $1 AND (kind, subject) > ($2, $3)"
                              " ORDER BY kind, subject LIMIT $4",
                              newest.key_id, place.kind, Blob{place.subject}, std::int64_t{most});
        while (rows.next())
            all.push_back({{rows.number(0), rows.bytes(1)},
                           rows.bytes(2),
                           rows.wall_time(3),
                           rows.wall_time(4),
                           rows.bytes(5),
                           keys_.under(rows.number(6))});
    }
    for (const auto& old : all) {
        place = {old.key.kind, old.key.subject};
        if (old.seals == nullptr ||
            !old.seals->rows.holds(signed_fields(*old.seals, old.key, old.steps, old.alarmed_at, old.last_at),
                                   old.mac))
            return tampered(old.key.kind);
        connection_.run(
            "UPDATE send_count SET key_id = $1, mac = $2 WHERE kind = $3 AND subject = $4", newest.key_id,
            newest.rows.of(signed_fields(newest, old.key, old.steps, old.alarmed_at, old.last_at)),
            old.key.kind, Blob{old.key.subject});
    }
    return static_cast<int>(all.size());
}

void SendCountRows::save(const Key& key, const SendCount& before, const SendCount& after, WallTime now)
{
    if (after == before)
        return;
    const auto steps = text_of(after.steps);
    const auto& seals = keys_.newest();
    connection_.run("INSERT INTO send_count (kind, subject, steps, alarmed_at, last_at, key_id, mac)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                    " ON CONFLICT (kind, subject) DO UPDATE SET steps = excluded.steps,"
                    " alarmed_at = excluded.alarmed_at, last_at = excluded.last_at,"
                    " key_id = excluded.key_id, mac = excluded.mac",
                    key.kind, Blob{key.subject}, steps, after.alarmed_at, now, seals.key_id,
                    seals.rows.of(signed_fields(seals, key, steps, after.alarmed_at, now)));
}

void SendCountRows::save(const SendReceipt& message, Channel channel, const SendCounts& before,
                         const SendCounts& after, WallTime now)
{
    forget_old(now);
    save(Key::number(message), before.number, after.number, now);
    save(Key::source(message), before.source, after.source, now);
    save(Key::region(message), before.region, after.region, now);
    save(Key::channel(channel), before.channel, after.channel, now);
}

void SendCountRows::forget_old(WallTime now)
{
    connection_.run("DELETE FROM send_count WHERE last_at <= $1 OR last_at > $2", now - longest_send_window,
                    now + longest_send_window);
}

Result<NoticeCounts> SendCountRows::load_notices(const std::string& whom, std::string_view news)
{
    NoticeCounts counts;
    const std::pair<Key, SendCount&> all[] = {
        {Key::notices(fmt::format("{} {}", whom, news)), counts.kind},
        {Key::notices(whom), counts.person},
        {Key::notices(everybody), counts.everybody},
        {Key::channel(Channel::text_message), counts.texts},
    };
    for (const auto& [key, count] : all) {
        auto loaded = load(key);
        if (!loaded)
            return loaded.error();
        count = std::move(*loaded);
    }
    return counts;
}

void SendCountRows::save_notices(const std::string& whom, std::string_view news, const NoticeCounts& before,
                                 const NoticeCounts& after, WallTime now)
{
    forget_old(now);
    save(Key::notices(fmt::format("{} {}", whom, news)), before.kind, after.kind, now);
    save(Key::notices(whom), before.person, after.person, now);
    save(Key::notices(everybody), before.everybody, after.everybody, now);
    save(Key::channel(Channel::text_message), before.texts, after.texts, now);
}

std::vector<SendCountRows::Key> SendCountRows::later_than(WallTime time)
{
    std::vector<Key> keys;
    auto found = connection_.query("SELECT kind, subject FROM send_count WHERE last_at > $1", time);
    while (found.next())
        keys.push_back({found.number(0), found.bytes(1)});
    return keys;
}

Result<void> SendCountRows::set_right(WallTime now)
{
    for (const auto& key : later_than(now)) {
        const auto before = load(key);
        if (!before)
            return before.error();
        auto after = *before;
        ssp::set_right(after, now);
        save(key, *before, after, now);
    }
    return {};
}

Result<void> SendCountRows::take_higher(SendCountRows& other, WallTime now)
{
    for (const auto& key : other.later_than(now - longest_send_window)) {
        const auto theirs = other.load(key);
        if (!theirs)
            continue;
        const auto before = load(key);
        if (!before)
            return before.error();
        auto after = *before;
        ssp::take_higher(after, *theirs);
        save(key, *before, after, now);
    }
    return {};
}

} // namespace ssp
