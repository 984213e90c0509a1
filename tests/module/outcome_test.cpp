#include "pam_module/outcome.h"

#include <bit>
#include <security/pam_modules.h>
#include <string>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::pam;

namespace {

constexpr Outcome outcomes[] = {
    Outcome::accepted,     Outcome::rejected,        Outcome::locked,     Outcome::not_enrolled,
    Outcome::unavailable,  Outcome::unreachable,     Outcome::distrusted, Outcome::person_left,
    Outcome::unknown_user, Outcome::password_method, Outcome::fault,
};

std::vector<Place> places()
{
    std::vector<Place> all;
    for (const auto family : {Family::ssh, Family::sudo, Family::other})
        for (const bool superuser : {true, false})
            for (const bool remote : {true, false})
                all.push_back({family, superuser, remote});
    return all;
}

std::vector<Options> option_sets()
{
    std::vector<Options> all;
    for (unsigned bits = 0; bits < 8; ++bits) {
        Options options;
        options.nullok = (bits & 1U) != 0;
        options.ignore_unknown_user = (bits & 2U) != 0;
        options.ignore_authinfo_unavail = (bits & 4U) != 0;
        all.push_back(options);
    }
    return all;
}

void success_is_for_accepted_alone()
{
    for (const auto& place : places())
        for (const auto& options : option_sets())
            for (const auto outcome : outcomes)
                CHECK((return_code(outcome, place, options) == PAM_SUCCESS) ==
                      (outcome == Outcome::accepted));
}

void ignore_is_given_only_where_an_option_says_so()
{
    for (const auto& place : places()) {
        for (const auto& options : option_sets()) {
            for (const auto outcome : outcomes) {
                const bool ssh = place.family == Family::ssh;
                const bool local_person = place.family == Family::other && !place.superuser && !place.remote;
                const bool may =
                    (outcome == Outcome::not_enrolled && options.nullok) ||
                    (outcome == Outcome::unknown_user && options.ignore_unknown_user && !ssh) ||
                    (outcome == Outcome::unreachable && options.ignore_authinfo_unavail && local_person);
                CHECK((return_code(outcome, place, options) == PAM_IGNORE) == may);
            }
        }
    }
}

void sshd_gets_no_code_that_it_cannot_handle()
{
    for (const auto outcome : outcomes) {
        const int code = return_code(outcome, {Family::ssh, false, true}, {});
        CHECK(code != PAM_MAXTRIES && code != PAM_ACCT_EXPIRED && code != PAM_NEW_AUTHTOK_REQD);
    }
}

void a_locked_person_ends_the_rounds_of_sudo_and_login()
{
    CHECK(return_code(Outcome::locked, {Family::sudo, false, false}, {}) == PAM_ABORT);
    CHECK(return_code(Outcome::locked, {Family::other, false, false}, {}) == PAM_MAXTRIES);
    CHECK(return_code(Outcome::rejected, {Family::sudo, false, false}, {}) == PAM_AUTH_ERR);
}

void user_unknown_is_never_given_because_stacks_ignore_it()
{
    for (const auto& place : places())
        for (const auto outcome : outcomes)
            CHECK(return_code(outcome, place, {}) != PAM_USER_UNKNOWN);
}

void no_flipped_bit_of_an_outcome_makes_a_success()
{
    Options everything;
    everything.nullok = everything.ignore_unknown_user = everything.ignore_authinfo_unavail = true;
    for (const auto outcome : outcomes) {
        for (unsigned bit = 0; bit < 32; ++bit) {
            const auto flipped = static_cast<Outcome>(static_cast<std::uint32_t>(outcome) ^ (1U << bit));
            CHECK(return_code(flipped, {Family::other, false, false}, everything) == PAM_SYSTEM_ERR);
        }
    }
}

void outcomes_stand_at_least_eight_bits_apart()
{
    for (const auto a : outcomes)
        for (const auto b : outcomes)
            CHECK(a == b ||
                  std::popcount(static_cast<std::uint32_t>(a) ^ static_cast<std::uint32_t>(b)) >= 8);
}

void every_outcome_has_a_name()
{
    for (const auto outcome : outcomes)
        CHECK(std::string(name_of(outcome)) != "?");
    CHECK_TEXT(name_of(static_cast<Outcome>(0)), "?");
}

void a_service_belongs_to_the_family_that_its_name_says()
{
    Options options;
    options.ssh_services = "sshd,ssp-test";
    CHECK(family_of("sshd", options) == Family::ssh && family_of("ssp-test", options) == Family::ssh);
    CHECK(family_of("sudo", options) == Family::sudo && family_of("sudo-i", options) == Family::sudo);
    CHECK(family_of("login", options) == Family::other && family_of("SSHD", options) == Family::other);
    CHECK(family_of("", options) == Family::other);
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(success_is_for_accepted_alone),
        SENTENCE(ignore_is_given_only_where_an_option_says_so),
        SENTENCE(sshd_gets_no_code_that_it_cannot_handle),
        SENTENCE(a_locked_person_ends_the_rounds_of_sudo_and_login),
        SENTENCE(user_unknown_is_never_given_because_stacks_ignore_it),
        SENTENCE(no_flipped_bit_of_an_outcome_makes_a_success),
        SENTENCE(outcomes_stand_at_least_eight_bits_apart),
        SENTENCE(every_outcome_has_a_name),
        SENTENCE(a_service_belongs_to_the_family_that_its_name_says),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
