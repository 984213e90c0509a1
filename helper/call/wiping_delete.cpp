// Every block that C++ gives back is wiped first: parsers and strings keep copies where nobody can reach
// them, and this process handles one code and one password and nothing else.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

namespace {

void wipe_and_free(void* block) noexcept
{
    if (block == nullptr)
        return;
    ::explicit_bzero(block, ::malloc_usable_size(block));
    std::free(block);
}

} // namespace

void* operator new(std::size_t size)
{
    if (void* block = std::malloc(size == 0 ? 1 : size))
        return block;
    std::abort(); // one call is lost; nothing here could go on without memory
}

void operator delete(void* block) noexcept { wipe_and_free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { wipe_and_free(block); }
