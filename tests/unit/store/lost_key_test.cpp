// The master key is lost: nothing of before is believed but locks, nothing is deleted, and the trail says so.
#include "unit/store/sqlite_fixture.h"

#include "store/audit_review.h"
#include "store/lost_key.h"

#include <filesystem>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

namespace fs = std::filesystem;

const MasterKey* const no_key = nullptr;

struct House : SqliteFixture {
    std::string kept = path() + ".lost-now";

    Result<UnreadableDatabase> look(const MasterKey* key = no_key, const MasterKey* next = no_key) const
    {
        return look_at_unreadable(path(), key, next);
    }
    Result<void> begin(const MasterKey& key)
    {
        auto before = look();
        if (!before)
            return before.error();
        return begin_anew({path(), "ticket 4711", kept, std::move(*before)}, key, random, clock);
    }
    /// Alice with an app, Mallory locked, Nina locked and reset. Closed.
    void fill()
    {
        enrol_alice();
        const auto mallory = get(store->add_subscriber({1001, "mallory"}));
        get(store->act(mallory, DeskAct::lock, "ticket 1", entry("user-locked")));
        const auto nina = get(store->add_subscriber({1002, "nina"}));
        get(store->act(nina, DeskAct::reset, "ticket 2", entry("user-reset")));
        get(store->act(nina, DeskAct::lock, "ticket 3", entry("user-locked")));
        close();
    }
    SqliteStore& open_under(const MasterKey& key)
    {
        store.reset();
        auto opened = try_open({key.bytes.clone(), false});
        if (!opened)
            throw std::runtime_error(opened.error().detail);
        store = std::move(*opened);
        return *store;
    }
};

void whoever_was_enrolled_is_not_any_more_and_who_was_locked_still_is()
{
    House house;
    house.fill();
    const auto key = test_key('n');
    CHECK(house.begin(key));
    house.open_under(key);
    CHECK(!*house.find_alice());
    const auto mallory = house.get(house.store->find_subscriber({1001, "mallory"}));
    CHECK(mallory && mallory->locked_by_desk && mallory->lock_reason == "ticket 1");
    const auto nina = house.get(house.store->find_subscriber_by_name("nina"));
    CHECK(nina && nina->locked_by_desk);
    CHECK(house.get(house.store->find_subscriber({1002, "nina"}))); // whatever her uid is
    house.enrol_alice();
    CHECK(house.get(house.store->accept((*house.find_alice())->id, house.step(101), 0, entry("accepted"))));
}

void neither_the_old_key_nor_another_opens_the_new_database()
{
    House house;
    house.fill();
    const auto key = test_key('n');
    CHECK(house.begin(key));
    CHECK(!house.try_open(test_key()));
    CHECK(!house.try_open(test_key('z')));
    CHECK(house.try_open(test_key('n')));
}

void the_old_database_is_kept_as_it_was_and_its_key_opens_it()
{
    House house;
    house.fill();
    const auto rows = house.number("SELECT count(*) FROM audit");
    CHECK(house.begin(test_key('n')));
    for (const char* suffix : {"", ".mark"})
        fs::rename(house.kept + suffix, house.path() + suffix);
    CHECK(house.number("SELECT count(*) FROM audit") == rows);
    house.open();
    CHECK((*house.find_alice())->authenticators.size() == 1);
}

void the_first_row_says_what_happened_and_the_trail_is_whole()
{
    House house;
    house.fill();
    const auto before = house.look();
    CHECK(before && before->head.sequence > 0 && before->people == 3 && before->locked.size() == 2);
    CHECK(house.begin(test_key('n')));
    CHECK(house.number("SELECT count(*) FROM audit") == 3); // it, and two locks
    CHECK(house.number("SELECT count(*) FROM audit WHERE sequence = 1 AND event = 'master-key-lost'"
                       " AND actor = 'root' AND detail LIKE 'ticket 4711; begins anew after node " +
                       before->head.node_id + ", whose last audit row was " +
                       std::to_string(before->head.sequence) + " with MAC %; kept as ssp-mfa.db.lost-now'") ==
          1);
    CHECK(house.number("SELECT count(*) FROM installation WHERE node_id = '" + before->head.node_id + "'") ==
          0);
    house.open_under(test_key('n'));
    house.close();
    house.edit("UPDATE audit SET detail = 'nothing' WHERE sequence = 3");
    CHECK(house.try_open(test_key('n'))); // the end is what opening looks at; the review looks at all
    house.edit("UPDATE audit_head SET sequence = 2");
    CHECK(!house.try_open(test_key('n')));
}

