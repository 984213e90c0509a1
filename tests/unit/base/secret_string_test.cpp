#include "base/secret_string.h"

#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <type_traits>

#include "support/cmocka.h"

using namespace ssp;

namespace {

const void* watched = nullptr; ///< a block of which is noted how it was given back
std::string given_back;

} // namespace

void* operator new[](std::size_t size)
{
    void* block = std::malloc(size);
    if (block == nullptr)
        std::abort();
    return block;
}
void operator delete[](void* block) noexcept
{
    if (block != nullptr && block == watched)
        given_back.assign(static_cast<const char*>(block), 6);
    std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept { operator delete[](block); }

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

/// Not every program has a heap that wipes what is given back.
void a_secret_that_goes_or_is_replaced_is_wiped()
{
    const std::string zeros(6, '\0');
    {
        const SecretString code("123456");
        watched = code.reveal().data();
    }
    CHECK(given_back == zeros);
    given_back.clear();
    SecretString code("123456");
    watched = code.reveal().data();
    code = SecretString("654321");
    watched = nullptr;
    CHECK(given_back == zeros);
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
        SENTENCE(a_secret_that_goes_or_is_replaced_is_wiped),
        SENTENCE(secrets_are_equal_only_in_full_length),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
