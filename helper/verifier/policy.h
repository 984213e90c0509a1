#pragma once
// What an administrator decides, as one value. config/ reads it from files; nothing here reads anything.
#include "base/clock.h"
#include "verifier/message_wording.h"

#include <map>
#include <string>
#include <vector>

namespace ssp {

/// Limits on guessing; the arithmetic is in throttle.h, the reasons in docs/explanation/guessing.md.
struct GuessLimits {
    int yearly_points = 900; ///< a wrong six-digit text code costs 1, an app code 3, a five-digit code 10
    int everybody_points = 10000; ///< of all people together in a year; a fifth of it in a day is an alarm
    int desk_refund_points = 300; ///< most that an unlock gives back
    int phone_off_points = 300;   ///< text and voice are refused from here on
    int notice_points = 30;       ///< the person is told from here on, since the last success
    int deny = 5;                 ///< consecutive failures before throttling (faillock: deny)
    Seconds fail_interval{30};    ///< first throttle; doubles with each further failure
    Seconds longest_interval{3600};
    int lock_after = 10;       ///< consecutive failures
    Seconds unlock_time{1800}; ///< shortest throttle from lock_after on (faillock: unlock_time)
    int disable_after = 20; ///< consecutive failures of one authenticator (SP 800-63B-4 3.2.2: at most 100)
    bool even_deny_root = true;

    bool operator==(const GuessLimits&) const = default;
};

/// Limits on sending, counted before anything is sent; the reasons are in
/// docs/explanation/sending-limits.md. All windows roll. A code that is typed back is given back to the
/// person, the number and the source; a region and the hour keep it, because it was paid for.
struct SendLimits {
    Seconds between{30};
    int per_quarter_hour = 3;
    int per_day = 10;
    int number_per_quarter_hour = 6;
    int number_per_day = 20;
    int source_per_quarter_hour = 300; ///< an office behind one address signs in at nine o'clock
    int region_per_day = 2000;
    int foreign_region_per_day = 50; ///< each region but Policy::region
    int texts_per_hour = 600;        ///< of everybody
    int calls_per_hour = 120;
    bool hold_after_alarm = true; ///< a foreign region whose codes do not come back gets no more
    int notices_per_hour = 120;   ///< of everybody: what owners are told; they count as texts too

    bool operator==(const SendLimits&) const = default;
};

enum class EnrolmentMode { first_sign_in, closed };

struct Policy {
    bool text_message = true;
    bool voice_call = true;
    bool authenticator_app = true;
    int voice_digits = 5; ///< 6 with profile "nist"; text and app always have six
    int tries_per_sign_in = 3;
    int tries_per_voice_challenge = 2;
    Seconds code_life{300};       ///< at most 600 (NIST SP 800-63B 5.1.3.2)
    Seconds answer_deadline{240}; ///< for one prompt; below sshd's LoginGraceTime
    Seconds console_deadline{50}; ///< for a whole sign-in at login(1), which gives 60 s in all
    Seconds login_grace{300};     ///< sshd's LoginGraceTime, which PAM cannot see; 0: none
    EnrolmentMode enrolment = EnrolmentMode::first_sign_in;
    int trust_days = 30;                           ///< 0: never ask the question
    int max_trusted_devices = 5;                   ///< per person and scope; the oldest goes
    Seconds trust_max_idle{0};                     ///< 0: no idle end
    std::vector<std::string> ssh_services{"sshd"}; ///< PAM services whose SSH_AUTH_INFO_0 counts
    bool trust_hostbased = false; ///< a client host's key, proven by sshd's hostbased method, is a device
    bool trust_console = false;   ///< a virtual console of this host (tty1 ... tty63) is a device
    std::vector<std::string> trust_networks; ///< an address inside one is a device; see parse_network()
    std::string issuer = "SSP";              ///< in the authenticator app, 1..16 printable ASCII
    std::string organisation = "SSP";        ///< in texts, 1..16 printable ASCII
    std::string support_contact = "your support desk"; ///< shown to people, 1..60 printable ASCII
    std::string origin;          ///< a host name: texts end in a line that binds the code to it; "": none
    std::string language = "en"; ///< of messages and calls; one of `wordings`
    std::map<std::string, std::string> region_languages; ///< region of a number to its language instead
    MessageWordings wordings{{"en", {}}};
    std::string region = "US"; ///< ISO 3166, for numbers typed without "+"
    std::string administrator; ///< E.164: gets texts about first enrolments; "": nobody
    GuessLimits guessing;
    SendLimits sending;

    bool operator==(const Policy&) const = default;
};

} // namespace ssp
