#include "base/secret_string.h"

#include <fmt/format.h>
#include <iostream>
#include <optional>
#include <string>
#include <type_traits>

#include "support/cmocka.h"

using namespace ssp;

namespace {

template <class T>
concept Streamed = requires(std::ostream& out, const T& value)
{
    out << value;
};
template <class T>
concept Appended = requires(std::string text, const T& value)
{
    text += value;
};
template <class T>
concept Read = requires(std::istream& in, T& value)
{
    in >> value;
};
/// Every way in which a value gets into a text without somebody saying reveal().
template <class T>
constexpr bool becomes_text =
    Streamed<T> || Appended<T> || fmt::is_formattable<T>::value ||
    std::is_convertible_v<const T&, std::string_view> || std::is_convertible_v<const T&, std::string> ||
    std::is_constructible_v<std::string, const T&> || std::is_convertible_v<const T&, const char*> ||
    std::is_convertible_v<const T&, bool>;

static_assert(!becomes_text<SecretString>, "a secret must not be printable");
static_assert(!becomes_text<std::optional<SecretString>>, "a secret must not be printable");
static_assert(!Read<SecretString>, "a stream keeps what it has read");
static_assert(!std::is_copy_constructible_v<SecretString> && !std::is_copy_assignable_v<SecretString>,
              "a secret is copied by saying clone()");
// What would find it: each way by a type that has it.
static_assert(Streamed<std::string> && Appended<std::string> && Read<std::string>);
static_assert(fmt::is_formattable<std::string_view>::value && becomes_text<const char*> && becomes_text<int>);

void a_moved_secret_leaves_nothing_behind()
{
    SecretString a("123456");
    SecretString b(std::move(a));
    CHECK(a.empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    CHECK(b.equals("123456"));
}

void secrets_are_equal_only_in_full_length()
{
    SecretString code("123456");
    CHECK(code.equals("123456"));
    CHECK(!code.equals("12345"));
    CHECK(!code.equals("1234567"));
    CHECK(!code.equals("123457"));
    CHECK(!code.equals(""));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_moved_secret_leaves_nothing_behind),
        SENTENCE(secrets_are_equal_only_in_full_length),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
