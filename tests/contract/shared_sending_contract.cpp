// The limits that people share: number, source, region, and all together.
#include "contract/store_under_test.h"

#include <algorithm>
#include <deque>

#include "support/cmocka.h"

namespace ssp::testing {

namespace {

/// Limits that hold nobody back; each sentence lowers the one that it is about.
SendLimits wide()
{
    SendLimits limits;
    limits.number_per_quarter_hour = 1000;
    limits.number_per_day = 1000;
    limits.source_per_quarter_hour = 1000;
    limits.region_per_day = 1000;
    limits.foreign_region_per_day = 1000;
    limits.texts_per_hour = 1000;
    limits.calls_per_hour = 1000;
    return limits;
}

/// Each message is another person's, so that no limit of one person holds.
struct Crowd {
    StoreUnderTest store;
    std::uint32_t people = 0;
    unsigned char challenges = 0;

    explicit Crowd(SendLimits limits) : store({}, limits) {}

    SubscriberId newcomer()
    {
        ++people;
        return store.get(store->add_subscriber({5000 + people, "p" + std::to_string(people)}));
    }
    SendReservation reserve(SubscriberId id, SendRequest request)
    {
        return store.get(store->reserve_send(id, std::move(request), entry("")));
    }
    SendReservation send(SendRequest request) { return reserve(newcomer(), std::move(request)); }
    /// To a number of its own.
    SendRequest anywhere(std::string source = "192.0.2.7", std::string region = "US") const
    {
        auto request = message_to("+1205555" + std::to_string(1000 + people));
        request.source = std::move(source);
        request.foreign = region != "US";
        request.region = std::move(region);
        return request;
    }
    bool sends(SendRequest request) { return send(std::move(request)).answer == SendAnswer::granted; }
    std::string refusal(SendRequest request)
    {
        const auto reservation = send(std::move(request));
        CHECK(reservation.answer == SendAnswer::held_back && !reservation.receipt && !reservation.wait_until);
        return std::string(reservation.limit);
    }
    /// Sends, and types the code back.
    void send_and_type(SendRequest request)
    {
        const auto id = newcomer();
        const auto reservation = reserve(id, std::move(request));
        CHECK(reservation.answer == SendAnswer::granted);
        auto challenge = text_challenge(++challenges, store);
        challenge.send = reservation.receipt;
        store.get(store->open_challenge(id, std::move(challenge)));
        CHECK(store.get(store->accept(id, ChallengeProof{challenge_id(challenges)}, 0, entry("accepted"))));
    }
    std::ptrdiff_t count(std::string_view event)
    {
        const auto events = store.audit();
        return std::count(events.begin(), events.end(), event);
    }
};

void a_number_gets_no_more_than_its_share_whoever_asks()
{
    auto limits = wide();
    limits.number_per_quarter_hour = 6;
    Crowd crowd(limits);
    for (int i = 0; i < 6; ++i)
        CHECK(crowd.sends(message_to("+12055550123")));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_quarter_hour");
    CHECK(crowd.sends(message_to("+12055550124")));
    crowd.store.clock.advance(Seconds(899));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_quarter_hour");
    crowd.store.clock.advance(Seconds(1));
    CHECK(crowd.sends(message_to("+12055550123")));
}

void a_number_has_a_limit_for_the_day_too()
{
    auto limits = wide();
    limits.number_per_day = 20;
    Crowd crowd(limits);
    for (int i = 0; i < 20; ++i) {
        CHECK(crowd.sends(message_to("+12055550123")));
        crowd.store.clock.advance(std::chrono::hours(1));
    }
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_day");
    crowd.store.clock.advance(std::chrono::hours(4) - Seconds(1));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_day");
    crowd.store.clock.advance(Seconds(1));
    CHECK(crowd.sends(message_to("+12055550123")));
}

void an_address_gets_no_more_than_its_share_and_a_console_has_none()
{
    auto limits = wide();
    limits.source_per_quarter_hour = 3;
    Crowd crowd(limits);
    for (int i = 0; i < 3; ++i)
        CHECK(crowd.sends(crowd.anywhere()));
    CHECK_TEXT(crowd.refusal(crowd.anywhere()), "source_per_quarter_hour");
    CHECK_TEXT(crowd.refusal(crowd.anywhere("::ffff:192.0.2.7")), "source_per_quarter_hour");
    CHECK(crowd.sends(crowd.anywhere("192.0.2.8")));
    for (int i = 0; i < 9; ++i)
        CHECK(crowd.sends(crowd.anywhere("")));
    crowd.store.clock.advance(Seconds(915));
    CHECK(crowd.sends(crowd.anywhere()));
}

void all_addresses_of_one_ipv6_network_of_64_bits_are_one_source()
{
    auto limits = wide();
    limits.source_per_quarter_hour = 2;
    Crowd crowd(limits);
    CHECK(crowd.sends(crowd.anywhere("2001:db8::1")));
    CHECK(crowd.sends(crowd.anywhere("2001:db8::ffff:1")));
    CHECK_TEXT(crowd.refusal(crowd.anywhere("2001:db8:0:0:7::9")), "source_per_quarter_hour");
    CHECK(crowd.sends(crowd.anywhere("2001:db8:0:1::1")));
}

void an_office_behind_one_address_signs_in_at_nine_o_clock_with_the_shipped_limits()
{
    Crowd crowd({});
    for (int i = 0; i < 300; ++i)
        CHECK(crowd.sends(crowd.anywhere()));
    CHECK_TEXT(crowd.refusal(crowd.anywhere()), "source_per_quarter_hour");
    CHECK(crowd.count("few-typed-back") == 0);
}

void a_region_gets_no_more_than_its_share_and_a_foreign_one_less()
{
    auto limits = wide();
    limits.region_per_day = 5;
    limits.foreign_region_per_day = 2;
    Crowd crowd(limits);
    for (int i = 0; i < 5; ++i)
        CHECK(crowd.sends(crowd.anywhere()));
    CHECK_TEXT(crowd.refusal(crowd.anywhere()), "region_per_day");
    CHECK(crowd.sends(crowd.anywhere("", "CA")) && crowd.sends(crowd.anywhere("", "CA")));
    CHECK_TEXT(crowd.refusal(crowd.anywhere("", "CA")), "foreign_region_per_day");
    CHECK(crowd.sends(crowd.anywhere("", "MX")));
    crowd.store.clock.advance(std::chrono::hours(24) + Seconds(900));
    CHECK(crowd.sends(crowd.anywhere()) && crowd.sends(crowd.anywhere("", "CA")));
}

void everybody_together_gets_no_more_than_so_many_texts_and_calls_an_hour()
{
    auto limits = wide();
    limits.texts_per_hour = 3;
    limits.calls_per_hour = 1;
    Crowd crowd(limits);
    const auto call = [&crowd](const char* source) {
        auto request = crowd.anywhere(source);
        request.channel = Channel::voice_call;
        return request;
    };
    for (int i = 0; i < 3; ++i)
        CHECK(crowd.sends(crowd.anywhere("192.0.2." + std::to_string(i))));
    CHECK_TEXT(crowd.refusal(crowd.anywhere("198.51.100.1")), "texts_per_hour");
    CHECK(crowd.sends(call("")));
    CHECK_TEXT(crowd.refusal(call("198.51.100.2")), "calls_per_hour");
    crowd.store.clock.advance(Seconds(3660));
    CHECK(crowd.sends(crowd.anywhere()) && crowd.sends(call("")));
}

void what_is_refused_is_counted_nowhere()
{
    auto limits = wide();
    limits.texts_per_hour = 2;
    limits.source_per_quarter_hour = 3;
    Crowd crowd(limits);
    const auto id = crowd.newcomer();
    CHECK(crowd.sends(crowd.anywhere("198.51.100.1")) && crowd.sends(crowd.anywhere("198.51.100.1")));
    for (int i = 0; i < 9; ++i)
        CHECK(crowd.reserve(id, crowd.anywhere()).answer == SendAnswer::held_back);
    auto call = crowd.anywhere();
    call.channel = Channel::voice_call;
    CHECK(crowd.reserve(id, std::move(call)).answer == SendAnswer::granted);
    call = crowd.anywhere();
    call.channel = Channel::voice_call;
    // The person's own limit says so now, and leaves nothing behind at the source.
    CHECK(crowd.reserve(id, std::move(call)).answer == SendAnswer::too_soon);
    for (int i = 0; i < 2; ++i) {
        call = crowd.anywhere();
        call.channel = Channel::voice_call;
        CHECK(crowd.sends(std::move(call)));
    }
}

void a_code_that_is_typed_back_counts_for_region_and_hour_only()
{
    auto limits = wide();
    limits.number_per_quarter_hour = 1;
    limits.source_per_quarter_hour = 1;
    limits.region_per_day = 4;
    Crowd crowd(limits);
    for (int i = 0; i < 4; ++i)
        crowd.send_and_type(message_to("+12055550123"));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "region_per_day");

