#include "server/conversation.h"

#include "server/decision.h"
#include "server/facts.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace ssp {

namespace {

const char* event_of(protocol::Phase phase)
{
    switch (phase) {
    case protocol::Phase::authenticate: return "sign-in";
    case protocol::Phase::open_session: return "session";
    case protocol::Phase::close_session: return "session-end";
    case protocol::Phase::password_changed: return "password-change";
    }
    return "unknown";
}

Role role_of(Door door, std::uint32_t uid)
{
    if (door != Door::admin)
        return Role::self;
    return uid == 0 ? Role::administrator : Role::support;
}

/// login(1) ends after 60 seconds whatever happens; whoever answers later would see no reason.
bool is_console(const SignInFacts& facts) { return facts.service == "login"; }

void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

} // namespace

/// Waits until resume_with() is called.
class Conversation::Answered {
public:
    explicit Answered(Conversation& conversation) : in_(conversation) {}
    bool await_ready() const noexcept { return in_.state_ != State::asking; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { in_.waiting_ = waiting; }
    Result<SecretString> await_resume()
    {
        return std::exchange(in_.answer_, Error{ErrorKind::claimant_left, "not there any more"});
    }

private:
    Conversation& in_;
};

Conversation::Conversation(Shared shared, UniqueFd socket, Door door, Peer peer,
                           std::shared_ptr<Dialogues> dialogues, std::function<void()> ended)
    : shared_(shared), door_(door), peer_(peer), dialogues_(std::move(dialogues)), ended_(std::move(ended)),
      answer_(Error{ErrorKind::claimant_left, "not there any more"}),
      deadline_(shared.loop, [this] { on_deadline(); }), keep_alive_(shared.loop, [this] { say_wait(); }),
      whole_(shared.loop, [this] { on_whole_deadline(); }),
      channel_(shared.loop, std::move(socket),
               {[this](std::span<const char> payload) { on_frame(payload); }, [this] { on_closed(); }})
{
    deadline_.arm(shared_.deadlines.first_message);
}

Conversation::~Conversation() = default;

template <class Message> bool Conversation::send(const Message& message)
{
    char frame[protocol::max_frame_bytes];
    const auto length = protocol::encode(message, frame);
    if (length == 0)
        unsayable_ = true;
    const bool sent = length != 0 && channel_.send(std::span<const char>(frame, length));
    explicit_bzero(frame, length); // a prompt may show a key
    return sent;
}

void Conversation::on_frame(std::span<const char> payload)
{
    switch (state_) {
    case State::opening: return door_ == Door::signin ? on_begin(payload) : on_request(payload);
    case State::working: return break_off("spoke out of turn");
    case State::asking: return on_reply(payload);
    case State::over: return;
    }
}

void Conversation::on_begin(std::span<const char> payload)
{
    protocol::Begin begin;
    if (!protocol::decode(payload, begin))
        return break_off("no begin that follows the protocol");
    conversation_ = begin.conversation;
    seat_ = shared_.callers.take(begin.caller_uid);
    if (!seat_)
        return refuse("too many conversations of one caller");
    if (std::ranges::find(shared_.daemons, begin.uid) != shared_.daemons.end())
        return refuse("somebody whose user ID is that of a daemon: give the account another one");
    auto facts = facts_of(begin);
    subject_ = {
        door_, event_of(begin.phase), facts.person.name, facts.person.uid, facts.service, facts.source, {}};
    const std::chrono::milliseconds at_console = dialogues_->policy().console_deadline;
    const auto whole = is_console(facts) ? at_console : shared_.deadlines.whole;
    start(dialogues_->begin(begin.phase, *this, std::move(facts)), whole);
}

void Conversation::on_request(std::span<const char> payload)
{
    protocol::Request request;
    if (!protocol::decode(payload, request))
        return break_off("no request that follows the protocol");
    auto words = words_of(request.words);
    if (!words)
        return break_off("a request without words, or with too many");
    conversation_ = request.conversation;
    const Requester requester{role_of(door_, peer_.uid), peer_.uid};
    subject_ = {door_, "request", {}, peer_.uid, {}, {}, words->front().substr(0, 32)};
    start(dialogues_->request(*this, *this, requester, std::move(*words)), shared_.deadlines.whole);
}

void Conversation::start(Task<Verdict> dialogue, std::chrono::milliseconds whole)
{
    whole_.arm(whole);
    work();
    dialogue_.emplace(std::move(dialogue));
    dialogue_->start([this] {
        if (state_ != State::over)
            end(dialogue_->take());
    });
}

/// The turn is the dialogue's.
void Conversation::work()
{
    state_ = State::working;
    deadline_.disarm();
    if (door_ == Door::signin)
        keep_alive_.arm(shared_.deadlines.keep_alive);
}

void Conversation::say_wait()
{
    send(protocol::Wait{conversation_, ++number_});
    keep_alive_.arm(shared_.deadlines.keep_alive);
}

Task<SecretString> Conversation::ask(Prompt prompt)
{
    if (state_ == State::working && !unsayable_) {
        const std::uint8_t echo = prompt.echo ? 1 : 0;
        if (send(protocol::Ask{conversation_, ++number_, echo, prompt.text})) {
            state_ = State::asking;
            keep_alive_.disarm();
            deadline_.arm(dialogues_->policy().answer_deadline);
        }
    }
    wipe(prompt.text);
    Answered answered(*this);
    Result<SecretString> answer = co_await answered;
    co_return std::move(answer);
}

void Conversation::tell(std::string text)
{
    if (state_ == State::working)
        send(protocol::Tell{conversation_, ++number_, 0, text});
    wipe(text);
}

void Conversation::add(Row row)
{
    if (state_ != State::working)
        return;
    std::string pairs;
    for (const auto& [name, value] : row) {
        for (const auto* text : {&name, &value}) {
            unsayable_ = unsayable_ || text->find('\0') != std::string::npos;
            pairs.append(*text).push_back('\0');
        }
    }
    send(protocol::Row{conversation_, ++number_, pairs});
    wipe(pairs);
}

void Conversation::on_reply(std::span<const char> payload)
{
    protocol::Answer answer;
    if (protocol::decode(payload, answer) && answer.conversation == conversation_ && answer.number == number_)
        return resume_with(SecretString(answer.text));
    protocol::Leave leave;
    if (protocol::decode(payload, leave) && leave.conversation == conversation_)
        return resume_with(Error{ErrorKind::claimant_left, "left"});
    break_off("no answer to what was asked");
}

void Conversation::on_deadline()
{
    switch (state_) {
    case State::opening: return break_off("said nothing");
    case State::asking: return resume_with(Error{ErrorKind::deadline_passed, "no answer to a prompt"});
    case State::over: return channel_.close();
    case State::working: return;
    }
}

/// A dialogue that has just asked still gets to say why it ends.
void Conversation::on_whole_deadline()
{
    const Error too_late{ErrorKind::deadline_passed, "the whole conversation"};
    if (state_ == State::asking)
        resume_with(too_late);
    if (state_ == State::over)
        return;
    end(too_late);
    dialogue_.reset();
}

void Conversation::resume_with(Result<SecretString> answer)
{
    work();
    answer_ = std::move(answer);
    std::exchange(waiting_, {}).resume();
}

/// Sends the verdict and lets the socket run dry. Called from inside the dialogue when that ends by itself.
void Conversation::end(const Result<Verdict>& ended)
{
    if (std::exchange(state_, State::over) == State::over)
        return;
    stop_timers();
    const Result<Verdict> told =
        unsayable_ ? Error{ErrorKind::internal, "the dialogue said what no message carries"} : ended;
    shared_.log.ended(subject_, told);
    send(protocol::Verdict{conversation_, ++number_, decision_of(told)});
    deadline_.arm(shared_.deadlines.last_read);
    channel_.finish();
}

void Conversation::cancel()
{
    if (state_ == State::opening)
        break_off("the daemon stops");
    else if (state_ != State::over)
        refuse("the daemon stops");
}

/// Unavailable, for a reason that is not the dialogue's.
void Conversation::refuse(std::string_view why)
{
    send(protocol::Verdict{conversation_, ++number_, protocol::Decision::unavailable});
    break_off(why);
}

/// Without a verdict: what speaks there does not follow the protocol. Never called by the dialogue.
void Conversation::break_off(std::string_view why)
{
    state_ = State::over;
    stop_timers();
    waiting_ = {};
    dialogue_.reset();
    shared_.log.broken_off(door_, peer_, why);
    deadline_.arm(shared_.deadlines.last_read);
    channel_.finish();
}

// On a turn of its own, so no coroutine of the dialogue is running.
void Conversation::on_closed()
{
    if (state_ == State::working || state_ == State::asking)
        shared_.log.ended(subject_, Error{ErrorKind::claimant_left, "hung up"});
    state_ = State::over;
    stop_timers();
    waiting_ = {};
    dialogue_.reset();
    ended_();
}

void Conversation::stop_timers()
{
    deadline_.disarm();
    keep_alive_.disarm();
    whole_.disarm();
}

} // namespace ssp
