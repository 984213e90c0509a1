#include "delivery/http/authentication.h"

#include "delivery/http/rendering.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>
#include <utility>

namespace ssp {

namespace {

constexpr Seconds jwt_life(60);
constexpr Seconds program_deadline(5);
constexpr Seconds program_value_life(60);

template <auto release> struct Released {
    template <class T> void operator()(T* one) const { release(one); }
};
template <class T, auto release> using Owned = std::unique_ptr<T, Released<release>>;

SecretString base64(std::string_view bytes)
{
    auto text = SecretString::zeros(4 * ((bytes.size() + 2) / 3) + 1);
    const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                         reinterpret_cast<const unsigned char*>(bytes.data()),
                                         static_cast<int>(bytes.size()));
    return SecretString(text.reveal().substr(0, static_cast<std::size_t>(length)));
}

/// RFC 4648 5, without "=".
void add_base64url(std::string_view bytes, WipedText& to)
{
    const auto text = base64(bytes);
    for (const char c : text.reveal())
        if (c != '=')
            to.add(c == '+' ? '-' : c == '/' ? '_' : c);
}

/// No key of ours has a passphrase; OpenSSL would ask for one at the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

} // namespace

struct HttpAuthentication::Key {
    Owned<EVP_PKEY, EVP_PKEY_free> rsa;
};

HttpAuthentication::HttpAuthentication(const HttpProviderConfig& config, Programs& programs,
                                       const Clock& clock, Random& random)
    : config_(config), programs_(programs), clock_(clock), random_(random)
{
}

HttpAuthentication::~HttpAuthentication() = default;

Result<std::unique_ptr<HttpAuthentication>> HttpAuthentication::open(const HttpProviderConfig& config,
                                                                     Programs& programs, const Clock& clock,
                                                                     Random& random)
{
    std::unique_ptr<HttpAuthentication> made(new HttpAuthentication(config, programs, clock, random));
    if (config.auth == HttpAuth::jwt_rs256) {
        const auto pem = config.secrets[config.private_key].value.reveal();
        const Owned<BIO, BIO_free> memory(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
        made->key_ = std::make_unique<Key>();
        made->key_->rsa.reset(::PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
        ::ERR_clear_error();
        const auto* rsa = made->key_->rsa.get();
        if (rsa == nullptr || ::EVP_PKEY_is_a(rsa, "RSA") != 1 || ::EVP_PKEY_get_bits(rsa) < 2048)
            return Error{
                ErrorKind::configuration,
                fmt::format("{}: the secret is no RSA key of 2048 bits or more, as PEM without a passphrase",
                            config.where_private_key)};
    }
    if (config.auth == HttpAuth::command && ::access(config.command.front().c_str(), X_OK) != 0)
        return Error{ErrorKind::configuration,
                     fmt::format("{}: {}", config.command.front(), std::strerror(errno))};
    return made;
}

Task<HttpRequest> HttpAuthentication::sign(HttpRequest request)
{
    const HttpValues nothing;
    const HttpRendering rendering(config_, nothing);
    switch (config_.auth) {
    case HttpAuth::none: break;
    case HttpAuth::basic: {
        WipedText pair;
        rendering.text(config_.username, pair);
        pair.add(':');
        rendering.text(config_.password, pair);
        const auto encoded = base64(pair.view());
        request.headers.emplace_back("Authorization: Basic ").add(encoded.reveal());
        break;
    }
    case HttpAuth::bearer:
        rendering.text(config_.token, request.headers.emplace_back("Authorization: Bearer "));
        break;
    case HttpAuth::aws_sigv4: {
        auto& aws = request.aws.emplace();
        aws.scope.add("aws:amz:");
        rendering.text(config_.region, aws.scope);
        aws.scope.add(':');
        rendering.text(config_.service, aws.scope);
        rendering.text(config_.username, aws.key_id);
        rendering.text(config_.password, aws.key);
        if (!config_.session_token.empty())
            rendering.text(config_.session_token, request.headers.emplace_back("X-Amz-Security-Token: "));
        break;
    }
    case HttpAuth::jwt_rs256: {
        auto added = add_jwt(request);
        if (!added)
            co_return added.error();
        break;
    }
    case HttpAuth::command: {
        auto asking = value_from_program();
        const auto value = co_await std::move(asking);
        request.headers.emplace_back("Authorization: ").add(value.reveal());
        break;
    }
    }
    co_return request;
}

/// RFC 7519, RS256 of RFC 7518 3.3. A number that is used once, so that a token that was seen cannot be used
/// again.
Result<void> HttpAuthentication::add_jwt(HttpRequest& request)
{
    auto once = random_.text(32, "0123456789abcdef");
    if (!once)
        return once.error();
    const auto now = clock_.now().time_since_epoch().count();
    const HttpValues nothing;
    const HttpRendering rendering(config_, nothing);
    WipedText own;
    rendering.json_object(config_.claims, own); // begins with "{"
    WipedText claims(fmt::format(R"({{"iat":{},"exp":{},"jti":"{}"{})", now, now + jwt_life.count(),
                                 once->reveal(), config_.claims.empty() ? "" : ","));
    claims.add(own.view().substr(1));

    WipedText token;
    add_base64url(R"({"alg":"RS256","typ":"JWT"})", token);
    token.add('.');
    add_base64url(claims.view(), token);
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(::EVP_MD_CTX_new());
    std::size_t size = static_cast<std::size_t>(::EVP_PKEY_get_size(key_->rsa.get()));
    std::string signature(size, '\0');
    const bool is_signed =
        ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key_->rsa.get()) == 1 &&
        ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         reinterpret_cast<const unsigned char*>(token.view().data()), token.size()) == 1;
    if (!is_signed) {
        ::ERR_clear_error();
        return Error{ErrorKind::internal, "the token cannot be signed"};
    }
    token.add('.');
    add_base64url(std::string_view(signature).substr(0, size), token);
    request.headers.emplace_back("Authorization: Bearer ").add(token.view());
    return {};
}

Task<SecretString> HttpAuthentication::value_from_program()
{
    if (kept_.empty() || clock_.boot_time() >= kept_until_) {
        Programs::Bounds bounds;
        bounds.most_lines = 1;
        bounds.longest_line = 8192;
        bounds.deadline = program_deadline;
        auto program = programs_.start(config_.command, SecretString(), bounds);
        if (!program)
            co_return program.error();
        auto saying = (*program)->next_line();
        auto line = co_await std::move(saying);
        auto ending = (*program)->next_line();
        const auto rest = co_await std::move(ending);
        const auto end = (*program)->end();
        SecretString said(line ? std::string_view(*line) : std::string_view());
        if (line)
            ::explicit_bzero(line->data(), line->size());
        const bool good =
            !said.empty() && !rest && end && end->how == ProgramEnd::How::exited && end->code == 0;
        if (!good)
            co_return Error{ErrorKind::configuration,
                            "the program of auth does not give a line and exit code 0"};
        kept_ = std::move(said);
        kept_until_ = clock_.boot_time() + program_value_life;
    }
    co_return kept_.clone();
}

} // namespace ssp