    limits = wide();
    limits.texts_per_hour = 4;
    Crowd other(limits);
    for (int i = 0; i < 4; ++i)
        other.send_and_type(other.anywhere());
    CHECK_TEXT(other.refusal(other.anywhere()), "texts_per_hour");
}

void a_code_that_binds_a_phone_is_typed_back_too()
{
    auto limits = wide();
    limits.number_per_quarter_hour = 1;
    Crowd crowd(limits);
    const auto id = crowd.newcomer();
    const auto reservation = crowd.reserve(id, message_to("+12055550123"));
    auto challenge = text_challenge(1, crowd.store);
    challenge.send = reservation.receipt;
    crowd.store.get(crowd.store->open_challenge(id, std::move(challenge)));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_quarter_hour");
    auto proven = phone("+12055550123");
    proven.proven_by = challenge_id(1);
    CHECK(crowd.store.get(crowd.store->bind(id, std::move(proven), 0, entry("bound"))));
    CHECK(crowd.sends(message_to("+12055550123")));
}

void a_message_that_never_left_counts_for_the_person_alone()
{
    auto limits = wide();
    limits.number_per_quarter_hour = limits.source_per_quarter_hour = limits.region_per_day = 1;
    limits.foreign_region_per_day = limits.texts_per_hour = 1;
    Crowd crowd(limits);
    for (unsigned char i = 1; i <= 3; ++i) {
        const auto id = crowd.newcomer();
        const auto reservation = crowd.reserve(id, message_to("+12055550123"));
        CHECK(reservation.answer == SendAnswer::granted);
        auto challenge = text_challenge(i, crowd.store);
        challenge.send = reservation.receipt;
        crowd.store.get(crowd.store->open_challenge(id, std::move(challenge)));
        crowd.store.get(crowd.store->void_challenge(id, challenge_id(i), true));
        crowd.store.get(crowd.store->void_challenge(id, challenge_id(i), true));
        // Nobody waits for another way; the person's quarter of an hour has three all the same.
        for (int more = 2; more <= 3; ++more) {
            auto next = message_to("+12055550123");
            next.channel = more == 2 ? Channel::voice_call : Channel::text_message;
            const auto again = crowd.reserve(id, std::move(next));
            CHECK(again.answer == SendAnswer::granted);
            auto another = text_challenge(static_cast<unsigned char>(10 * more + i), crowd.store);
            another.kind = more == 2 ? AuthenticatorKind::voice_call : AuthenticatorKind::text_message;
            another.send = again.receipt;
            crowd.store.get(crowd.store->open_challenge(id, std::move(another)));
            crowd.store.get(crowd.store->void_challenge(
                id, challenge_id(static_cast<unsigned char>(10 * more + i)), true));
        }
        CHECK(crowd.reserve(id, message_to("+12055550123")).answer == SendAnswer::too_soon);
    }
    CHECK(crowd.sends(message_to("+12055550123")));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_quarter_hour");
}

void a_person_who_leaves_gives_nothing_back()
{
    auto limits = wide();
    limits.number_per_quarter_hour = 1;
    Crowd crowd(limits);
    const auto id = crowd.newcomer();
    auto challenge = text_challenge(1, crowd.store);
    challenge.send = crowd.reserve(id, message_to("+12055550123")).receipt;
    crowd.store.get(crowd.store->open_challenge(id, std::move(challenge)));
    crowd.store.get(crowd.store->void_challenge(id, challenge_id(1), false));
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_quarter_hour");
}

void what_was_counted_is_still_counted_after_a_restart()
{
    auto limits = wide();
    limits.number_per_quarter_hour = 2;
    limits.source_per_quarter_hour = 3;
    limits.foreign_region_per_day = 2;
    limits.calls_per_hour = 1;
    Crowd crowd(limits);
    CHECK(crowd.sends(message_to("+12055550123")) && crowd.sends(message_to("+12055550123")));
    CHECK(crowd.sends(crowd.anywhere()));
    CHECK(crowd.sends(crowd.anywhere("", "CA")) && crowd.sends(crowd.anywhere("", "CA")));
    auto call = crowd.anywhere("");
    call.channel = Channel::voice_call;
    CHECK(crowd.sends(std::move(call)));
    crowd.store.reopen();
    CHECK_TEXT(crowd.refusal(message_to("+12055550123")), "number_per_quarter_hour");
    CHECK_TEXT(crowd.refusal(crowd.anywhere()), "source_per_quarter_hour");
    CHECK_TEXT(crowd.refusal(crowd.anywhere("", "CA")), "foreign_region_per_day");
    call = crowd.anywhere("");
    call.channel = Channel::voice_call;
    CHECK_TEXT(crowd.refusal(std::move(call)), "calls_per_hour");
}

void sixty_four_at_once_get_no_more_than_the_limit()
{
    auto limits = wide();
    limits.source_per_quarter_hour = 10;
    Crowd crowd(limits);
    std::vector<SubscriberId> people;
    for (int i = 0; i < 64; ++i)
        people.push_back(crowd.newcomer());
    std::deque<RootTask<SendReservation>> tasks;
    for (const auto id : people)
        tasks.emplace_back(crowd.store->reserve_send(id, crowd.anywhere(), entry(""))).start([] {});
    int granted = 0;
    for (auto& task : tasks) {
        while (!task.finished())
            crowd.store.turn();
        const auto reservation = task.take();
        CHECK(reservation);
        granted += reservation->answer == SendAnswer::granted ? 1 : 0;
    }
    CHECK(granted == 10);
}

void a_limit_that_held_is_in_the_audit_trail_and_impatience_is_not()
{
    auto limits = wide();
    limits.region_per_day = 1;
    Crowd crowd(limits);
    const auto id = crowd.newcomer();
    CHECK(crowd.reserve(id, crowd.anywhere()).answer == SendAnswer::granted);
    CHECK(crowd.reserve(id, crowd.anywhere()).limit == "between");
    CHECK(crowd.count("send-refused") == 0);
    CHECK_TEXT(crowd.refusal(crowd.anywhere()), "region_per_day");
    CHECK(crowd.count("send-refused") == 1);
}

void a_clock_that_was_far_ahead_holds_nobody_back_for_long()
{
    auto limits = wide();
    limits.texts_per_hour = 1;
    Crowd crowd(limits);
    crowd.store.clock.set_wall(crowd.store.clock.now() + std::chrono::days(1000));
    CHECK(crowd.sends(crowd.anywhere()));
    crowd.store.clock.set_wall(crowd.store.clock.now() - std::chrono::days(1000));
    CHECK(crowd.sends(crowd.anywhere()));
    crowd.store.clock.set_wall(crowd.store.clock.now() - Seconds(600));
    CHECK_TEXT(crowd.refusal(crowd.anywhere()), "texts_per_hour");
}

} // namespace

