#pragma once
// How a request shows who sends it.
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "config/http_provider.h"
#include "delivery/http/transfers.h"
#include "delivery/programs.h"

#include <memory>

namespace ssp {

/// The `auth` of one provider.
class HttpAuthentication {
public:
    /// All outlive what is made. Errors: configuration, with the place: a key that is no RSA key of at least
    /// 2048 bits, a program that cannot be executed.
    static Result<std::unique_ptr<HttpAuthentication>>
    open(const HttpProviderConfig& config, Programs& programs, const Clock& clock, Random& random);
    ~HttpAuthentication();
    HttpAuthentication(const HttpAuthentication&) = delete;
    HttpAuthentication& operator=(const HttpAuthentication&) = delete;

    /// The request with its header field, or with what it is signed with later. Errors: configuration (the
    /// program does not give a value), internal: send nothing.
    Task<HttpRequest> sign(HttpRequest request);

private:
    struct Key;
    HttpAuthentication(const HttpProviderConfig& config, Programs& programs, const Clock& clock,
                       Random& random);
    Result<void> add_jwt(HttpRequest& request);
    /// What it said last, or says now.
    Task<SecretString> value_from_program();

    const HttpProviderConfig& config_;
    Programs& programs_;
    const Clock& clock_;
    Random& random_;
    std::unique_ptr<Key> key_;
    SecretString kept_; ///< what the program said
    BootTime kept_until_{};
};

} // namespace ssp
