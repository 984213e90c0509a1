#include "http_provider.h"

#include <filesystem>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "messages.h"
#include "support/cmocka.h"

using namespace ssp;
using namespace ssp::testing;

namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

std::string pem_of(EVP_PKEY* key)
{
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string from_base64url(std::string text)
{
    for (char& c : text)
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    const auto missing = (4 - text.size() % 4) % 4;
    text.append(missing, '=');
    std::string bytes(3 * text.size() / 4, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    CHECK(size >= 0);
    bytes.resize(static_cast<std::size_t>(size) - missing);
    return bytes;
}

std::string fault_of(HttpFile& file, const std::string& text)
{
    try {
        file.open(text);
    } catch (const std::runtime_error& error) {
        return replaced(error.what(), file.directory.path(), "DIR");
    }
    return "good";
}

const std::string two_secrets = "[secrets]\nid = \"DIR/id\"\nkey = \"DIR/key\"\n";

void basic_and_bearer_are_header_fields()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.directory.write("id", "Aladdin");
    file.directory.write("key", "open sesame\n");
    file.send(text_head + two_secrets + request_head +
                  "auth = \"basic\"\nusername = \"{secret.id}\"\npassword = \"{secret.key}\"\n",
              text_message());
    CHECK_TEXT(gateway.field("Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    file.send(text_head + two_secrets + request_head + "auth = \"bearer\"\ntoken = \"{secret.id}.x\"\n",
              text_message());
    CHECK_TEXT(gateway.field("Authorization", 1), "Bearer Aladdin.x");
    file.send(text_head + request_head, text_message());
    CHECK_TEXT(gateway.field("Authorization", 2), "-");
}

void an_aws_request_is_signed_with_its_headers_and_token()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.directory.write("id", "AKIDEXAMPLE");
    file.directory.write("key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    file.send(text_head + two_secrets + request_head +
                  "auth = \"aws-sigv4\"\nusername = \"{secret.id}\"\npassword = \"{secret.key}\"\n"
                  "region = \"us-east-1\"\nservice = \"sns\"\nsession_token = \"token==\"\n"
                  "form = { Action = \"Publish\", Message = \"{text}\" }\n",
              text_message());
    const auto field = gateway.field("Authorization");
    CHECK(field.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    CHECK(field.find("/us-east-1/sns/aws4_request, SignedHeaders=") != std::string::npos);
    CHECK(field.find("x-amz-security-token") != std::string::npos);
    CHECK_TEXT(gateway.field("X-Amz-Security-Token"), "token==");
    CHECK(gateway.request().find("wJalr") == std::string::npos);
}

void a_token_is_signed_by_the_key_and_used_once()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    const Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
    file.directory.write("id", "app-1\"");
    file.directory.write("key", pem_of(key.get()));
    const auto text = text_head + two_secrets + request_head +
                      "auth = \"jwt-rs256\"\nprivate_key = \"{secret.key}\"\n"
                      "claims = { application_id = \"{secret.id}\", acl = { paths = [] } }\n";
    std::string before;
    for (std::size_t i = 0; i < 2; ++i) {
        file.send(text, text_message());
        const auto field = gateway.field("Authorization", i);
        CHECK(field.starts_with("Bearer ") && field != before);
        before = field;
        const auto token = field.substr(7);
        const auto first = token.find('.');
        const auto second = token.find('.', first + 1);
        CHECK_TEXT(from_base64url(token.substr(0, first)), R"({"alg":"RS256","typ":"JWT"})");
        const auto claims = from_base64url(token.substr(first + 1, second - first - 1));
        CHECK(claims.starts_with(R"({"iat":1795420800,"exp":1795420860,"jti":")"));
        CHECK(claims.ends_with(R"(","acl":{"paths":[]},"application_id":"app-1\""})"));
        const auto signature = from_base64url(token.substr(second + 1));
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
        CHECK(EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                               signature.size(), reinterpret_cast<const unsigned char*>(token.data()),
                               second) == 1);
    }
}

void a_key_that_cannot_sign_does_not_load()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    file.directory.write("id", "x");
    const auto text =
        text_head + two_secrets + request_head + "auth = \"jwt-rs256\"\nprivate_key = \"{secret.key}\"\n";
    const Key small(EVP_RSA_gen(1024), EVP_PKEY_free);
    const Key curve(EVP_EC_gen("P-256"), EVP_PKEY_free);
    for (const auto& pem : {pem_of(small.get()), pem_of(curve.get()), std::string("no key"),
                            std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}) {
        file.directory.write("key", pem);
        CHECK_TEXT(fault_of(file, text),
                   "gateway.toml:10:15: request.private_key: the secret is no RSA key of 2048 bits or "
                   "more, as PEM without a passphrase");
    }
}

/// A program in the test's folder that gives `script` its folder as $1.
std::string with_program(HttpFile& file, const std::string& script)
{
    const auto path = file.directory.write("program", "#!/bin/sh\necho x >> $1/runs\n" + script);
    std::filesystem::permissions(path, std::filesystem::perms(0700));
    return text_head + request_head + "auth = \"command\"\ncommand = [\"DIR/program\", \"DIR\"]\n";
}

std::size_t runs_of(const HttpFile& file)
{
    std::error_code none;
    const auto size = std::filesystem::file_size(file.directory.path("runs"), none);
    return none ? 0 : size / 2;
}

void a_program_gives_the_value_for_a_minute()
{
    AnsweringGateway gateway;
    HttpFile file(gateway);
    const auto long_token = std::string(3000, 't');
    const auto provider = file.open(with_program(file, "echo Bearer " + long_token + "\n"));
    const auto message = text_message();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(run(file.loop, provider->send(message))->outcome == DeliveryOutcome::accepted);
        CHECK_TEXT(gateway.field("Authorization", i), "Bearer " + long_token);
        CHECK(runs_of(file) == 1);
        file.clock.advance(Seconds(29));
    }
    CHECK(run(file.loop, provider->send(message))->outcome == DeliveryOutcome::accepted);
    CHECK(runs_of(file) == 2);
}

void a_program_that_gives_no_value_means_that_nothing_is_sent()
{
    for (const char* script : {"exit 0\n", "echo token; exit 1\n", "printf 'a\\nb\\n'\n",
                               "printf '\\tx\\n'\n", "printf 'half'\n", "kill -9 $$\n"}) {
        AnsweringGateway gateway;
        HttpFile file(gateway);
        const auto handover = file.send(with_program(file, script), text_message());
        CHECK(handover.outcome == DeliveryOutcome::configuration && handover.surely_not_sent);
        CHECK_TEXT(handover.said, "the program of auth does not give a line and exit code 0");
        CHECK(gateway.requests() == 0);
    }
    AnsweringGateway gateway;
    HttpFile file(gateway);
    CHECK_TEXT(
        fault_of(file, text_head + request_head + "auth = \"command\"\ncommand = [\"/nonexistent/token\"]\n"),
        "/nonexistent/token: No such file or directory");
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(basic_and_bearer_are_header_fields),
        SENTENCE(an_aws_request_is_signed_with_its_headers_and_token),
        SENTENCE(a_token_is_signed_by_the_key_and_used_once),
        SENTENCE(a_key_that_cannot_sign_does_not_load),
        SENTENCE(a_program_gives_the_value_for_a_minute),
        SENTENCE(a_program_that_gives_no_value_means_that_nothing_is_sent),
    };
    return cmocka_run_group_tests_name("delivery http authentication", tests, nullptr, nullptr);
}
