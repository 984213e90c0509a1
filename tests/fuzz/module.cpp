// The whole way of the module, from pam_sm_authenticate to its return code, beside a helper whose messages
// and a C library whose faults come from the input. It says success if, and only if, the helper's messages
// are whole, are those of this conversation in their order, and end in an acceptance after every answer was
// given and sent; a second, plain reading of the same bytes says whether they are.
//
// The input: service, flags, fault, call, way, piece; then texts of PAM, each ended by a NUL: PAM_RHOST,
// SSH_AUTH_INFO_0, /proc/self/stat, answers separated by newlines; then what the helper sends: a message by
// its letter and its length, as in message_of(), or bytes as they are.
#include "fuzz.h"
#include "fuzz/module_calls.h"
#include "module/pam_host.h"
#include "protocol/codec.h"
#include "protocol/frame.h"

#include <array>
#include <string>
#include <vector>

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

constexpr std::uint64_t conversation = 0x1122334455667788U;

enum Flag : unsigned {
    silent_end = 1U,
    foreign_listener = 2U,
    failing_person = 4U,
    another_user_meanwhile = 8U,
    session_phase = 16U,
    unknown_user = 32U,
};

class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(text_of(data, size)) {}
    unsigned byte()
    {
        if (rest_.empty())
            return 0;
        const auto value = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::string_view text(std::size_t length)
    {
        const auto taken = rest_.substr(0, length);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view until(char end)
    {
        const auto length = rest_.find(end);
        const auto taken = text(length == std::string_view::npos ? rest_.size() : length);
        byte();
        return taken;
    }
    bool empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

template <class Message> std::string framed(const Message& message)
{
    static std::array<char, max_frame_bytes> frame;
    return {frame.data(), encode(message, frame)};
}

/// One message of the helper, of which letter and text say what; `number` counts as a good helper does.
std::string message_of(char letter, std::string_view text, std::uint32_t& number)
{
    switch (letter) {
    case 'a': return framed(Ask{conversation, ++number, 1, text});
    case 'h': return framed(Ask{conversation, ++number, 0, text});
    case 't': return framed(Tell{conversation, ++number, 0, text});
    case 'e': return framed(Tell{conversation, ++number, 1, text});
    case 'w': return framed(Wait{conversation, ++number});
    case 'y': return framed(Verdict{conversation, ++number, Decision::accepted});
    case 'n': return framed(Verdict{conversation, ++number, Decision::rejected});
    case 'l': return framed(Verdict{conversation, ++number, Decision::locked});
    case 'r': return framed(Row{conversation, ++number, text});
    case 'o': return framed(Wait{conversation + 1, ++number});
    case 'g': ++number; return {};
    default: return std::string(text); // bytes as they are
    }
}

struct Reading {
    bool accepted = false;
    std::vector<std::uint32_t> asked; ///< numbers of the questions
};

/// What the messages mean, read the plain way. `answers`: how many the person gives before hanging up.
Reading read(std::string_view stream, bool person, std::size_t answers, bool person_fails)
{
    Reading reading;
    for (std::uint32_t number = 1; number <= 1000; ++number) {
        const auto frame = first_frame({stream.data(), stream.size()});
        if (frame.state != FrameState::complete)
            return reading;
        stream.remove_prefix(frame.frame_bytes);
        Ask ask;
        Tell tell;
        Wait wait;
        Verdict verdict;
        const auto is_next = [&](const auto& message) {
            return message.conversation == conversation && message.number == number;
        };
        if (decode(frame.payload, ask) && is_next(ask)) {
            if (!person || person_fails || reading.asked.size() == answers)
                return reading;
            reading.asked.push_back(number);
        } else if (decode(frame.payload, tell) && is_next(tell)) {
            if (person && person_fails)
                return reading;
        } else if (!decode(frame.payload, wait) || !is_next(wait)) {
            reading.accepted =
                decode(frame.payload, verdict) && is_next(verdict) && verdict.decision == Decision::accepted;
            return reading;
        }
    }
    return reading;
}

/// The bytes that the module sent are one begin, and one answer to each question in its order.
void check_sent(const Reading& reading, const std::vector<std::string>& answers)
{
    std::string_view stream = machine.sent;
    const auto next = [&stream] {
        const auto frame = first_frame({stream.data(), stream.size()});
        MUST(frame.state == FrameState::complete);
        stream.remove_prefix(frame.frame_bytes);
        return frame.payload;
    };
    Begin begin;
    MUST(decode(next(), begin) && begin.conversation == conversation && begin.uid == 1000);
    for (std::size_t i = 0; i < reading.asked.size(); ++i) {
        Answer answer;
        MUST(decode(next(), answer) && answer.conversation == conversation);
        MUST(answer.number == reading.asked[i] && answer.text == answers[i]);
    }
    MUST(stream.empty());
}

bool is_short(std::string_view text, std::size_t most)
{
    return text.size() <= most && text.find('\0') == text.npos;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Input input(data, size);
    machine = {};
    wiped.clear();
    constexpr std::array<const char*, 3> services{"sshd", "sudo", "login"};
    const std::string service = services.at(input.byte() % services.size());
    const unsigned flags = input.byte();
    machine.fault = static_cast<Call>(input.byte() % static_cast<unsigned>(Call::count));
    machine.fault_at = static_cast<int>(input.byte());
    machine.fault_way = static_cast<int>(input.byte());
    machine.piece = input.byte() + 1;
    machine.helper_hangs = (flags & silent_end) != 0;
    machine.foreign_listener = (flags & foreign_listener) != 0;
    const auto rhost = input.until('\0');
    const auto auth_info = input.until('\0');
    machine.stat = input.until('\0');
    auto typed = input.until('\0');

    pam_handle host;
    const bool in_session = (flags & session_phase) != 0;
    host.items = {{PAM_SERVICE, in_session ? "sshd" : service},
                  {PAM_USER, (flags & unknown_user) != 0 ? "nobody-here" : "ALICE"},
                  {PAM_RHOST, std::string(rhost)}};
    host.environment = {{"SSH_CONNECTION", "192.0.2.7 1 192.0.2.8 22"},
                        {"SSH_AUTH_INFO_0", std::string(auth_info)}};
    if ((flags & failing_person) != 0)
        host.conversation_result = PAM_CONV_ERR;
    std::vector<std::string> answers;
    while (!typed.empty()) {
        const auto line = typed.find('\n');
        answers.emplace_back(typed.substr(0, line));
        typed.remove_prefix(line == std::string_view::npos ? typed.size() : line + 1);
        if (answers.back().size() > 512)
            break;
    }
    host.answers.assign(answers.begin(), answers.end());
    host.answers.emplace_back(std::nullopt);
    if (!answers.empty() && answers.back().size() > 512)
        answers.pop_back();
    if ((flags & another_user_meanwhile) != 0)
        host.while_prompted = [](pam_handle& h) { h.items[PAM_USER] = "mallory"; };
    for (std::uint32_t number = 0; !input.empty() && machine.helper.size() < 65536;) {
        const auto letter = static_cast<char>(input.byte());
        machine.helper += message_of(letter, input.text(input.byte()), number);
    }

    int code = PAM_SYSTEM_ERR;
    {
        const InsideModule during;
        code = in_session ? open_session(host, {"socket=/run/a.sock", "require_trusted_key"})
                          : authenticate(host, {"socket=/run/a.sock", "helper_user=nobody-here"});
    }
    MUST(code != PAM_IGNORE && code != PAM_USER_UNKNOWN);
    MUST(machine.open_descriptors == 0);
    MUST(machine.now_ms <= 320000);
    for (const auto& line : host.log)
        MUST(line.find_first_of("\n\r\x1b") == std::string::npos);

    const bool person_fails = (flags & failing_person) != 0;
    const auto reading = read(machine.helper, !in_session, answers.size(), person_fails);
    const bool asked_other = (flags & another_user_meanwhile) != 0 && !reading.asked.empty();
    const bool trusted = (flags & (foreign_listener | unknown_user)) == 0;
    const bool decided_by_sshd =
        in_session && auth_info.find("keyboard-interactive/pam") != std::string_view::npos;
    if (decided_by_sshd)
        return 0; // nobody is asked about a session that authenticate decided
    const bool good = reading.accepted && !machine.failed && trusted && !asked_other;
    understood = code == PAM_SUCCESS;
    MUST(code != PAM_SUCCESS || good);
    if (code == PAM_SUCCESS)
        check_sent(reading, answers);
    // The other way round where nothing else can be in the way.
    if (good && is_short(rhost, 256) && is_short(auth_info, 8000) && machine.fault == Call::none &&
        (service == "sshd" || in_session) && !machine.helper_hangs)
        MUST(code == PAM_SUCCESS);
    return 0;
}
