#include "server/dialogues.h"

#include <utility>

namespace ssp {

namespace {

/// A session that ends needs nobody's leave.
Task<Verdict> let_go() { co_return Verdict::accepted; }

Task<Verdict> fail(Error error) { co_return std::move(error); }

Task<DeliveryOutcome> not_sent(std::string why) { co_return Error{ErrorKind::store_unavailable, why}; }

} // namespace

VerifierDialogues::VerifierDialogues(std::shared_ptr<Store> store, Delivery& delivery, Clock& clock,
                                     Random& random, Connections& connections, HelperConfig config)
    : store_(std::move(store)), connections_(connections),
      config_(std::move(config)), ports_{*store_, delivery, clock, random, config_.policy}
{
}

Task<Verdict> VerifierDialogues::begin(protocol::Phase phase, Claimant& claimant, SignInFacts facts)
{
    switch (phase) {
    case protocol::Phase::authenticate: return sign_in(ports_, connections_, claimant, std::move(facts));
    case protocol::Phase::open_session: return admit_session(ports_, std::move(facts));
    case protocol::Phase::close_session: return let_go();
    case protocol::Phase::password_changed: return note_password_change(ports_, std::move(facts));
    }
    return fail(Error{ErrorKind::malformed, "a phase that nobody knows"});
}

Task<Verdict> VerifierDialogues::request(Claimant& claimant, Rows& rows, Requester requester,
                                         std::vector<std::string> words)
{
    return answer_request(ports_, claimant, rows, requester, std::move(words));
}

Task<DeliveryOutcome> VerifierDialogues::tell_owner(Telling telling)
{
    return ssp::tell_owner(ports_, std::move(telling));
}

Task<DeliveryOutcome> VerifierDialogues::tell_administrator(AdministratorsNews news)
{
    return ssp::tell_administrator(ports_, std::move(news));
}

Task<Verdict> ClosedDialogues::begin(protocol::Phase, Claimant&, SignInFacts)
{
    return fail(Error{ErrorKind::store_unavailable, why_});
}

Task<Verdict> ClosedDialogues::request(Claimant&, Rows&, Requester, std::vector<std::string>)
{
    return fail(Error{ErrorKind::store_unavailable, why_});
}

Task<DeliveryOutcome> ClosedDialogues::tell_owner(Telling) { return not_sent(why_); }

Task<DeliveryOutcome> ClosedDialogues::tell_administrator(AdministratorsNews) { return not_sent(why_); }

} // namespace ssp
