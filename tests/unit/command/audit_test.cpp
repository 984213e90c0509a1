// `ssp-mfa audit`, the program itself, given as the first argument, on a database that a store wrote.
#include "base/clock.h"
#include "command/acting_as.h"
#include "command/audit_lines.h"
#include "store/sqlite_store.h"
#include "support/manual_clock.h"

#include <SQLiteCpp/Database.h>
#include <list>
#include <poll.h>
#include <sstream>

#include "program_host.h"

using namespace ssp;
using namespace ssp::testing;
using ssp::command::ActingAs;
using ssp::command::StateOwner;

namespace {

AuditEntry by_alice(std::string event)
{
    AuditEntry entry;
    entry.event = std::move(event);
    entry.person = {1000, "alice"};
    entry.actor = "self";
    entry.service = "sshd";
    entry.source = "192.0.2.7";
    entry.method = "app";
    entry.detail = "reference 7K4Q-92";
    return entry;
}

/// A host that `ssp-mfa init` made ready. What is written is written as ssp-mfad would.
struct Audited : Host {
    ManualClock clock;
    AuditHead head;

    Audited() { CHECK(run({"init"}).status == 0); }

    void write(const std::vector<AuditEntry>& entries)
    {
        const ActingAs acting(owner());
        SqliteStore::Settings settings;
        settings.path = root.path("state/ssp-mfa.db");
        settings.key = *read_master_key(nullptr, root.path("master.key"));
        settings.hooks.on_audit_head = [this](const AuditHead& newest) { head = newest; };
        SystemRandom random;
        auto store = SqliteStore::open(std::move(settings), clock, random);
        CHECK(store);
        for (const auto& entry : entries) {
            RootTask<void> task((*store)->record(entry));
            task.start([] {});
            while (!task.finished()) {
                pollfd ready{(*store)->completions_fd(), POLLIN, 0};
                CHECK(::poll(&ready, 1, 20000) == 1);
                (*store)->run_completions();
            }
            clock.advance(std::chrono::hours(1));
        }
    }
    void edit(const char* sql)
    {
        const ActingAs acting(owner());
        CHECK(SQLite::Database(root.path("state/ssp-mfa.db"), SQLite::OPEN_READWRITE, 5000).exec(sql) > 0);
    }
    static StateOwner owner()
    {
        const auto* user = ::geteuid() == 0 ? ::getpwnam("nobody") : ::getpwuid(::geteuid());
        return {user->pw_name, user->pw_uid, user->pw_gid};
    }
    std::string journals_head() const
    {
        return std::to_string(head.sequence) + ":" + ssp::command::hex(head.mac);
    }
};

std::vector<nlohmann::json> lines_of(const Ended& ended)
{
    std::vector<nlohmann::json> lines;
    std::istringstream text(ended.out);
    for (std::string line; std::getline(text, line);)
        lines.push_back(nlohmann::json::parse(line));
    return lines;
}

void a_whole_trail_is_said_to_be_whole_with_its_head()
{
    Audited host;
    host.write({by_alice("sign-in-accepted"), by_alice("sign-in-refused")});
    const auto ended = host.run({"audit", "verify", "--json", "--head=" + host.journals_head()});
    CHECK(ended.status == 0 && ended.err.empty());
    const auto row = json_of(ended).at(0);
    CHECK(row.at("audit_trail") == "whole" && row.at("rows") == "2");
    CHECK(row.at("head") == host.journals_head());
}

void a_broken_trail_is_status_1_and_the_row_is_named()
{
    Audited host;
    host.write({by_alice("sign-in-accepted"), by_alice("sign-in-refused"), by_alice("sign-in-refused")});
    host.edit("UPDATE audit SET name = 'bob' WHERE sequence = 2");
    const auto ended = host.run({"audit", "verify"});
    CHECK(ended.status == 1);
    CHECK(says(ended.out, "first bad row:  2\n") && says(ended.out, "a row was changed"));
    const auto out = host.run({"audit", "export"});
    CHECK(out.status == 1 && lines_of(out).size() == 3 && says(out.err, "row 2 of node"));
}

void a_trail_that_was_cut_off_with_its_head_is_seen_by_the_journals_head()
{
    Audited host;
    host.write({by_alice("sign-in-accepted"), by_alice("sign-in-refused")});
    const auto late = host.journals_head();
    host.edit("DELETE FROM audit; DELETE FROM audit_head");
    CHECK(host.run({"audit", "verify"}).status == 0); // nothing inside says that there was something
    const auto compared = host.run({"audit", "verify", "--head=" + late});
    CHECK(compared.status == 1 && says(compared.out, "row 2 was seen earlier"));
}

void an_export_has_the_rows_of_its_time_as_json_lines()
{
    Audited host;
    host.write({by_alice("first"), by_alice("second"), by_alice("third")});
    const auto all = lines_of(host.run({"audit", "export"}));
    CHECK(all.size() == 3);
    const auto& first = all.at(0);
    CHECK(first.at("record") == "row" && first.at("sequence") == 1 && first.at("event") == "first");
    CHECK(first.at("at") == "2026-11-23T08:00:00Z" && first.at("person") == "alice" &&
          first.at("uid") == 1000);
    CHECK(first.at("actor") == "self" && first.at("service") == "sshd" && first.at("source") == "192.0.2.7");
    CHECK(first.at("method") == "app" && first.at("detail") == "reference 7K4Q-92");
    CHECK(first.at("mac").get<std::string>().size() == 64 &&
          first.at("node").get<std::string>().size() == 16);
    const auto part =
        lines_of(host.run({"audit", "export", "--from=2026-11-23T09:00:00Z", "--to=2026-11-23T10:00:00Z"}));
    CHECK(part.size() == 1 && part.at(0).at("event") == "second");
    CHECK(lines_of(host.run({"audit", "export", "--from", "2026-11-24"})).empty());
}

void no_field_forges_a_line_of_an_export()
{
    Audited host;
    auto hostile = by_alice("event\"}\n{\"record\":\"row\",\"event\":\"forged");
    hostile.person.name = "\x1b[2J\x1b]0;owned\x07";
    hostile.service = "bad \xff utf-8";
    hostile.detail = "\xe2\x80\xa8 line separator";
    host.write({hostile});
    const auto ended = host.run({"audit", "export"});
    CHECK(ended.out.find_first_of("\x1b\x07\x7f\xff\xe2") == std::string::npos);
    const auto lines = lines_of(ended);
    CHECK(lines.size() == 1 && lines.at(0).at("event") == hostile.event);
    CHECK(lines.at(0).at("person") == hostile.person.name && lines.at(0).at("detail") == hostile.detail);
    CHECK(lines.at(0).at("service") ==
          nlohmann::json(std::vector<int>{98, 97, 100, 32, 255, 32, 117, 116, 102, 45, 56}));
}

void an_export_that_cannot_be_written_to_its_end_is_no_success()
{
    Audited host;
    host.write({by_alice("first")});
    host.stdout_file = "/dev/full";
    const auto ended = host.run({"audit", "export"});
    CHECK(ended.status == 1 && says(ended.err, "could not be written"));
}

void words_that_are_wrong_are_status_2()
{
    Host host;
    for (const auto& words :
         {Words{"audit"}, Words{"audit", "show"}, Words{"audit", "verify", "now"},
          Words{"audit", "verify", "--from=2026-11-23"}, Words{"audit", "export", "--head=1:00"},
          Words{"audit", "verify", "--head=1:00"}, Words{"audit", "verify", "--reason=x"},
          Words{"audit", "export", "--from=yesterday"}, Words{"audit", "export", "--to=2026-02-30"},
          Words{"audit", "export", "--to=2026-11-23T08:00:00"}, Words{"status", "--head=x"}})
        CHECK(host.run(words).status == 2);
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc != 2)
        return 2;
    program = argv[1];
    const CMUnitTest tests[] = {
        SENTENCE(a_whole_trail_is_said_to_be_whole_with_its_head),
        SENTENCE(a_broken_trail_is_status_1_and_the_row_is_named),
        SENTENCE(a_trail_that_was_cut_off_with_its_head_is_seen_by_the_journals_head),
        SENTENCE(an_export_has_the_rows_of_its_time_as_json_lines),
        SENTENCE(no_field_forges_a_line_of_an_export),
        SENTENCE(an_export_that_cannot_be_written_to_its_end_is_no_success),
        SENTENCE(words_that_are_wrong_are_status_2),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
