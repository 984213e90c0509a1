#pragma once
// The words behind pam_ssp_mfa.so in a PAM configuration file; pam_ssp_mfa(8) says what each does.
#include <string_view>

namespace ssp::pam {

/// What one line of a PAM configuration file asks for. The texts are the arguments themselves and live as
/// long as the PAM call.
struct Options {
    const char* socket = nullptr;       ///< absolute path; nullptr: the one for this caller (helper_client.h)
    const char* helper_user = nullptr;  ///< "ssp-mfa" once read_options() has passed
    const char* ssh_services = nullptr; ///< "sshd" once read_options() has passed
    const char* evidence_services = nullptr; ///< nullptr: none besides require_mfa_evidence
    const char* failmode = nullptr;          ///< "secure" is the only one there is
    const char* gate = nullptr;              ///< "pubkey" is the only one there is
    const char* timeout = nullptr;
    int timeout_seconds = 300; ///< for a whole conversation, 10..3600
    bool debug = false;
    bool nullok = false;
    bool ignore_unknown_user = false;
    bool ignore_authinfo_unavail = false;
    bool require_mfa_evidence = false; ///< of the ssh services
    bool require_trusted_key = false;
    bool password_ignored = false; ///< use_first_pass, try_first_pass: what earlier modules got is no code
};

/// An argument that is not understood, and why; for the log.
struct OptionFault {
    const char* argument = "";
    const char* reason = "";
};

/// Reads all arguments, or says with false which one is wrong: a word that is unknown, has a value it cannot
/// have, or is given twice with a value. The caller then refuses, whatever the rest says.
bool read_options(int argc, const char** argv, Options& out, OptionFault& fault) noexcept;

/// True when `item` is one of the words of `list`, which are separated by commas; `list` may be nullptr.
bool lists(const char* list, std::string_view item) noexcept;

} // namespace ssp::pam
