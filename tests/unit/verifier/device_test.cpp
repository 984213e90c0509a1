#include "verifier/device.h"

#include "ssh_keys.h"
#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::ssh_keys;

namespace {

const std::string first_key(ssh_keys[0].plain);
const std::string second_key(ssh_keys[1].plain);

SignInFacts at_sshd(std::optional<std::string> auth_info)
{
    SignInFacts facts;
    facts.person = {1001, "alice"};
    facts.service = "sshd";
    facts.rhost = "pc7.example.com";
    facts.source = "192.0.2.7";
    facts.tty = "ssh";
    facts.auth_info = std::move(auth_info);
    return facts;
}

SignInFacts at_console(std::string service, std::string tty)
{
    SignInFacts facts;
    facts.person = {1001, "alice"};
    facts.service = std::move(service);
    facts.tty = std::move(tty);
    return facts;
}

std::string hostbased(std::string_view key)
{
    return "hostbased" + std::string(key.substr(key.find(' '), key.size() - key.find(' ') - 1)) +
           " client user \"alice\", client host \"pc7.example.com\"\n";
}

Policy with_everything()
{
    Policy policy;
    policy.trust_hostbased = true;
    policy.trust_console = true;
    policy.trust_networks = {"192.0.2.0/24", "2001:db8::/32"};
    return policy;
}

void an_ssh_key_is_a_device_and_is_called_by_the_end_of_its_fingerprint()
{
    const auto device = device_of(at_sshd(first_key), Policy{});
    CHECK(device.has_value());
    CHECK_TEXT(device->label, "SSH key ending " + std::string(ssh_keys[0].fingerprint.substr(39)));
}

void a_certificate_issued_again_and_the_plain_key_are_the_same_device()
{
    for (const auto& key : ssh_keys) {
        const auto plain = device_of(at_sshd(std::string(key.plain)), Policy{});
        for (const auto certificate : {key.first_certificate, key.second_certificate}) {
            const auto certified = device_of(at_sshd(std::string(certificate)), Policy{});
            CHECK(plain && certified && plain->fingerprint == certified->fingerprint);
            CHECK_TEXT(certified->label, plain->label);
        }
    }
}

void another_key_is_another_device()
{
    CHECK(device_of(at_sshd(first_key), Policy{})->fingerprint !=
          device_of(at_sshd(second_key), Policy{})->fingerprint);
}

void several_keys_are_one_device_that_only_the_same_set_is()
{
    const auto both = device_of(at_sshd(first_key + second_key), Policy{});
    const auto turned = device_of(at_sshd(second_key + first_key), Policy{});
    const auto three = device_of(at_sshd(first_key + second_key + std::string(ssh_keys[2].plain)), Policy{});
    CHECK(both && turned && three);
    CHECK(both->fingerprint == turned->fingerprint);
    CHECK(both->fingerprint != device_of(at_sshd(first_key), Policy{})->fingerprint);
    CHECK(both->fingerprint != device_of(at_sshd(second_key), Policy{})->fingerprint);
    CHECK(both->fingerprint != three->fingerprint);
    CHECK(both->label.starts_with("SSH keys ending ") && both->label.size() == 16 + 4 + 1 + 4);
}

void the_same_key_named_twice_is_that_key()
{
    CHECK(device_of(at_sshd(first_key + std::string(ssh_keys[0].first_certificate)), Policy{})->fingerprint ==
          device_of(at_sshd(first_key), Policy{})->fingerprint);
}

void without_a_proven_key_there_is_no_device()
{
    for (const auto& info :
         {std::optional<std::string>(), std::optional<std::string>(""),
          std::optional<std::string>("keyboard-interactive/pam\n"), std::optional<std::string>("password\n"),
          std::optional<std::string>("publickey ssh-ed25519 garbage\n")}) {
        CHECK(!device_of(at_sshd(info), Policy{}));
        CHECK(!why_not_bindable(at_sshd(info), Policy{}).empty());
    }
}

void the_variable_counts_only_for_the_listed_services()
{
    auto facts = at_sshd(first_key);
    for (const auto* service : {"sudo", "su", "login", "", "SSHD", "sshd2"}) {
        facts.service = service;
        CHECK(!device_of(facts, Policy{}));
        CHECK(!device_of(facts, with_everything()));
    }
    Policy policy;
    policy.ssh_services = {"ssp-test"};
    facts.service = "ssp-test";
    CHECK(device_of(facts, policy).has_value());
    facts.service = "sshd";
    CHECK(!device_of(facts, policy));
}

void opt_in_devices_are_off_by_default()
{
    CHECK(!device_of(at_sshd(hostbased(first_key)), Policy{}));
    CHECK(!device_of(at_sshd(""), Policy{}));
    CHECK(!device_of(at_console("login", "/dev/tty1"), Policy{}));
}

void a_hostbased_line_is_the_client_host_and_never_the_persons_key()
{
    const auto host = device_of(at_sshd(hostbased(first_key)), with_everything());
    CHECK(host.has_value());
    CHECK(host->label.starts_with("client host with key ending "));
    CHECK(host->fingerprint != device_of(at_sshd(first_key), with_everything())->fingerprint);
    // With a key of the person's own, that key is the device.
    CHECK(device_of(at_sshd(hostbased(second_key) + first_key), with_everything())->fingerprint ==
          device_of(at_sshd(first_key), Policy{})->fingerprint);
}

void a_source_address_is_a_device_only_inside_a_listed_network()
{
    const auto device = device_of(at_sshd(""), with_everything());
    CHECK(device.has_value());
    CHECK_TEXT(device->label, "address 192.0.2.7");

    auto facts = at_sshd("");
    for (const auto* elsewhere :
         {"192.0.3.7", "", "pc7.example.com", "localhost", "127.0.0.1", "::1", "0.0.0.0"}) {
        facts.source = elsewhere;
        CHECK(!device_of(facts, with_everything()));
    }
    facts.source = "::ffff:192.0.2.7";
    CHECK(device_of(facts, with_everything())->fingerprint == device->fingerprint);
    facts.source = "192.0.2.8";
    CHECK(device_of(facts, with_everything())->fingerprint != device->fingerprint);
}

void loopback_is_no_device_even_if_a_list_says_so()
{
    auto policy = with_everything();
    policy.trust_networks = {"127.0.0.0/8", "0.0.0.0/0", "::/0", "nonsense"};
    auto facts = at_sshd("");
    for (const auto* source : {"127.0.0.1", "::1", "192.0.2.7"}) {
        facts.source = source;
        CHECK(!device_of(facts, policy));
    }
}

void the_name_in_rhost_is_never_an_address()
{
    auto facts = at_sshd("");
    facts.source = "";
    facts.rhost = "192.0.2.7";
    CHECK(!device_of(facts, with_everything()));
}

void an_address_is_no_device_for_root_or_for_the_password_method()
{
    auto facts = at_sshd("");
    facts.person = {0, "root"};
    CHECK(!device_of(facts, with_everything()));
    CHECK(!device_of(at_sshd(std::nullopt), with_everything()));
}

void a_malformed_key_line_does_not_fall_back_to_the_address()
{
    CHECK(!device_of(at_sshd("publickey ssh-ed25519 garbage\n"), with_everything()));
}

void only_a_virtual_console_is_the_console_of_this_host()
{
    for (const auto* tty : {"tty1", "/dev/tty1", "/dev/tty9", "tty10", "tty63"})
        CHECK_TEXT(device_of(at_console("login", tty), with_everything()).value().label,
                   "console of this host");
    for (const auto* tty : {"", "tty", "tty0", "tty64", "tty99", "tty1x", "tty100", "ttyS0", "/dev/pts/0",
                            "ssh", ":0", "/dev/../dev/tty1", "/dev//dev/tty1", "console"})
        CHECK(!device_of(at_console("login", tty), with_everything()));
    auto over_the_network = at_console("login", "tty1");
    over_the_network.rhost = "localhost";
    CHECK(!device_of(over_the_network, with_everything()));
}

void trust_at_sshd_has_another_scope_than_sudo()
{
    CHECK_TEXT(scope_of(at_sshd(""), Policy{}), "sshd");
    CHECK_TEXT(scope_of(at_console("sudo", ""), Policy{}), "sudo");
    CHECK_TEXT(scope_of(at_console("login", ""), Policy{}), "login");
    Policy policy;
    policy.ssh_services = {"sshd", "ssp-test"};
    auto facts = at_sshd("");
    facts.service = "ssp-test";
    CHECK_TEXT(scope_of(facts, policy), "sshd");
}

void the_reason_fits_a_line_and_is_ascii()
{
    for (const auto& facts :
         {at_sshd(""), at_sshd("junk"), at_sshd(std::nullopt), at_console("sudo", "tty1")})
        for (const auto& policy : {Policy{}, with_everything()}) {
            const auto reason = why_not_bindable(facts, policy);
            CHECK(!reason.empty() && reason.size() <= 80 && reason.ends_with("."));
            for (const char c : reason)
                CHECK(c >= 0x20 && c < 0x7f);
        }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(an_ssh_key_is_a_device_and_is_called_by_the_end_of_its_fingerprint),
        SENTENCE(a_certificate_issued_again_and_the_plain_key_are_the_same_device),
        SENTENCE(another_key_is_another_device),
        SENTENCE(several_keys_are_one_device_that_only_the_same_set_is),
        SENTENCE(the_same_key_named_twice_is_that_key),
        SENTENCE(without_a_proven_key_there_is_no_device),
        SENTENCE(the_variable_counts_only_for_the_listed_services),
        SENTENCE(opt_in_devices_are_off_by_default),
        SENTENCE(a_hostbased_line_is_the_client_host_and_never_the_persons_key),
        SENTENCE(a_source_address_is_a_device_only_inside_a_listed_network),
        SENTENCE(loopback_is_no_device_even_if_a_list_says_so),
        SENTENCE(the_name_in_rhost_is_never_an_address),
        SENTENCE(an_address_is_no_device_for_root_or_for_the_password_method),
        SENTENCE(a_malformed_key_line_does_not_fall_back_to_the_address),
        SENTENCE(only_a_virtual_console_is_the_console_of_this_host),
        SENTENCE(trust_at_sshd_has_another_scope_than_sudo),
        SENTENCE(the_reason_fits_a_line_and_is_ascii),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
