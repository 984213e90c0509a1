// A secret is wiped by itself: not every program has a heap that wipes what is given back. Looks at a block
// when it is given back, in the place of the library's operators; built without sanitizers, which have
// operators of their own.
#include "base/secret_string.h"

#include <cstdlib>
#include <new>
#include <string>

#include "support/cmocka.h"

using namespace ssp;

namespace {

const void* watched = nullptr;
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

} // namespace

int main()
{
    const CMUnitTest tests[] = {SENTENCE(a_secret_that_goes_or_is_replaced_is_wiped)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
