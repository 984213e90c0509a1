#include "base/random.h"
#include "store/seals.h"

#include <set>

#include "support/cmocka.h"

using namespace ssp;

namespace {

MasterKey key(char fill = 'k') { return {SecretString(std::string(32, fill)), false}; }

Fields row(std::int64_t uid = 1000, const char* name = "alice")
{
    Fields fields("authenticator");
    fields.add(uid).add(std::string_view(name));
    return fields;
}

Nonce nonce()
{
    Nonce nonce{};
    SystemRandom random;
    if (!random.fill(nonce))
        std::abort();
    return nonce;
}

void a_sealed_secret_opens_for_its_own_row()
{
    const Seals seals(key());
    for (const char* secret : {"+12055550123", "1", ""}) {
        const auto sealed = seals.seal(SecretString(secret), nonce(), row());
        const auto opened = seals.unseal(sealed, row());
        CHECK(opened && opened->equals(secret));
    }
}

void a_sealed_secret_does_not_open_for_another_person_or_under_another_key()
{
    const Seals seals(key());
    const auto sealed = seals.seal(SecretString("+12055550123"), nonce(), row());
    for (const auto& other : {row(1001), row(1000, "alicf"), Fields("authenticator"), Fields("phone")}) {
        const auto opened = seals.unseal(sealed, other);
        CHECK(!opened && opened.error().kind == ErrorKind::store_tampered);
    }
    CHECK(!Seals(key('l')).unseal(sealed, row()));
}

void every_flipped_bit_and_every_cut_of_a_sealed_secret_is_refused()
{
    const Seals seals(key());
    const auto sealed = seals.seal(SecretString("twenty bytes of key!"), nonce(), row());
    CHECK(sealed.size() == 12 + 20 + 16);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        CHECK(!seals.unseal(flipped, row()));
    }
    for (std::size_t length = 0; length < sealed.size(); ++length)
        CHECK(!seals.unseal(std::string_view(sealed).substr(0, length), row()));
    CHECK(!seals.unseal(sealed + "x", row()));
    CHECK(seals.unseal(sealed, row())); // and a refusal spoils nothing
}

void the_secret_does_not_show_in_what_is_sealed()
{
    const Seals seals(key());
    std::set<std::string> different;
    for (int i = 0; i < 1000; ++i) {
        const auto sealed = seals.seal(SecretString("+12055550123"), nonce(), row());
        CHECK(sealed.find("12055550123") == std::string::npos);
        different.insert(sealed);
    }
    CHECK(different.size() == 1000);
}

void fields_that_run_together_alike_are_told_apart()
{
    const Seals seals(key());
    auto mac = [&](std::initializer_list<std::string_view> parts) {
        Fields fields("row");
        for (const auto part : parts)
            fields.add(part);
        return seals.rows.of(fields);
    };
    CHECK(mac({"ab", "c"}) != mac({"a", "bc"}));
    CHECK(mac({"ab"}) != mac({"ab", ""}));
    CHECK(seals.rows.of(Fields("a").add(std::string_view("b"))) != seals.rows.of(Fields("ab")));
}

void each_purpose_has_a_key_of_its_own()
{
    const Seals seals(key());
    const Fields same("same");
    const std::set<Digest> macs{seals.rows.of(same), seals.trust.of(same), seals.codes.of(same),
                                seals.audit.of(same), Mac(subkey(key(), "look-up digest")).of(same)};
    CHECK(macs.size() == 5);
    CHECK(seals.key_id != Seals(key('l')).key_id);
    CHECK(seals.rows.of(same) != Seals(key('l')).rows.of(same));
}

/// HMAC-SHA-256 with a key that was derived by hand: RFC 5869 by Python's hmac and hashlib.
void subkeys_and_macs_are_what_the_standards_say()
{
    const Seals seals(key());
    const auto digest = seals.rows.of("ssp-mfa");
    std::string hex;
    for (const auto byte : digest) {
        char text[3];
        std::snprintf(text, sizeof text, "%02x", byte);
        hex += text;
    }
    CHECK_TEXT(hex, "787672889ca92ea4e72c991e80c007b690d2dc6c0fa03b68ac455a7a92838e97");
}

void a_mac_holds_for_its_fields_only()
{
    const Seals seals(key());
    const auto mac = seals.rows.of(row());
    const std::string text(mac.begin(), mac.end());
    CHECK(seals.rows.holds(row(), text));
    CHECK(!seals.rows.holds(row(1001), text));
    CHECK(!seals.rows.holds(row(), ""));
    CHECK(!seals.rows.holds(row(), text.substr(1)));
    CHECK(!seals.trust.holds(row(), text));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_sealed_secret_opens_for_its_own_row),
        SENTENCE(a_sealed_secret_does_not_open_for_another_person_or_under_another_key),
        SENTENCE(every_flipped_bit_and_every_cut_of_a_sealed_secret_is_refused),
        SENTENCE(the_secret_does_not_show_in_what_is_sealed),
        SENTENCE(fields_that_run_together_alike_are_told_apart),
        SENTENCE(each_purpose_has_a_key_of_its_own),
        SENTENCE(subkeys_and_macs_are_what_the_standards_say),
        SENTENCE(a_mac_holds_for_its_fields_only),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
