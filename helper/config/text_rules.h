#pragma once
// What the texts of the configuration may be. Each allows only what its use can bear.
#include "config/section.h"

namespace ssp::config::rule {

extern const TextRule absolute_path; ///< 2..255 bytes, no "." or ".." parts, no control character
extern const TextRule user_name;
extern const TextRule service_name; ///< a PAM service: a file name in /etc/pam.d
extern const TextRule region;       ///< ISO 3166, two capitals
extern const TextRule number_type;  ///< a kind of telephone line that may get a code
extern const TextRule number_prefix;
extern const TextRule telephone; ///< E.164, or "" for none
extern const TextRule network;
extern const TextRule short_name;      ///< issuer, organisation
extern const TextRule support_contact; ///< shown to people at every sign-in
extern const TextRule provider_name;   ///< a file name in providers.d, without ".toml"
extern const TextRule origin;          ///< a host name, or "" for none
extern const TextRule language;        ///< ISO 639-1
extern const TextRule region_language; ///< "MX=es"
extern const TextRule message;         ///< of a messages file, before what is in it is looked at
extern const TextRule argument;        ///< of a command
extern const TextRule signin_socket;
extern const TextRule self_socket;
extern const TextRule admin_socket;
extern const TextRule delivery_socket;

} // namespace ssp::config::rule
