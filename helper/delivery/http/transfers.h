#pragma once
// Requests to HTTP gateways, beside the loop: libcurl's multi interface, awaited.
#include "base/task.h"
#include "delivery/http/wiped_text.h"
#include "loop/loop.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ssp {

/// One request, complete. Wiped with its texts.
struct HttpRequest {
    /// Signs the request with AWS Signature Version 4.
    struct AwsSignature {
        WipedText scope; ///< "aws:amz:REGION:SERVICE"
        WipedText key_id;
        WipedText key;
    };

    std::string method = "POST";    ///< GET, POST, PUT, DELETE
    WipedText url;                  ///< absolute; without user and fragment
    std::vector<WipedText> headers; ///< "Name: value", or "Name;" for an empty value; without CR, LF
    std::optional<WipedText> body;
    bool plain = false;  ///< http:// is as good as https://
    std::string ca_file; ///< the only authorities that are believed; "": the system's
    std::optional<AwsSignature> aws;
    std::chrono::milliseconds deadline{8'000}; ///< for all of it; connecting takes 3 seconds of it at most
};

/// What came of a request.
struct HttpAnswer {
    enum class End {
        answered,  ///< a whole answer: `status` and `body`
        not_sent,  ///< the request certainly did not leave
        full,      ///< nor did it here: most_at_once are under way
        untrusted, ///< nor did it here: the certificate is not the gateway's
        unclear,   ///< it may have arrived
    };
    End end = End::unclear;
    int status = 0;
    WipedText body;
    std::string trouble; ///< when not answered: why, in libcurl's words; names neither address nor content
};

/// All requests of this program. Each has a connection of its own that is closed after it: a connection that
/// is used again may break when the request is under way, and libcurl would send it a second time.
/// Certificate and name of a gateway are always verified. No redirection is followed, and nothing of the
/// environment (proxies, .netrc) is used. Names are resolved in a thread of libcurl's, never on the loop.
class Transfers {
public:
    static constexpr std::size_t longest_answer = 65536; ///< bytes; the headers may have as many again
    static constexpr std::size_t most_at_once = 256;

    /// Ends the program when libcurl cannot be had. `loop` outlives this object.
    explicit Transfers(Loop& loop);
    ~Transfers();
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    /// Sends the request and waits for the whole answer. Destroying the task ends the transfer at once. More
    /// than most_at_once: full. This object outlives the task. Errors: internal, when libcurl refuses the
    /// request's parts.
    Task<HttpAnswer> fetch(HttpRequest request);

private:
    class Transfer;
    struct Curl; ///< what is spelled in libcurl's types

    void act(int socket, int what);
    void finish_what_is_done();
    void watch(int socket, std::uint32_t events);
    void forget(int socket);

    Loop& loop_;
    std::unique_ptr<Curl> curl_;
    Timer timer_;
    std::map<int, std::shared_ptr<IoWatch>> watches_;
    std::size_t running_ = 0;
};

} // namespace ssp
