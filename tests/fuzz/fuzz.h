#pragma once
// What the fuzz targets share. A target is one file with the function that libFuzzer calls; it says what must
// hold for any bytes at all with MUST, and the sanitizers say the rest. In builds without libFuzzer
// replay_main.cpp calls it with the corpus instead.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);              \
            std::abort();                                                                                    \
        }                                                                                                    \
    } while (0)

namespace ssp::testing {

/// Set by a target that took an input for what it says it is; replay_main.cpp compares it with the name of
/// the file: one that begins with "refused_" must not be understood, any other must.
inline bool understood = false;

inline std::string_view text_of(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace ssp::testing