std::vector<CMUnitTest> shared_sending_sentences()
{
    return {
        SENTENCE(a_number_gets_no_more_than_its_share_whoever_asks),
        SENTENCE(a_number_has_a_limit_for_the_day_too),
        SENTENCE(an_address_gets_no_more_than_its_share_and_a_console_has_none),
        SENTENCE(all_addresses_of_one_ipv6_network_of_64_bits_are_one_source),
        SENTENCE(an_office_behind_one_address_signs_in_at_nine_o_clock_with_the_shipped_limits),
        SENTENCE(a_region_gets_no_more_than_its_share_and_a_foreign_one_less),
        SENTENCE(everybody_together_gets_no_more_than_so_many_texts_and_calls_an_hour),
        SENTENCE(what_is_refused_is_counted_nowhere),
        SENTENCE(a_code_that_is_typed_back_counts_for_region_and_hour_only),
        SENTENCE(a_code_that_binds_a_phone_is_typed_back_too),
        SENTENCE(a_message_that_never_left_counts_for_the_person_alone),
        SENTENCE(a_person_who_leaves_gives_nothing_back),
        SENTENCE(what_was_counted_is_still_counted_after_a_restart),
        SENTENCE(sixty_four_at_once_get_no_more_than_the_limit),
        SENTENCE(a_limit_that_held_is_in_the_audit_trail_and_impatience_is_not),
        SENTENCE(a_clock_that_was_far_ahead_holds_nobody_back_for_long),
    };
}

} // namespace ssp::testing
