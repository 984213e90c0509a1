#pragma once
// What the files in /etc/ssp-mfa say, as values. The reader (reader.h) is the only one that knows TOML.
#include "config/http_provider.h"
#include "config/sip_provider.h"
#include "verifier/policy.h"

#include <memory>
#include <string>
#include <vector>

namespace ssp {

/// What ssp-mfad, and the command `ssp-mfa`, work with.
struct HelperConfig {
    std::string database = "/var/lib/ssp-mfa/ssp-mfa.db";
    /// Used when systemd gives no credential "master-key".
    std::string master_key = "/etc/ssp-mfa/master.key";
    std::string signin_socket = "/run/ssp-mfa/signin.sock";
    std::string self_socket = "/run/ssp-mfa/self.sock";
    std::string admin_socket = "/run/ssp-mfa/admin.sock";
    std::string delivery_socket = "/run/ssp-mfa-delivery/delivery.sock";
    std::string user = "ssp-mfa";                   ///< runs ssp-mfad, owns the database
    std::string delivery_user = "ssp-mfa-delivery"; ///< runs ssp-mfa-deliveryd
    int audit_keep_days = 1826;                     ///< rows of the audit trail live so long; 0: for ever
    Policy policy;

    bool operator==(const HelperConfig&) const = default;
};

/// Which telephone numbers may be used at all (libphonenumber's words for types).
struct PhoneRules {
    std::vector<std::string> regions{"US"}; ///< ISO 3166
    std::vector<std::string> text_types{"mobile", "fixed-line-or-mobile"};
    std::vector<std::string> voice_types{"mobile", "fixed-line-or-mobile", "fixed-line"};
    std::vector<std::string> deny_prefixes; ///< of the E.164 form, "+1976"

    bool operator==(const PhoneRules&) const = default;
};

enum class ProviderKind { outbox, command, sip, http };

/// One way to carry a code: a file in providers.d.
struct ProviderConfig {
    std::string name; ///< the file's name without ".toml"
    ProviderKind kind = ProviderKind::command;
    bool text_message = false;
    bool voice_call = false;
    std::string file;                               ///< outbox: appended to
    std::vector<std::string> argv;                  ///< command: argv[0] is an absolute path; no shell
    Seconds deadline{15};                           ///< command: killed after it
    SipProviderConfig sip;                          ///< sip
    std::shared_ptr<const HttpProviderConfig> http; ///< http
};

/// Who carries one channel to some regions, the one to ask first in front.
struct RouteConfig {
    bool voice_call = false;            ///< else text messages
    std::vector<std::string> regions;   ///< of the number, ISO 3166; empty: every one
    std::vector<std::string> providers; ///< names of ProviderConfig; at least one

    bool operator==(const RouteConfig&) const = default;
};

/// What ssp-mfa-deliveryd works with.
struct DeliveryConfig {
    std::string socket = "/run/ssp-mfa-delivery/delivery.sock";
    std::string peer_user = "ssp-mfa"; ///< the only uid that is served
    bool demo = false;                 ///< an outbox loads only when this is true
    PhoneRules phones;
    std::vector<ProviderConfig> providers; ///< in the order of their names
    std::vector<RouteConfig> routes;       ///< in the order of the file; see [[routes]] in ssp-mfa.toml(5)
    MessageWordings wordings{{"en", {}}};  ///< of calls, for providers that speak texts
    std::string organisation = "SSP";      ///< in them
    Seconds code_life{300};                ///< gateways give a message up after it
};

} // namespace ssp
