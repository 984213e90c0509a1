#pragma once
#include "base/random.h"

namespace ssp::testing {

/// Predictable "random" bytes: 0, 1, 2, ... or a failure on demand. Codes made from it are 012345, 678901,
/// ...
class CountingRandom final : public Random {
public:
    Result<void> fill(std::span<unsigned char> out) override
    {
        if (broken)
            return Error{ErrorKind::internal, "planted: no randomness"};
        for (auto& byte : out)
            byte = next_++;
        return {};
    }
    bool broken = false;

private:
    unsigned char next_ = 0;
};

} // namespace ssp::testing
