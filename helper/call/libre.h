#pragma once
// libre (the "re" of baresip) for C++. Include it instead of <re.h>: the library's header wants the standard
// types to be there, and is not meant to be read with our warnings.
#include <cerrno>
#include <cinttypes>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <utility>

// How Debian builds the library; the layout of its structures depends on it.
#define HAVE_INTTYPES_H 1 // NOLINT
#define HAVE_STDBOOL_H 1  // NOLINT
#define HAVE_INET6 1      // NOLINT
#define USE_OPENSSL 1     // NOLINT

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wdeprecated-volatile"
#pragma GCC diagnostic ignored "-Wvolatile"
#include <re.h>
#pragma GCC diagnostic pop

namespace ssp {

/// One reference to an object of the library, given back at the end (mem_deref).
template <class T> class Held {
public:
    Held() noexcept = default;
    Held(Held&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Held& operator=(Held&& other) noexcept
    {
        if (this != &other) {
            reset();
            object_ = std::exchange(other.object_, nullptr);
        }
        return *this;
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { reset(); }

    T* get() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    /// Where a function of the library puts what it made.
    T** out() noexcept
    {
        reset();
        return &object_;
    }
    void reset() noexcept { ::mem_deref(std::exchange(object_, nullptr)); }

private:
    T* object_ = nullptr;
};

} // namespace ssp
