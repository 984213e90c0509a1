#include "pam_module/log.h"
#include "pam_module/options.h"

#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::pam;

namespace {

Options options;
OptionFault fault;

bool read(std::vector<const char*> arguments)
{
    options = {};
    fault = {};
    return read_options(static_cast<int>(arguments.size()), arguments.data(), options, fault);
}

void without_arguments_nothing_is_let_pass_and_nothing_is_demanded()
{
    CHECK(read({}));
    CHECK(options.socket == nullptr && options.gate == nullptr && options.timeout_seconds == 300);
    CHECK_TEXT(options.helper_user, "ssp-mfa");
    CHECK_TEXT(options.ssh_services, "sshd");
    CHECK(!options.debug && !options.nullok && !options.ignore_unknown_user &&
          !options.ignore_authinfo_unavail);
    CHECK(!options.require_mfa_evidence && options.evidence_services == nullptr &&
          !options.require_trusted_key);
}

void every_option_is_read()
{
    CHECK(
        read({"socket=/run/x.sock", "helper_user=h", "ssh_services=sshd,ssp-test", "timeout=60", "debug",
              "nullok", "ignore_unknown_user", "ignore_authinfo_unavail", "require_mfa_evidence=sshd,login",
              "require_trusted_key", "failmode=secure", "gate=pubkey", "use_first_pass", "try_first_pass"}));
    CHECK_TEXT(options.socket, "/run/x.sock");
    CHECK_TEXT(options.helper_user, "h");
    CHECK(options.timeout_seconds == 60 && options.debug && options.nullok && options.ignore_unknown_user);
    CHECK(options.ignore_authinfo_unavail && options.require_trusted_key && options.gate != nullptr);
    CHECK(lists(options.evidence_services, "login") && lists(options.ssh_services, "ssp-test"));
    CHECK(read({"require_mfa_evidence"}) && options.require_mfa_evidence);
}

void an_unknown_or_half_known_word_is_refused_and_named()
{
    for (const char* bad : {"", "debugg", "Debug", "DEBUG", "socket", "sockets=/x", "nullok=1", " debug",
                            "debug ", "fail_open", "failmode", "gate", "debug=/var/log/x", "conf=/etc/x"}) {
        CHECK(!read({"debug", bad, "nullok"}));
        CHECK_TEXT(fault.argument, bad);
        CHECK(!options.nullok);
    }
}

void a_value_that_an_option_cannot_have_is_refused()
{
    const std::string long_path = "socket=/" + std::string(107, 'a');
    const std::string long_service = "ssh_services=" + std::string(65, 'a');
    for (const char* bad : {"socket=",
                            "socket=run/x",
                            long_path.c_str(),
                            "helper_user=",
                            "ssh_services=",
                            "ssh_services=,sshd",
                            "ssh_services=sshd,",
                            "ssh_services=sshd,,x",
                            long_service.c_str(),
                            "require_mfa_evidence=",
                            "failmode=safe",
                            "failmode=",
                            "failmode=Secure",
                            "failmode=secure ",
                            "gate=password",
                            "gate=",
                            "timeout=",
                            "timeout=9",
                            "timeout=3601",
                            "timeout=-30",
                            "timeout=60s",
                            "timeout= 60",
                            "timeout=1e2",
                            "timeout=99999999999999999999"}) {
        CHECK(!read({bad}));
        CHECK_TEXT(fault.argument, bad);
    }
    const std::string longest_path = "socket=/" + std::string(106, 'a');
    CHECK(read({longest_path.c_str()}) && read({"timeout=10"}) && read({"timeout=3600"}));
}

void a_value_given_twice_is_refused()
{
    CHECK(!read({"socket=/run/a", "socket=/run/b"}));
    CHECK_TEXT(fault.argument, "socket=/run/b");
    CHECK_TEXT(fault.reason, "is given twice");
    CHECK(read({"try_first_pass", "try_first_pass"})); // pam-auth-update adds it to lines that have it
}

void a_list_has_whole_words_only()
{
    CHECK(lists("sshd", "sshd") && lists("a,sshd,b", "sshd") && lists("a,b", "b"));
    CHECK(!lists("sshd", "ssh") && !lists("sshd", "sshd2") && !lists("sshd,a", "") &&
          !lists(nullptr, "sshd"));
    CHECK(!lists("a,b", "a,b"));
}

void what_goes_into_the_log_stays_one_printable_line()
{
    CHECK_TEXT(Escaped("alice").c_str(), "alice");
    CHECK_TEXT(Escaped("a\nb\r\x1b[7m\"\\\x7f").c_str(), "a\\x0ab\\x0d\\x1b[7m\\x22\\x5c\\x7f");
    CHECK_TEXT(Escaped("\xc3\xa9").c_str(), "\\xc3\\xa9");
    CHECK_TEXT(Escaped("").c_str(), "");
    CHECK_TEXT(Escaped(std::string(64, 'a')).c_str(), std::string(64, 'a'));
    CHECK_TEXT(Escaped(std::string(65, 'a')).c_str(), std::string(64, 'a') + "...");
    CHECK(std::string(Escaped(std::string(5000, '\n')).c_str()).size() == 64 * 4 + 3);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(without_arguments_nothing_is_let_pass_and_nothing_is_demanded),
        SENTENCE(every_option_is_read),
        SENTENCE(an_unknown_or_half_known_word_is_refused_and_named),
        SENTENCE(a_value_that_an_option_cannot_have_is_refused),
        SENTENCE(a_value_given_twice_is_refused),
        SENTENCE(a_list_has_whole_words_only),
        SENTENCE(what_goes_into_the_log_stays_one_printable_line),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
