#pragma once
// cmocka from C++. Include it last: cmocka defines `fail` as a macro, and has no C++ guard.
//
// A failing cmocka assertion longjmps over destructors and an escaping exception ends the program, so a
// test body throws through CHECK, and `sentence<body>` turns the throw into a cmocka failure after
// everything has been destroyed:
//
//     static void a_code_is_accepted_once() { CHECK(accept("123456")); CHECK(!accept("123456")); }
//     const CMUnitTest tests[] = {SENTENCE(a_code_is_accepted_once)};
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <stdexcept>
#include <string>

extern "C" {
#include <cmocka.h>
}

namespace ssp::testing {

struct CheckFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <void (*body)()> void sentence(void**)
{
    static char message[1024];
    bool failed = false;
    try {
        body();
    } catch (const std::exception& e) {
        std::snprintf(message, sizeof message, "%s", e.what());
        failed = true;
    } catch (...) {
        std::snprintf(message, sizeof message, "unknown exception");
        failed = true;
    }
    if (failed)
        fail_msg("%s", message);
}

} // namespace ssp::testing

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            throw ::ssp::testing::CheckFailed(std::string(__FILE__ ":") + std::to_string(__LINE__) +         \
                                              ": " #condition);                                              \
    } while (0)

/// Compares, and shows both sides when they differ.
#define CHECK_TEXT(actual, expected)                                                                         \
    do {                                                                                                     \
        const std::string actual_text(actual);                                                               \
        const std::string expected_text(expected);                                                           \
        if (actual_text != expected_text)                                                                    \
            throw ::ssp::testing::CheckFailed(std::string(__FILE__ ":") + std::to_string(__LINE__) +         \
                                              ": is \"" + actual_text + "\", expected \"" + expected_text +  \
                                              "\"");                                                         \
    } while (0)

/// The function's name with spaces instead of underscores is the sentence that cmocka prints.
#define SENTENCE(body)                                                                                       \
    CMUnitTest { ssp_sentence(#body), ::ssp::testing::sentence<body>, nullptr, nullptr, nullptr }

inline const char* ssp_sentence(const char* name)
{
    static std::deque<std::string> kept; // for the life of the program: cmocka keeps the pointer
    std::string& text = kept.emplace_back(name);
    for (char& c : text)
        if (c == '_')
            c = ' ';
    return text.c_str();
}
