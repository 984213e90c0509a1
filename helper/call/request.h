#pragma once
// What to do, as it comes on standard input.
#include "base/result.h"
#include "base/secret_string.h"

#include <string>

namespace ssp {

enum class Srtp { off, optional, required };

/// How this host reaches the telephone network.
struct SipAccount {
    std::string proxy; ///< sip: or sips: address of the server that requests go to
    std::string from;  ///< who calls; its domain is where numbers are dialled
    std::string user;
    SecretString password;
    bool registers = false; ///< REGISTER before the call
    std::string ca_file;    ///< PEM; "": what this host trusts
    Srtp srtp = Srtp::off;
};

struct CallRequest {
    SipAccount account;
    SecretString to;     ///< E.164, "+12055550123"
    SecretString digits; ///< the code, 4 to 10 digits
    std::string language = "en";
    std::string recordings = "/usr/share/asterisk/sounds";
    bool confirm_key = true;
    int ring_seconds = 25;  ///< 5..120
    int total_seconds = 60; ///< 10..300, from the first request on
};

/// Reads one JSON object (ssp-mfa-call(8)) of at most 16 KiB; a name that is not known is refused. Errors:
/// configuration (it is no such object); not_permitted (`to` is no telephone number).
Result<CallRequest> read_request(const SecretString& json);

} // namespace ssp
