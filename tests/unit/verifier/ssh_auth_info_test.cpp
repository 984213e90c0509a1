#include "verifier/ssh_auth_info.h"

#include "ssh_keys.h"
#include "support/cmocka.h"

using namespace ssp;
using ssp::testing::ssh_keys;

namespace {

std::string only_fingerprint(std::string_view auth_info)
{
    const auto keys = proven_keys(auth_info);
    if (!keys || keys->size() != 1)
        return "not one key";
    return fingerprint_text(keys->front().fingerprint);
}

std::string text(std::string_view view) { return std::string(view); }

void a_plain_key_has_the_fingerprint_that_ssh_keygen_prints()
{
    for (const auto& key : ssh_keys)
        CHECK_TEXT(only_fingerprint(key.plain), key.fingerprint);
}

void every_certificate_of_a_key_has_the_fingerprint_of_the_plain_key()
{
    for (const auto& key : ssh_keys) {
        CHECK_TEXT(only_fingerprint(key.first_certificate), key.fingerprint);
        CHECK_TEXT(only_fingerprint(key.second_certificate), key.fingerprint);
        CHECK(key.first_certificate != key.second_certificate);
    }
}

void no_completed_method_is_no_key_and_not_an_error()
{
    CHECK(proven_keys("")->empty());
    CHECK(proven_keys("keyboard-interactive/pam\n")->empty());
    CHECK(proven_keys("password\n")->empty());
    CHECK(proven_keys("gssapi-with-mic alice@EXAMPLE.COM\n")->empty());
}

void keys_are_listed_in_the_order_in_which_they_were_proven()
{
    const auto keys =
        proven_keys(text(ssh_keys[0].plain) + text(ssh_keys[1].plain) + "keyboard-interactive/pam\n");
    CHECK(keys && keys->size() == 2);
    CHECK_TEXT(fingerprint_text((*keys)[0].fingerprint), ssh_keys[0].fingerprint);
    CHECK_TEXT(fingerprint_text((*keys)[1].fingerprint), ssh_keys[1].fingerprint);
    CHECK(!(*keys)[0].hostbased);
}

void a_hostbased_line_names_the_host_key_and_goes_on_with_words()
{
    auto line = text(ssh_keys[0].plain);
    line.replace(0, line.find(' '), "hostbased");
    line.insert(line.size() - 1, " client user \"alice\", client host \"pc7.example.com\"");
    const auto keys = proven_keys(line);
    CHECK(keys && keys->size() == 1 && keys->front().hostbased);
    CHECK_TEXT(fingerprint_text(keys->front().fingerprint), ssh_keys[0].fingerprint);
}

void a_line_that_breaks_its_format_leaves_no_key_at_all()
{
    const auto good = text(ssh_keys[0].plain);
    const auto body = good.substr(0, good.size() - 1);
    for (const auto& bad : {
             body,                                                            // no newline: cut off
             text("publickey\n"),                                             // no key
             text("publickey ssh-ed25519\n"),                                 // no blob
             text("publickey ssh-ed25519 \n"),                                // empty blob
             text("publickey  ssh-ed25519 AAAA\n"),                           // an empty type
             text("publickey ssh-ed25519 AAAA\n"),                            // a blob of three bytes
             text("publickey ssh-ed25519 !!!!\n"),                            // not base64
             text("publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5A===\n"),        // too much padding
             text("publickey ssh-ed25519 ") + std::string(8, '=') + "\n",     // nothing but padding
             text("publickey ssh-rsa") + body.substr(body.rfind(' ')) + "\n", // the blob says ed25519
             body + " \xc3\xa9\n",                                            // words behind a person's key
             text("\n"),                                                      // no method
             text("\x01ublickey ssh-ed25519 AAAA\n"),                         // a control character
             good + "\n",                           // a good line, then an empty one
             good + "publickey ssh-ed25519 AAAA\n", // a good line, then a bad one
             std::string("publickey\0ssh-ed25519 AAAA\n", 27),
         })
        CHECK(!proven_keys(bad));
}

void a_certificate_cut_at_any_byte_is_malformed()
{
    for (const auto& key : ssh_keys) {
        const auto line = text(key.first_certificate);
        for (std::size_t length = line.rfind(' ') + 1; length + 1 < line.size(); ++length)
            CHECK(!proven_keys(line.substr(0, length) + "\n"));
    }
}

void a_certificate_of_an_unknown_kind_is_no_key()
{
    // The type "ssh-new-cert-v01@openssh.com", then one field; hashed whole it would change with every issue.
    CHECK(!proven_keys("publickey ssh-new-cert-v01@openssh.com "
                       "AAAAHHNzaC1uZXctY2VydC12MDFAb3BlbnNzaC5jb20AAAABeA==\n"));
    // A plain key of a new kind, the type "ssh-newer" and one field, is hashed as ssh-keygen would.
    CHECK(proven_keys("publickey ssh-newer AAAACXNzaC1uZXdlcgAAAAF4\n")->size() == 1);
}

void unused_bits_of_the_last_character_must_be_zero()
{
    CHECK(proven_keys("publickey ssh-newer AAAACXNzaC1uZXdlcgAAAAE=\n"));
    CHECK(!proven_keys("publickey ssh-newer AAAACXNzaC1uZXdlcgAAAAF=\n"));
}

void more_than_8192_bytes_or_eight_keys_are_refused_whole()
{
    const auto one = text(ssh_keys[0].plain);
    std::string many;
    for (std::size_t i = 0; i < max_proven_keys; ++i)
        many += one;
    CHECK(proven_keys(many)->size() == max_proven_keys);
    CHECK(!proven_keys(many + one));

    const std::string filler = "password " + std::string(8181, 'x') + "\n";
    CHECK(filler.size() == 8191);
    CHECK(proven_keys(filler));
    CHECK(!proven_keys(filler + "\n\n"));
}

void any_single_changed_byte_gives_a_list_or_nothing()
{
    auto line = text(ssh_keys[0].first_certificate);
    for (std::size_t i = 0; i < line.size(); ++i)
        for (const char other : {'\0', '\n', ' ', 'A', '/', '\x7f', '\xff'}) {
            const char kept = line[i];
            line[i] = other;
            const auto keys = proven_keys(line); // must not crash, leak or read beyond
            CHECK(!keys || keys->size() <= max_proven_keys);
            line[i] = kept;
        }
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_plain_key_has_the_fingerprint_that_ssh_keygen_prints),
        SENTENCE(every_certificate_of_a_key_has_the_fingerprint_of_the_plain_key),
        SENTENCE(no_completed_method_is_no_key_and_not_an_error),
        SENTENCE(keys_are_listed_in_the_order_in_which_they_were_proven),
        SENTENCE(a_hostbased_line_names_the_host_key_and_goes_on_with_words),
        SENTENCE(a_line_that_breaks_its_format_leaves_no_key_at_all),
        SENTENCE(a_certificate_cut_at_any_byte_is_malformed),
        SENTENCE(a_certificate_of_an_unknown_kind_is_no_key),
        SENTENCE(unused_bits_of_the_last_character_must_be_zero),
        SENTENCE(more_than_8192_bytes_or_eight_keys_are_refused_whole),
        SENTENCE(any_single_changed_byte_gives_a_list_or_nothing),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
