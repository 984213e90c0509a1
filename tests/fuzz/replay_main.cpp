// Runs a fuzz target over its corpus as an ordinary test: each input, every beginning of it, and each of its
// bytes changed in three ways. Says TAP. A fault ends the program, which the test runner calls a failure.
#include "fuzz.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr std::size_t changed_bytes = 768; // of the front of each input: enough, and quick

std::size_t runs = 0;

void run(const std::string& input)
{
    // A copy of exactly that size on the heap, so that one byte past the end is seen.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ++runs;
}

void run_around(const std::string& input)
{
    const std::size_t front = std::min(input.size(), changed_bytes);
    for (std::size_t i = 0; i < front; ++i) {
        run(input.substr(0, i));
        for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
            std::string changed = input;
            changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ change);
            run(changed);
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
        files.push_back(entry.path());
    std::ranges::sort(files);

    std::printf("1..2\n");
    bool as_named = !files.empty();
    run({});
    for (const auto& path : files) {
        std::ifstream file(path, std::ios::binary);
        const std::string input{std::istreambuf_iterator<char>(file), {}};
        ssp::testing::understood = false;
        run(input);
        if (ssp::testing::understood == path.filename().string().starts_with("refused_")) {
            as_named = false;
            std::printf("# %s: %s\n", path.c_str(), ssp::testing::understood ? "understood" : "refused");
        }
        run_around(input);
    }
    std::printf("%s 1 - each input is understood, or refused, as its name says\n",
                as_named ? "ok" : "not ok");
    std::printf("ok 2 - %zu inputs of the corpus and %zu beside them hold\n", files.size(),
                runs - files.size());
    return as_named ? 0 : 1;
}
