// TOTP keys, telephone numbers, codes and look-up secrets are nowhere in the database's files: not in live
// rows, not in pages that were freed, not in the WAL.
#include "unit/store/sqlite_fixture.h"

#include "verifier/totp.h"

#include <fstream>
#include <iterator>

#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

std::string hex(std::string_view bytes, const char* digits)
{
    std::string out;
    for (const char byte : bytes) {
        out += digits[static_cast<unsigned char>(byte) >> 4];
        out += digits[static_cast<unsigned char>(byte) & 15];
    }
    return out;
}

/// The eight bytes of a decimal number, both ways round, as SQLite or a careless writer would keep it.
void add_numbers(std::vector<std::string>& forms, const std::string& decimal)
{
    std::uint64_t number = std::stoull(decimal);
    std::string little;
    for (int i = 0; i < 8; ++i, number >>= 8)
        little += static_cast<char>(number & 0xff);
    forms.push_back(little);
    std::string big(little.rbegin(), little.rend());
    forms.push_back(big);
    if (auto shortest = big.substr(big.find_first_not_of('\0')); shortest.size() > 3)
        forms.push_back(shortest); // three bytes turn up by chance
}

std::vector<std::string> forms_of(const std::string& secret)
{
    const SecretString bytes(secret);
    std::vector<std::string> forms{
        secret,
        hex(secret, "0123456789abcdef"),
        hex(secret, "0123456789ABCDEF"),
        std::string(totp::base32(bytes, false).reveal()),
        std::string(totp::base32(bytes, true).reveal()),
    };
    const auto digits = secret.substr(secret.front() == '+' ? 1 : 0);
    if (digits.find_first_not_of("0123456789") == std::string::npos) {
        forms.push_back(digits);
        add_numbers(forms, digits);
    }
    return forms;
}

std::string bytes_of(const SqliteFixture& fixture)
{
    std::string all;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::ifstream file(fixture.path() + suffix, std::ios::binary);
        all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
}

bool is_found(const std::string& files, const std::string& secret)
{
    for (const auto& form : forms_of(secret))
        if (files.find(form) != std::string::npos)
            return true;
    return false;
}

const std::vector<std::string> numbers{"+12055550123", "+12055550145", "+442079460018"};
const std::vector<std::string> keys{
    "\x01\x93\x7a\xc4\x11\xfe\x20\x8e\x77\x55\x31\x9b\x00\x47\x6d\xe8\xb2\x13\x9f\x60",
    "another key of 20 by", "the third key: 20 by"};
const std::vector<std::string> codes{"739154", "402867", "95318"};
const std::vector<std::string> look_up_secrets{"7K4QM2XWPB9TD", "C5R8VNJ3HYFZA"};

void bind(SqliteFixture& fixture, SubscriberId id, AuthenticatorKind kind, const std::string& secret)
{
    NewAuthenticator authenticator;
    authenticator.kind = kind;
    authenticator.secret = SecretString(secret);
    fixture.get(fixture.store->bind(id, std::move(authenticator), 0, entry("authenticator-bound")));
}

void send(SqliteFixture& fixture, SubscriberId id, unsigned char number, const std::string& code)
{
    NewChallenge challenge;
    challenge.id.fill(number);
    challenge.service = "sshd";
    challenge.code = SecretString(code);
    challenge.expires_at = fixture.clock.now() + Seconds(300);
    challenge.expires_at_boot = fixture.clock.boot_time() + Seconds(300);
    const auto challenge_id = challenge.id;
    fixture.get(fixture.store->open_challenge(id, std::move(challenge)));
    fixture.get(fixture.store->matches(id, challenge_id, SecretString(code)));
    fixture.get(fixture.store->accept(id, ChallengeProof{challenge_id}, 0, entry("accepted")));
}

void use_everything(SqliteFixture& fixture)
{
    fixture.open();
    const auto id = fixture.get(fixture.store->add_subscriber({1000, "alice"}));
    for (std::size_t i = 0; i < 3; ++i) { // each replaces the one before
        bind(fixture, id, AuthenticatorKind::text_message, numbers[i]);
        bind(fixture, id, AuthenticatorKind::authenticator_app, keys[i]);
        SendRequest request;
        request.number = SecretString(numbers[i]);
        fixture.get(fixture.store->reserve_send(id, std::move(request), entry("")));
        send(fixture, id, static_cast<unsigned char>(i), codes[i]);
        std::vector<SecretString> secrets;
        for (const auto& secret : look_up_secrets)
            secrets.emplace_back(secret);
        fixture.get(fixture.store->replace_look_up_secrets(id, {std::move(secrets), {}}, entry("codes")));
    }
    const auto digest = fixture.store->digest_of(id, SecretString(look_up_secrets[0]));
    CHECK(fixture.get(fixture.store->accept(id, LookUpSecretProof{digest}, 0, entry("accepted"))));
    CHECK((*fixture.find_alice())->authenticators.at(0).secret.equals(numbers[2]));
}

void check_nothing_is_found(const SqliteFixture& fixture)
{
    const auto files = bytes_of(fixture);
    for (const auto& group : {numbers, keys, codes, look_up_secrets})
        for (const auto& secret : group)
            CHECK(!is_found(files, secret));
}

void no_secret_is_in_the_files_while_the_store_is_open_nor_after_it_closed()
{
    SqliteFixture fixture;
    use_everything(fixture);
    CHECK(bytes_of(fixture).find("alice") != std::string::npos);
    check_nothing_is_found(fixture);
    fixture.close();
    check_nothing_is_found(fixture);
    fixture.open();
    fixture.get(fixture.store->act((*fixture.find_alice())->id, DeskAct::reset, "lost", entry("reset")));
    check_nothing_is_found(fixture);
}

void the_search_finds_each_form_of_a_secret_that_is_kept_in_the_clear()
{
    SqliteFixture fixture;
    SQLite::Database other(fixture.path(), SQLite::OPEN_READWRITE);
    other.exec("PRAGMA synchronous=OFF; CREATE TABLE careless (value BLOB)");
    SQLite::Statement insert(other, "INSERT INTO careless VALUES (?)");
    for (const auto& group : {numbers, keys, codes, look_up_secrets})
        for (const auto& secret : group)
            for (const auto& form : forms_of(secret)) {
                CHECK(bytes_of(fixture).find(form) == std::string::npos);
                insert.bind(1, form.data(), static_cast<int>(form.size()));
                insert.exec();
                insert.reset();
                CHECK(bytes_of(fixture).find(form) != std::string::npos);
                CHECK(is_found(bytes_of(fixture), secret));
                other.exec("PRAGMA secure_delete=ON; DELETE FROM careless; PRAGMA wal_checkpoint(TRUNCATE)");
            }
}

void a_master_key_is_not_in_the_files_either()
{
    SqliteFixture fixture;
    use_everything(fixture);
    CHECK(!is_found(bytes_of(fixture), std::string(test_key().bytes.reveal())));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(no_secret_is_in_the_files_while_the_store_is_open_nor_after_it_closed),
        SENTENCE(the_search_finds_each_form_of_a_secret_that_is_kept_in_the_clear),
        SENTENCE(a_master_key_is_not_in_the_files_either),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