void a_key_that_opens_the_database_is_not_lost()
{
    House house;
    house.fill();
    const auto ours = test_key();
    const auto other = test_key('z');
    for (const auto& [key, next] :
         {std::pair{&ours, no_key}, {&ours, &other}, {&other, &ours}, {no_key, &ours}}) {
        const auto looked = house.look(key, next);
        CHECK(!looked && looked.error().kind == ErrorKind::not_permitted);
    }
    CHECK(house.look(&other));
    CHECK(house.look(&other, &other));
}

void one_of_the_two_keys_of_a_rotation_is_not_enough()
{
    House house;
    house.fill();
    house.next_key = 'n';
    house.open();
    auto begun = house.store->rotate_key(entry("master-key-rotation-began"));
    CHECK(house.get(std::move(begun)).next != "");
    house.close();
    const auto ours = test_key();
    const auto next = test_key('n');
    if (house.number("SELECT count(*) FROM key_rotation") == 1)
        CHECK(house.look(&ours) && house.look(no_key, &next));
    CHECK(!house.look(&ours, &next));
}

void a_database_that_somebody_has_open_is_left_alone()
{
    House house;
    house.fill();
    house.open();
    const auto looked = house.look();
    CHECK(!looked && looked.error().detail.find("key rotate") != std::string::npos);
    house.close();
    CHECK(house.look());
}

void what_is_no_database_of_ours_is_left_alone()
{
    House house;
    house.fill();
    house.edit("PRAGMA application_id = 7");
    CHECK(!house.look());
    house.own_folder.write("ssp-mfa.db", "root:x:0:0:root:/root:/bin/bash\n");
    CHECK(!house.look());
    CHECK(unlink(house.path().c_str()) == 0);
    CHECK(!house.look());
}

/// Random numbers that give out, one later each time: whatever was made goes again.
struct Failing : Random {
    int left = 0;
    SystemRandom real;
    Result<void> fill(std::span<unsigned char> bytes) override
    {
        if (left-- <= 0)
            return Error{ErrorKind::internal, "no more chance"};
        return real.fill(bytes);
    }
};

void a_beginning_that_fails_leaves_the_old_database_and_nothing_else()
{
    House house;
    house.fill();
    const auto before = house.look();
    CHECK(before);
    Failing random;
    int failed = 0;
    for (int least = 0; least < 3; ++least) {
        random.left = least;
        const auto begun =
            begin_anew({house.path(), "ticket", house.kept, *before}, test_key('n'), random, house.clock);
        failed += begun ? 0 : 1;
        CHECK(begun || !fs::exists(house.kept));
        if (begun)
            break;
        CHECK(house.try_open());
    }
    CHECK(failed > 0);
}

void an_interrupted_beginning_is_refused_and_can_be_done_again()
{
    House house;
    house.fill();
    CHECK(house.begin(test_key('n')));
    // As a crash between the mark and the exchange leaves it: the new mark, and the old database.
    fs::rename(house.path(), house.path() + ".aside");
    fs::rename(house.kept, house.path());
    CHECK(!house.try_open());
    CHECK(!house.try_open(test_key('n')));
    house.kept = house.path() + ".lost-later";
    CHECK(house.begin(test_key('m')));
    CHECK(house.try_open(test_key('m')));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(whoever_was_enrolled_is_not_any_more_and_who_was_locked_still_is),
        SENTENCE(neither_the_old_key_nor_another_opens_the_new_database),
        SENTENCE(the_old_database_is_kept_as_it_was_and_its_key_opens_it),
        SENTENCE(the_first_row_says_what_happened_and_the_trail_is_whole),
        SENTENCE(a_key_that_opens_the_database_is_not_lost),
        SENTENCE(one_of_the_two_keys_of_a_rotation_is_not_enough),
        SENTENCE(a_database_that_somebody_has_open_is_left_alone),
        SENTENCE(what_is_no_database_of_ours_is_left_alone),
        SENTENCE(a_beginning_that_fails_leaves_the_old_database_and_nothing_else),
        SENTENCE(an_interrupted_beginning_is_refused_and_can_be_done_again),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
