#pragma once
// Faults in the functions that the module calls: each in turn, at each of its calls, in each way in which it
// can fail; and nuisances, after which a call is to be made again: interrupted, not ready, half done. The
// functions of plants.cpp stand before those of libc and libpam for the loaded module; only calls that come
// from the module count, and a fault is planted in one of them.
#include <string>
#include <vector>

namespace ssp::testing {

/// Where one fault or nuisance is planted.
struct Plant {
    std::string function;
    int call = 0; ///< 1 is the first
    int way = 0;  ///< from 1 on as many as ways_to_fail() says; below 0 as many as ways_to_bother() says
};

/// The functions that plants.cpp knows.
std::vector<std::string> planted_functions();
int ways_to_fail(const std::string& function);
int ways_to_bother(const std::string& function);

/// Starts to count, with a fault in the call that `plant` names; without a function: with none.
void plant(const Plant& plant);
/// Calls of `function` by the module since then.
int calls_of(const std::string& function);

} // namespace ssp::testing
