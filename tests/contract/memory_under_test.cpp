#include "base/random.h"
#include "contract/store_under_test.h"
#include "store/memory_store.h"

#include <stdexcept>

namespace ssp::testing {

struct StoreUnderTest::Parts {
    SystemRandom random;
    MemoryStore store;
    Parts(Clock& clock, GuessLimits guessing, SendLimits sending) : store(clock, random, guessing, sending) {}
};

StoreUnderTest::StoreUnderTest(GuessLimits guessing, SendLimits sending)
    : parts_(std::make_unique<Parts>(clock, guessing, sending))
{
}

StoreUnderTest::~StoreUnderTest() = default;
Store& StoreUnderTest::operator*() noexcept { return parts_->store; }
void StoreUnderTest::turn() { throw std::runtime_error("the memory store made somebody wait"); }

void StoreUnderTest::reopen() {}

std::vector<Telling> StoreUnderTest::tellings() { return parts_->store.take_tellings(); }

std::vector<std::string> StoreUnderTest::audit()
{
    std::vector<std::string> events;
    for (const auto& entry : parts_->store.audit())
        events.push_back(entry.event);
    return events;
}

} // namespace ssp::testing
