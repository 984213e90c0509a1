#include "call/sip_call.h"

#include "call/key_press.h"

#include <array>
#include <cstring>
#include <fmt/format.h>

namespace ssp {

namespace {

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t silent_server = 5 * second; ///< then it is not there: it must answer within 200 ms
constexpr std::uint64_t farewell = 1500;            ///< for the answers to BYE, CANCEL and REGISTER
constexpr std::uint32_t registration_seconds = 300;

std::string_view view(const pl& text) { return {text.p, text.l}; }

SipCall& call_of(void* self) { return *static_cast<SipCall*>(self); }

} // namespace

SipCall::SipCall(const CallRequest& request, ProxyAddress proxy, std::string domain, Script script,
                 Hooks hooks)
    : request_(request), proxy_(std::move(proxy)), domain_(std::move(domain)), hooks_(std::move(hooks)),
      playback_(std::move(script), request.confirm_key), dns_(dns_client()), search_(proxy_, dns_.get())
{
    for (tmr* timer : {&silence_, &ring_, &total_, &soon_})
        ::tmr_init(timer);
}

SipCall::~SipCall()
{
    for (tmr* timer : {&silence_, &ring_, &total_, &soon_})
        ::tmr_cancel(timer);
    close_attempt();
}

template <void (SipCall::*then)()> void SipCall::on_timer(void* self) { (call_of(self).*then)(); }

void SipCall::start()
{
    ::tmr_start(&total_, static_cast<std::uint64_t>(request_.total_seconds) * second,
                on_timer<&SipCall::on_total_timeout>, this);
    hop_outcome_ = {CallEnd::unreachable, "no server"};
    search_.find([this](Result<std::vector<sa>> found) {
        if (!found)
            return end(CallEnd::unreachable, found.error().detail);
        hops_ = std::move(*found);
        ::tmr_start(&soon_, 0, on_timer<&SipCall::try_next_hop>, this);
    });
}

void SipCall::try_next_hop()
{
    if (stage_ == Stage::over)
        return;
    close_attempt();
    if (hops_.empty())
        return end(hop_outcome_);
    const sa hop = hops_.front();
    hops_.erase(hops_.begin());
    heard_ = false;
    if (const auto opened = open(hop); !opened) {
        const bool unreachable = opened.error().kind == ErrorKind::delivery_unavailable;
        return end(unreachable ? CallEnd::unreachable : CallEnd::configuration, opened.error().detail);
    }
    ::tmr_start(&silence_, silent_server, on_timer<&SipCall::on_silence>, this);
    if (request_.account.registers)
        register_account();
    else
        dial();
}

Result<void> SipCall::open(const sa& hop)
{
    SipStack::Hooks hooks{[this](std::string_view packet) { on_received(packet); }, [this] { leave(); }};
    auto stack = SipStack::open(proxy_, request_.account.ca_file, hop, dns_.get(), std::move(hooks));
    if (!stack)
        return stack.error();
    stack_ = std::move(*stack);
    auto media = Media::open(stack_->local(), request_.account.srtp, playback_,
                             [this](Playback::Stage stage) { on_stage(stage); });
    if (!media)
        return media.error();
    media_ = std::move(*media);
    return {};
}

void SipCall::register_account()
{
    stage_ = Stage::registering;
    const std::string registrar = "sip:" + domain_;
    const char* from = request_.account.from.c_str();
    std::array<const char*, 1> route{stack_->route()};
    const auto authenticate = [](char** user, char** password, const char*, void* self) {
        return call_of(self).give_credentials(user, password);
    };
    const auto answered = [](int error, const sip_msg* answer, void* self) {
        call_of(self).on_registered(error, answer);
    };
    const int error = ::sipreg_register(registration_.out(), stack_->get(), registrar.c_str(), from, nullptr,
                                        from, registration_seconds, "ssp-mfa", route.data(), route.size(), 0,
                                        authenticate, this, false, answered, this, nullptr, nullptr);
    if (error != 0)
        end(outcome_of_error(error));
}

void SipCall::dial()
{
    stage_ = Stage::dialling;
    auto offer = media_->describe(true);
    if (!offer)
        return end(CallEnd::configuration, offer.error().detail);
    say("calling");
    if (!::tmr_isrunning(&ring_))
        ::tmr_start(&ring_, static_cast<std::uint64_t>(request_.ring_seconds) * second,
                    on_timer<&SipCall::on_ring_timeout>, this);
    auto to = SecretString::zeros(request_.to.size() + domain_.size() + 6);
    fmt::format_to_n(to.data(), to.size() - 1, "sip:{}@{}", request_.to.reveal(), domain_);
    std::array<const char*, 1> route{stack_->route()};
    const auto authenticate = [](char** user, char** password, const char*, void* self) {
        return call_of(self).give_credentials(user, password);
    };
    const auto describe = [](mbuf** description, const sip_msg* message, void* self) {
        auto& media = *call_of(self).media_;
        if (::mbuf_get_left(message->mb) > 0 && !media.accept(message->mb, true))
            return EPROTO;
        auto made = media.describe(::mbuf_get_left(message->mb) == 0);
        if (!made)
            return ENOMEM;
        *description = static_cast<mbuf*>(::mem_ref(made->get()));
        return 0;
    };
    const auto take_answer = [](const sip_msg* message, void* self) {
        auto& call = call_of(self);
        const auto accepted = call.media_->accept(message->mb, false);
        if (!accepted)
            call.end(CallEnd::configuration, accepted.error().detail);
        return accepted ? 0 : EPROTO;
    };
    const auto progress = [](const sip_msg* message, void* self) { call_of(self).on_progress(message); };
    const auto established = [](const sip_msg*, void* self) { call_of(self).on_established(); };
    const auto info = [](sip*, const sip_msg* request, void* self) { call_of(self).on_info(request); };
    const auto closed = [](int error, const sip_msg* message, void* self) {
        call_of(self).on_closed(error, message);
    };
    const int error = ::sipsess_connect(
        session_.out(), stack_->sessions(), to.data(), nullptr, request_.account.from.c_str(), "ssp-mfa",
        route.data(), route.size(), "application/sdp", offer->get(), authenticate, this, false, describe,
        take_answer, progress, established, info, nullptr, closed, this, nullptr);
    if (error != 0)
        on_closed(error, nullptr);
}

int SipCall::give_credentials(char** user, char** password)
{
    heard_from_server();
    if (request_.account.user.empty())
        return EAUTH;
    challenged_ = true;
    const auto secret = request_.account.password.reveal();
    const pl text{secret.data(), secret.size()};
    const int error = ::str_dup(user, request_.account.user.c_str());
    return error != 0 ? error : ::pl_strdup(password, &text);
}

void SipCall::heard_from_server()
{
    heard_ = true;
    ::tmr_cancel(&silence_);
}

void SipCall::on_registered(int error, const sip_msg* answer)
{
    if (stage_ != Stage::registering)
        return;
    if (error != 0 || answer == nullptr)
        return on_closed(error, nullptr);
    heard_from_server();
    if (answer->scode >= 300)
        return end(outcome_of_status(answer->scode, view(answer->reason), challenged_));
    if (answer->scode >= 200)
        dial();
}

/// The library would call whomever a redirection (3xx) names; we call the number that was proven, and no
/// other. This is before it sees the packet, and a session that ended does not follow.
void SipCall::on_received(std::string_view packet)
{
    if (!packet.starts_with("SIP/2.0 3") || !session_)
        return;
    const char* call_id = ::sip_dialog_callid(::sipsess_dialog(session_.get()));
    if (call_id == nullptr || packet.find(call_id) == std::string_view::npos)
        return;
    heard_from_server();
    end(CallEnd::configuration,
        fmt::format("{}: redirections are not followed",
                    packet.substr(8, std::min(packet.find_first_of("\r\n"), packet.size()) - 8)));
    session_.reset();
}

void SipCall::on_progress(const sip_msg* message)
{
    heard_from_server();
    if (stage_ != Stage::dialling || message->scode < 180)
        return;
    stage_ = Stage::ringing;
    say("ringing");
}

void SipCall::on_info(const sip_msg* request)
{
    ::sip_reply(stack_->get(), request, 200, "OK");
    const std::string_view body{reinterpret_cast<const char*>(::mbuf_buf(request->mb)),
                                ::mbuf_get_left(request->mb)};
    const bool application = ::pl_strcasecmp(&request->ctyp.type, "application") == 0;
    if (stage_ == Stage::answered && application && is_key_1(view(request->ctyp.subtype), body))
        media_->press();
}

void SipCall::on_established()
{
    heard_from_server();
    ::tmr_cancel(&ring_);
    if (stage_ == Stage::over)
        return;
    stage_ = Stage::answered;
    say("answered");
    if (playback_.stage() == Playback::Stage::speaking)
        say("speaking");
    media_->start();
}

void SipCall::on_stage(Playback::Stage stage)
{
    switch (stage) {
    case Playback::Stage::speaking: say("speaking"); break;
    case Playback::Stage::played: end(CallEnd::played, ""); break;
    case Playback::Stage::no_key: end(CallEnd::no_key, ""); break;
    case Playback::Stage::asking: break;
    }
}

void SipCall::on_closed(int error, const sip_msg* message)
{
    if (message != nullptr)
        heard_from_server();
    if (stage_ == Stage::over)
        return;
    if (stage_ == Stage::answered)
        return end(CallEnd::hung_up, error != 0 ? std::strerror(error) : "");
    auto outcome = message != nullptr ? outcome_of_status(message->scode, view(message->reason), challenged_)
                                      : outcome_of_error(error);
    const bool other_server = outcome.end == CallEnd::unreachable || outcome.end == CallEnd::server_failed;
    if (other_server && stage_ != Stage::ringing && !hops_.empty()) {
        hop_outcome_ = std::move(outcome);
        ::tmr_cancel(&silence_);
        ::tmr_start(&soon_, 0, on_timer<&SipCall::try_next_hop>, this);
        return;
    }
    end(std::move(outcome));
}

Outcome SipCall::outcome_of_error(int error) const
{
    if (stack_ && !stack_->certificate_fault().empty())
        return {CallEnd::configuration,
                printable("certificate of the server: " + stack_->certificate_fault())};
    if (proxy_.transport == SipTransport::tls && error == EPROTO)
        return {CallEnd::configuration, "the server does not speak TLS as it should"};
    return {CallEnd::unreachable, printable(std::strerror(error))};
}

/// Not a word, not even a provisional one.
void SipCall::on_silence() { on_closed(ETIMEDOUT, nullptr); }

void SipCall::on_ring_timeout()
{
    if (stage_ == Stage::dialling || stage_ == Stage::ringing)
        end(CallEnd::no_answer, fmt::format("rang for {} s", request_.ring_seconds));
}

void SipCall::on_total_timeout()
{
    if (playback_.spoken_once())
        return end(CallEnd::played, "spoken once");
    if (stage_ == Stage::answered)
        return end(playback_.stage() == Playback::Stage::asking ? CallEnd::no_key : CallEnd::hung_up,
                   "the time for the call is over");
    end(stage_ == Stage::ringing || stage_ == Stage::dialling ? CallEnd::no_answer : CallEnd::unreachable,
        "the time for the call is over");
}

void SipCall::hang_up() { end(CallEnd::hung_up, "told to hang up"); }

void SipCall::end(CallEnd end_, std::string detail) { end(Outcome{end_, printable(detail)}); }

void SipCall::end(Outcome outcome)
{
    if (stage_ == Stage::over)
        return;
    stage_ = Stage::over;
    hooks_.ended(outcome);
    for (tmr* timer : {&silence_, &ring_, &total_})
        ::tmr_cancel(timer);
    ::tmr_start(&soon_, 0, on_timer<&SipCall::close_attempt>, this);
    // The library says when the last transaction ended; a server that is not there is not waited for.
    ::tmr_start(&total_, heard_ ? farewell : 0, on_timer<&SipCall::leave>, this);
}

/// CANCEL, BYE and the end of a registration go out where they are due.
void SipCall::close_attempt()
{
    if (media_)
        media_->stop();
    session_.reset();
    registration_.reset();
    if (stage_ == Stage::over && stack_)
        return stack_->close();
    media_.reset();
    stack_.reset();
}

void SipCall::leave() { hooks_.gone(); }

void SipCall::say(std::string_view event)
{
    if (event == last_event_)
        return;
    last_event_ = event;
    hooks_.event(event);
}

} // namespace ssp
