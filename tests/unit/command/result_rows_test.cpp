#include "command/result_rows.h"

#include <nlohmann/json.hpp>

#include "support/cmocka.h"

using namespace ssp::command;

namespace {

const std::vector<ResultRow> two_devices{
    {{"id", "7"}, {"device", "SSH key ending Qx7A"}, {"last_used", "2026-11-23T08:00:00Z"}},
    {{"id", "12"}, {"device", "console of this host"}, {"last_used", ""}},
};

/// Names and values that try to break out of whatever holds them.
const std::vector<std::string> hostile{
    "\"",
    "\\",
    "\\u0000",
    "\n\r\t",
    "</script>",
    "\x1b[2Jgone",
    "\x7f\x01",
    "\xff\xfe",
    "\xc3",
    "\xed\xa0\x80",
    "\xe2\x80\xaetxt.exe",
    "\xc2\x9b"
    "31m",
    "\xf0\x9f\x98\x80",
    std::string("a\0b", 3),
    "",
    "}]",
};

void a_table_is_aligned_and_its_heading_has_spaces()
{
    CHECK_TEXT(for_people(two_devices, Layout::table), "ID  DEVICE                LAST USED\n"
                                                       "7   SSH key ending Qx7A   2026-11-23T08:00:00Z\n"
                                                       "12  console of this host\n");
}

void a_record_has_a_line_for_each_pair_and_an_empty_line_between_rows()
{
    CHECK_TEXT(for_people(two_devices, Layout::record), "id:         7\n"
                                                        "device:     SSH key ending Qx7A\n"
                                                        "last used:  2026-11-23T08:00:00Z\n"
                                                        "\n"
                                                        "id:         12\n"
                                                        "device:     console of this host\n"
                                                        "last used:\n");
}

void nothing_is_printed_for_no_rows_and_an_empty_array_in_json()
{
    CHECK_TEXT(for_people({}, Layout::table), "");
    CHECK_TEXT(for_people({}, Layout::record), "");
    CHECK_TEXT(as_json({}), "[]\n");
}

void columns_are_aligned_by_characters_and_not_by_bytes()
{
    const std::vector<ResultRow> rows{{{"a", "h\xc3\xa9"}, {"b", "1"}}, {{"a", "xyz"}, {"b", "2"}}};
    CHECK_TEXT(for_people(rows, Layout::table), "A    B\nh\xc3\xa9   1\nxyz  2\n");
}

void a_row_that_lacks_a_column_leaves_it_empty()
{
    const std::vector<ResultRow> rows{{{"a", "1"}}, {{"b", "2"}}};
    CHECK_TEXT(for_people(rows, Layout::table), "A  B\n1\n   2\n");
}

void json_keeps_names_values_and_their_order()
{
    CHECK_TEXT(as_json({two_devices[0]}),
               "[\n  {\n    \"id\": \"7\",\n    \"device\": \"SSH key ending Qx7A\",\n"
               "    \"last_used\": \"2026-11-23T08:00:00Z\"\n  }\n]\n");
}

void json_is_valid_and_ascii_whatever_the_rows_hold()
{
    for (const auto& name : hostile)
        for (const auto& value : hostile) {
            const auto text = as_json({{{name, value}, {"after", "still here"}}});
            for (const char c : text)
                CHECK(c == '\n' || (c >= 0x20 && c < 0x7f));
            const auto parsed = nlohmann::json::parse(text, nullptr, false);
            CHECK(parsed.is_array() && parsed.size() == 1 && parsed[0].is_object());
            CHECK(parsed[0]["after"] == "still here");
        }
}

void json_gives_back_every_value_that_is_utf8()
{
    for (const auto* value : {"\"", "\\", "\n", "\x1b[2J", "\xf0\x9f\x98\x80", "h\xc3\xa9"})
        CHECK(nlohmann::json::parse(as_json({{{"v", value}}}))[0]["v"] == value);
}

void nothing_that_steers_a_terminal_is_shown_to_people()
{
    for (const auto& text : hostile)
        for (const auto layout : {Layout::record, Layout::table}) {
            const auto shown = for_people({{{text, text}}}, layout);
            for (const char c : shown)
                CHECK(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
            CHECK(shown.find('\x7f') == std::string::npos);
            CHECK(shown.find("\xc2\x9b") == std::string::npos);
            CHECK(shown.find("\xe2\x80\xae") == std::string::npos);
            const auto lines = std::count(shown.begin(), shown.end(), '\n');
            CHECK(lines == (layout == Layout::record ? 1 : 2));
        }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_table_is_aligned_and_its_heading_has_spaces),
        SENTENCE(a_record_has_a_line_for_each_pair_and_an_empty_line_between_rows),
        SENTENCE(nothing_is_printed_for_no_rows_and_an_empty_array_in_json),
        SENTENCE(columns_are_aligned_by_characters_and_not_by_bytes),
        SENTENCE(a_row_that_lacks_a_column_leaves_it_empty),
        SENTENCE(json_keeps_names_values_and_their_order),
        SENTENCE(json_is_valid_and_ascii_whatever_the_rows_hold),
        SENTENCE(json_gives_back_every_value_that_is_utf8),
        SENTENCE(nothing_that_steers_a_terminal_is_shown_to_people),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
