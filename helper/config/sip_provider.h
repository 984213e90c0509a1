#pragma once
// What a file of providers.d with kind = "sip" says, as values.
#include "base/clock.h"
#include "base/secret_string.h"

#include <string>

namespace ssp {

/// Whether the sound of a call is encrypted (SRTP).
enum class MediaSecurity {
    off,
    optional, ///< offered, and not insisted on
    required, ///< no call without it
};

/// A telephone trunk or a PBX that takes calls by SIP.
struct SipProviderConfig {
    std::string program; ///< absolute path of ssp-mfa-call
    std::string proxy;   ///< where calls are sent: "sips:sbc.example.org", "sip:192.0.2.7:5060;transport=tcp"
    std::string from;    ///< who calls: "sip:+12055550100@example.org"
    std::string user;    ///< for digest authentication; empty: the trunk knows us by our address
    SecretString password;
    bool register_first = false; ///< REGISTER before the call
    std::string ca_file;         ///< PEM; empty: the system's
    MediaSecurity srtp = MediaSecurity::off;
    bool confirm_key = true;  ///< "press 1 to hear the code", so that no voicemail hears it
    Seconds ring_timeout{25}; ///< then it is no_answer
    std::string recordings = "/usr/share/asterisk/sounds";
    int max_calls = 4; ///< at once
};

} // namespace ssp
