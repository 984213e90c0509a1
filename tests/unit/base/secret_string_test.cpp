#include "base/secret_string.h"

#include <iostream>
#include <type_traits>

#include "support/cmocka.h"

using namespace ssp;

namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value)
{
    out << value;
};

static_assert(!Printable<SecretString>, "a secret must not be printable");
static_assert(!std::is_copy_constructible_v<SecretString>, "a secret is copied by saying clone()");

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
