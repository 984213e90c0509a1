// Every sentence of the Store port's contract, held against the store this program was linked with.
#include "contract/store_under_test.h"

#include "support/cmocka.h"

int main()
{
    using namespace ssp::testing;
    std::vector<CMUnitTest> all;
    for (const auto& chapter :
         {people_sentences(), guessing_sentences(), everybody_sentences(), disabling_sentences(),
          sending_sentences(), shared_sending_sentences(), typed_back_sentences(), telling_sentences(),
          challenge_sentences(), authenticator_sentences(), trust_sentences(), waiter_sentences(),
          clock_sentences()})
        all.insert(all.end(), chapter.begin(), chapter.end());
    return _cmocka_run_group_tests("store contract", all.data(), all.size(), nullptr, nullptr);
}
