#include "delivery/providers/outbox.h"

#include "base/unique_fd.h"
#include "delivery/programs.h"
#include "delivery/providers/message_json.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include "messages.h"
#include "opened.h"
#include "support/cmocka.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

std::string content_of(const std::string& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

ProviderConfig outbox_config(const std::string& file)
{
    ProviderConfig config;
    config.name = "box";
    config.kind = ProviderKind::outbox;
    config.text_message = true;
    config.file = file;
    return config;
}

DeliveryOutcome send_to(const std::string& file, const OutboundMessage& message)
{
    const ManualClock clock;
    OutboxProvider outbox(file, clock);
    const auto outcome = run_now(outbox.send(message));
    CHECK(outcome.has_value());
    return outcome->outcome;
}

void a_text_message_is_one_line_of_json()
{
    const TemporaryDirectory directory;
    const auto file = directory.path("box.jsonl");
    CHECK(send_to(file, text_message()) == DeliveryOutcome::accepted);
    CHECK_TEXT(content_of(file),
               R"({"to":"+12055550123","channel":"text-message",)"
               R"("text":"K7 123456 is your code.","speech":"","at":"2026-11-23T08:00:00Z"})"
               "\n");
}

void a_voice_call_carries_its_digits_as_speech()
{
    const TemporaryDirectory directory;
    const auto file = directory.path("box.jsonl");
    CHECK(send_to(file, voice_call()) == DeliveryOutcome::accepted);
    CHECK_TEXT(content_of(file), R"({"to":"+12055550123","channel":"voice-call","text":"","speech":"54321",)"
                                 R"("at":"2026-11-23T08:00:00Z"})"
                                 "\n");
}

void messages_are_appended_in_their_order()
{
    const TemporaryDirectory directory;
    const auto file = directory.path("box.jsonl");
    for (const char* text : {"one", "two", "three"})
        CHECK(send_to(file, text_message(text)) == DeliveryOutcome::accepted);
    const auto all = content_of(file);
    CHECK(std::ranges::count(all, '\n') == 3);
    CHECK(all.find("one") < all.find("two") && all.find("two") < all.find("three"));
    CHECK(all.find("three") != std::string::npos);
}

void no_text_can_forge_a_line_or_a_field()
{
    const auto line = message_json(text_message("a\"b\\c\nd\x01\x7f\xc3\xa9 \xe2\x82\xac"));
    CHECK_TEXT(line.reveal(),
               "{\"to\":\"+12055550123\",\"channel\":\"text-message\",\"text\":\"a\\\"b\\\\c\\nd"
               "\\u0001\\u007f\xc3\xa9 \xe2\x82\xac\",\"speech\":\"\",\"language\":\"en\",\"tag\":\"K7\","
               "\"reference\":\"aabbccddeeff00aabbccddeeff00aabb\"}\n");
}

void the_longest_text_of_the_protocol_stays_within_a_page()
{
    const auto line = message_json(text_message(std::string(640, '"')));
    CHECK(line.size() < 4096);
    CHECK(line.reveal().ends_with("}\n"));
    std::string escaped;
    for (int i = 0; i < 640; ++i)
        escaped += "\\\"";
    CHECK(line.reveal().find("\"" + escaped + "\"") != std::string::npos);
}

void the_file_is_the_owner_s_alone()
{
    const TemporaryDirectory directory;
    const auto file = directory.path("box.jsonl");
    const auto former = ::umask(0);
    const auto outcome = send_to(file, text_message());
    ::umask(former);
    CHECK(outcome == DeliveryOutcome::accepted);
    struct stat status {};
    CHECK(::stat(file.c_str(), &status) == 0 && (status.st_mode & 07777U) == 0600);
}

void neither_a_link_nor_a_fifo_nor_a_folder_is_written_to()
{
    const TemporaryDirectory directory;
    const auto target = directory.write("target", "");
    std::filesystem::create_symlink(target, directory.path("link"));
    CHECK(::mkfifo(directory.path("fifo").c_str(), 0600) == 0);
    const UniqueFd reader(::open(directory.path("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::filesystem::create_directory(directory.path("folder"));
    for (const char* name : {"link", "fifo", "folder", "missing/box.jsonl"})
        CHECK(send_to(directory.path(name), text_message()) == DeliveryOutcome::configuration);
    CHECK_TEXT(content_of(target), "");
}

void a_full_disk_is_no_acceptance()
{
    // RLIMIT_FSIZE would end the test; the device that is always full does not pass as a regular file either.
    CHECK(send_to("/dev/full", text_message()) == DeliveryOutcome::configuration);
}

void an_outbox_loads_only_in_a_demonstration()
{
    const TemporaryDirectory directory;
    const auto config = outbox_config(directory.path("box.jsonl"));
    const auto refused = opened(config, false);
    CHECK(!refused && refused.error().kind == ErrorKind::configuration);
    CHECK_TEXT(refused.error().detail,
               "provider box: an outbox shows codes to whoever reads its file; it needs demo = true");
    CHECK(opened(config, true).has_value());
    CHECK(!std::filesystem::exists(config.file)); // checking a configuration makes nothing
}

void an_outbox_in_a_folder_that_is_not_there_does_not_load()
{
    const TemporaryDirectory directory;
    CHECK(!opened(outbox_config(directory.path("missing/box.jsonl")), true));
    CHECK(!opened(outbox_config("box.jsonl"), true));
    CHECK(!opened(outbox_config(""), true));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_text_message_is_one_line_of_json),
        SENTENCE(a_voice_call_carries_its_digits_as_speech),
        SENTENCE(messages_are_appended_in_their_order),
        SENTENCE(no_text_can_forge_a_line_or_a_field),
        SENTENCE(the_longest_text_of_the_protocol_stays_within_a_page),
        SENTENCE(the_file_is_the_owner_s_alone),
        SENTENCE(neither_a_link_nor_a_fifo_nor_a_folder_is_written_to),
        SENTENCE(a_full_disk_is_no_acceptance),
        SENTENCE(an_outbox_loads_only_in_a_demonstration),
        SENTENCE(an_outbox_in_a_folder_that_is_not_there_does_not_load),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
