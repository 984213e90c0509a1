#include "verifier/device.h"

#include "verifier/network.h"
#include "verifier/ssh_auth_info.h"

#include <algorithm>
#include <openssl/evp.h>

namespace ssp {

namespace {

bool is_ssh(const SignInFacts& facts, const Policy& policy)
{
    return std::ranges::find(policy.ssh_services, facts.service) != policy.ssh_services.end();
}

/// A fingerprint for what has none of its own; `what` keeps the kinds of device apart.
std::optional<Digest> digest_of(std::string_view what, std::string_view bytes)
{
    std::string text(what);
    text.push_back('\0');
    text.append(bytes);
    Digest digest{};
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return std::nullopt;
    return digest;
}

std::string_view bytes_of(const auto& array)
{
    return {reinterpret_cast<const char*>(array.data()), array.size()};
}

std::string ending_of(const Digest& fingerprint) { return fingerprint_text(fingerprint).substr(39); }

std::optional<Device> one_device(std::optional<Digest> fingerprint, std::string label)
{
    if (!fingerprint)
        return std::nullopt;
    return Device{*fingerprint, std::move(label)};
}

std::vector<Digest> distinct_keys(const std::vector<ProvenKey>& keys, bool hostbased)
{
    std::vector<Digest> fingerprints;
    for (const auto& key : keys)
        if (key.hostbased == hostbased)
            fingerprints.push_back(key.fingerprint);
    std::ranges::sort(fingerprints);
    fingerprints.erase(std::unique(fingerprints.begin(), fingerprints.end()), fingerprints.end());
    return fingerprints;
}

/// `fingerprints`: sorted and distinct, at least one.
std::optional<Device> device_of_person_keys(const std::vector<Digest>& fingerprints)
{
    if (fingerprints.size() == 1)
        return Device{fingerprints.front(), "SSH key ending " + ending_of(fingerprints.front())};
    std::string all;
    std::string endings;
    for (const auto& fingerprint : fingerprints) {
        all.append(bytes_of(fingerprint));
        endings += (endings.empty() ? "" : "+") + ending_of(fingerprint);
    }
    return one_device(digest_of("ssh-key-set", all), "SSH keys ending " + endings);
}

std::optional<Device> device_of_address(const SignInFacts& facts, const Policy& policy)
{
    const auto address = parse_address(facts.source);
    if (!address || is_loopback_or_unspecified(*address) || facts.person.uid == 0)
        return std::nullopt;
    const bool listed = std::ranges::any_of(policy.trust_networks, [&](const std::string& text) {
        const auto network = parse_network(text);
        return network && contains(*network, *address);
    });
    if (!listed)
        return std::nullopt;
    return one_device(digest_of("address", bytes_of(*address)), "address " + facts.source);
}

std::optional<Device> device_of_ssh(const SignInFacts& facts, const Policy& policy)
{
    if (!facts.auth_info) // the password method, which tells us nothing
        return std::nullopt;
    const auto keys = proven_keys(*facts.auth_info);
    if (!keys)
        return std::nullopt;
    const auto person_keys = distinct_keys(*keys, false);
    if (!person_keys.empty())
        return device_of_person_keys(person_keys);
    const auto host_keys = distinct_keys(*keys, true);
    if (policy.trust_hostbased && host_keys.size() == 1)
        return one_device(digest_of("host-key", bytes_of(host_keys.front())),
                          "client host with key ending " + ending_of(host_keys.front()));
    return device_of_address(facts, policy);
}

/// "tty1" ... "tty63", also with "/dev/" before it: the virtual consoles of Linux. Serial lines are not
/// among them: a modem or a terminal server may be at their other end.
bool is_virtual_console(std::string_view tty)
{
    if (tty.starts_with("/dev/"))
        tty.remove_prefix(5);
    if (!tty.starts_with("tty"))
        return false;
    tty.remove_prefix(3);
    const bool number = (tty.size() == 1 || tty.size() == 2) && tty[0] >= '1' && tty[0] <= '9' &&
                        tty.back() >= '0' && tty.back() <= '9';
    return number && !(tty.size() == 2 && tty > "63");
}

} // namespace

std::optional<Device> device_of(const SignInFacts& facts, const Policy& policy)
{
    if (is_ssh(facts, policy))
        return device_of_ssh(facts, policy);
    const bool came_over_a_network = !facts.rhost.empty() || !facts.source.empty();
    if (policy.trust_console && !came_over_a_network && is_virtual_console(facts.tty))
        return one_device(digest_of("console", ""), "console of this host");
    return std::nullopt;
}

std::string scope_of(const SignInFacts& facts, const Policy& policy)
{
    return is_ssh(facts, policy) ? "sshd" : facts.service;
}

std::string why_not_bindable(const SignInFacts& facts, const Policy& policy)
{
    if (!is_ssh(facts, policy))
        return policy.trust_console ? "Only a console of this host can be remembered for this program."
                                    : "Devices are remembered only for SSH sign-ins with a key.";
    if (facts.auth_info && !proven_keys(*facts.auth_info))
        return "This device cannot be remembered: its SSH key could not be read.";
    return "This device cannot be remembered: it did not sign in with an SSH key.";
}

} // namespace ssp
