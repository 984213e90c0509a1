#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace ssp {

/// Wipes memory before it goes back, also what a growing vector leaves behind.
template <class T> struct WipingAllocator : std::allocator<T> {
    template <class U> struct rebind {
        using other = WipingAllocator<U>;
    };
    WipingAllocator() noexcept = default;
    template <class U> explicit WipingAllocator(const WipingAllocator<U>&) noexcept {}
    void deallocate(T* memory, std::size_t count)
    {
        explicit_bzero(static_cast<void*>(memory), count * sizeof(T));
        std::allocator<T>::deallocate(memory, count);
    }
};

/// Bytes on their way through a socket: answers, prompts with keys. clear() keeps them until they go.
using WipedBytes = std::vector<char, WipingAllocator<char>>;

} // namespace ssp
