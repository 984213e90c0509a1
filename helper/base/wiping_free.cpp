// Every block that is given back to the heap is wiped first, by whomever: strings that grow, texts that are
// put together, coroutine frames, parsers and libraries in C keep copies of secrets where nobody can reach
// them. Linked into the programs that handle secrets, in the place of the C library's free(3), which it
// calls; that of C++ ends there too.
#include <cstring>
#include <malloc.h>

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the C library's own name
extern "C" void __libc_free(void* block) noexcept;

extern "C" __attribute__((visibility("default"))) void free(void* block) noexcept
{
    if (block != nullptr)
        ::explicit_bzero(block, ::malloc_usable_size(block));
    __libc_free(block);
}
