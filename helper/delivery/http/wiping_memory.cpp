#include "delivery/http/wiping_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <curl/curl.h>
#include <limits>

namespace ssp {

namespace {

// In front of each piece of memory stands its size. As large as the strictest alignment, to keep it.
constexpr std::size_t head = alignof(std::max_align_t);
static_assert(head >= sizeof(std::size_t));

char* start_of(void* memory) { return static_cast<char*>(memory) - head; }

std::size_t size_of(void* memory)
{
    std::size_t size = 0;
    std::memcpy(&size, start_of(memory), sizeof size);
    return size;
}

void* with_head(void* block, std::size_t size)
{
    if (block == nullptr)
        return nullptr;
    std::memcpy(block, &size, sizeof size);
    return static_cast<char*>(block) + head;
}

bool fits(std::size_t size) { return size <= std::numeric_limits<std::size_t>::max() - head; }

void* allocate(std::size_t size) { return fits(size) ? with_head(std::malloc(size + head), size) : nullptr; }

void* allocate_zeros(std::size_t count, std::size_t each)
{
    if (each != 0 && count > (std::numeric_limits<std::size_t>::max() - head) / each)
        return nullptr;
    return with_head(std::calloc(1, count * each + head), count * each);
}

void wipe_and_free(void* memory)
{
    if (memory == nullptr)
        return;
    explicit_bzero(memory, size_of(memory));
    std::free(start_of(memory));
}

void* reallocate(void* memory, std::size_t size)
{
    auto* larger = allocate(size);
    if (larger == nullptr || memory == nullptr)
        return larger;
    std::memcpy(larger, memory, std::min(size, size_of(memory)));
    wipe_and_free(memory);
    return larger;
}

char* copy_text(const char* text)
{
    const auto size = std::strlen(text) + 1;
    auto* copy = static_cast<char*>(allocate(size));
    if (copy != nullptr)
        std::memcpy(copy, text, size);
    return copy;
}

} // namespace

bool start_libcurl() noexcept
{
    static const bool started = ::curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate, wipe_and_free,
                                                       reallocate, copy_text, allocate_zeros) == CURLE_OK;
    return started;
}

} // namespace ssp
