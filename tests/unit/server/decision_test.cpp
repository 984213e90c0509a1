// What the module is told of how a dialogue ended.
#include "server/decision.h"

#include "support/cmocka.h"

using namespace ssp;
using protocol::Decision;

namespace {

Decision of(ErrorKind kind) { return decision_of(Result<Verdict>(Error{kind, ""})); }

void each_verdict_is_told_as_itself()
{
    CHECK(decision_of(Verdict::accepted) == Decision::accepted);
    CHECK(decision_of(Verdict::rejected) == Decision::rejected);
    CHECK(decision_of(Verdict::locked) == Decision::locked);
    CHECK(decision_of(Verdict::not_enrolled) == Decision::not_enrolled);
    CHECK(decision_of(Verdict::unavailable) == Decision::unavailable);
}

void what_is_no_verdict_accepts_nobody()
{
    for (const int unknown : {-1, 5, 255})
        CHECK(decision_of(static_cast<Verdict>(unknown)) == Decision::unavailable);
}

void no_error_accepts_anybody()
{
    for (const auto kind : {ErrorKind::claimant_left, ErrorKind::deadline_passed, ErrorKind::not_permitted})
        CHECK(of(kind) == Decision::rejected);
    for (const auto kind : {ErrorKind::internal, ErrorKind::store_unavailable, ErrorKind::store_tampered,
                            ErrorKind::clock_set_back, ErrorKind::identity_changed, ErrorKind::malformed,
                            ErrorKind::delivery_unavailable, ErrorKind::configuration})
        CHECK(of(kind) == Decision::unavailable);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(each_verdict_is_told_as_itself),
        SENTENCE(what_is_no_verdict_accepts_nobody),
        SENTENCE(no_error_accepts_anybody),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
