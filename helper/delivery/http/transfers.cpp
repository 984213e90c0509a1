#include "delivery/http/transfers.h"

#include "delivery/http/wiping_memory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <curl/curl.h>
#include <sys/epoll.h>
#include <utility>

namespace ssp {

namespace {

/// Where Debian keeps them by the hash of their names, those that an administrator added too.
constexpr const char* system_authorities = "/etc/ssl/certs";

} // namespace

/// The multi handle, and what libcurl calls back.
struct Transfers::Curl {
    explicit Curl(Transfers& owner)
    {
        if (!start_libcurl() || (multi = ::curl_multi_init()) == nullptr) {
            std::fputs("libcurl cannot be started\n", stderr);
            std::abort();
        }
        ::curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        ::curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &owner);
        ::curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
        ::curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &owner);
    }
    ~Curl()
    {
        ::curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
        ::curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
        ::curl_multi_cleanup(multi);
    }
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;

    static int on_socket(CURL*, curl_socket_t socket, int what, void* owner, void*)
    {
        auto& transfers = *static_cast<Transfers*>(owner);
        if (what == CURL_POLL_REMOVE)
            transfers.forget(socket);
        else
            transfers.watch(socket, ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) |
                                        ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U));
        return 0;
    }
    static int on_timer(CURLM*, long milliseconds, void* owner)
    {
        auto& timer = static_cast<Transfers*>(owner)->timer_;
        if (milliseconds < 0)
            timer.disarm();
        else
            timer.arm(std::chrono::milliseconds(milliseconds));
        return 0;
    }

    CURLM* multi = nullptr;
};

/// Lives in the frame of fetch(): one request until its end.
class Transfers::Transfer {
public:
    Transfer(Transfers& owner, HttpRequest request) : owner_(owner), request_(std::move(request))
    {
        ++owner_.running_;
    }
    ~Transfer()
    {
        leave();
        ::curl_easy_cleanup(easy_);
        --owner_.running_;
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    Result<void> begin()
    {
        easy_ = ::curl_easy_init();
        if (easy_ == nullptr)
            return Error{ErrorKind::internal, "libcurl has no memory"};
        describe_connection();
        describe_request();
        if (refused_ != CURLE_OK)
            return Error{ErrorKind::internal, ::curl_easy_strerror(refused_)};
        if (::curl_multi_add_handle(owner_.curl_->multi, easy_) != CURLM_OK)
            return Error{ErrorKind::internal, "libcurl does not take the request"};
        under_way_ = true;
        return {};
    }

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
    HttpAnswer await_resume() noexcept { return std::move(answer_); }

    /// Called by finish_what_is_done(), never from inside of libcurl.
    void finish(CURLcode result)
    {
        read_end(result);
        leave();
        waiter_.resume();
    }

private:
    template <class Value> void set(CURLoption option, Value value)
    {
        const auto result = ::curl_easy_setopt(easy_, option, value);
        if (refused_ == CURLE_OK)
            refused_ = result;
    }

    void describe_connection()
    {
        set(CURLOPT_PROTOCOLS_STR, request_.plain ? "https,http" : "https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
        // Of the system's authorities, only the one that is asked for is read, from the folder: reading the
        // file of all of them takes 15 to 40 ms for each request, and it is the loop that would read it.
        const bool system = request_.ca_file.empty();
        set(CURLOPT_CAINFO, system ? nullptr : request_.ca_file.c_str());
        set(CURLOPT_CAPATH, system ? system_authorities : nullptr);
        set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
        set(CURLOPT_FRESH_CONNECT, 1L);
        set(CURLOPT_FORBID_REUSE, 1L);
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
        set(CURLOPT_NOSIGNAL, 1L);
        // Else ending a transfer waits for the thread that resolves its name.
        set(CURLOPT_QUICK_EXIT, 1L);
        constexpr std::chrono::milliseconds longest_connecting(3'000);
        const auto least = std::chrono::milliseconds(1); // 0 is "for ever"
        const auto deadline = std::max(request_.deadline, least);
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(deadline, longest_connecting).count()));
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    }

    void describe_request()
    {
        set(CURLOPT_PRIVATE, this);
        set(CURLOPT_URL, request_.url.c_str());
        set(CURLOPT_USERAGENT, "ssp-mfa");
        if (request_.body) {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
            set(CURLOPT_POSTFIELDS, request_.body->c_str()); // not copied
        } else {
            set(CURLOPT_HTTPGET, 1L);
        }
        set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
        if (request_.aws) {
            set(CURLOPT_AWS_SIGV4, request_.aws->scope.c_str());
            set(CURLOPT_USERNAME, request_.aws->key_id.c_str());
            set(CURLOPT_PASSWORD, request_.aws->key.c_str());
        }
        // A list of libcurl's own would copy the lines.
        for (const auto& line : request_.headers)
            lines_.push_back({const_cast<char*>(line.c_str()), nullptr}); // libcurl does not write to it
        for (std::size_t i = 1; i < lines_.size(); ++i)
            lines_[i - 1].next = &lines_[i];
        set(CURLOPT_HTTPHEADER, lines_.empty() ? nullptr : lines_.data());
        set(CURLOPT_WRITEFUNCTION, on_body);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_HEADERFUNCTION, on_header);
        set(CURLOPT_HEADERDATA, this);
    }

    static std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* self)
    {
        auto& transfer = *static_cast<Transfer*>(self);
        if (count > longest_answer - transfer.answer_.body.size()) {
            transfer.too_long_ = true;
            return CURL_WRITEFUNC_ERROR;
        }
        transfer.answer_.body.add({bytes, count});
        return count;
    }
    static std::size_t on_header(char*, std::size_t, std::size_t count, void* self)
    {
        auto& transfer = *static_cast<Transfer*>(self);
        transfer.header_bytes_ += count;
        transfer.too_long_ = transfer.header_bytes_ > longest_answer;
        return transfer.too_long_ ? CURL_WRITEFUNC_ERROR : count;
    }

    void read_end(CURLcode result)
    {
        long status = 0;
        curl_off_t before_sending = 0; // microseconds until the first byte was about to be sent
        ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        ::curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &before_sending);
        answer_.status = static_cast<int>(status);
        if (result == CURLE_OK) {
            answer_.end = HttpAnswer::End::answered;
            return;
        }
        answer_.trouble = too_long_ ? "the answer is too long" : ::curl_easy_strerror(result);
        if (before_sending != 0)
            answer_.end = HttpAnswer::End::unclear;
        else if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE)
            answer_.end = HttpAnswer::End::untrusted;
        else
            answer_.end = HttpAnswer::End::not_sent;
    }

    void leave()
    {
        if (std::exchange(under_way_, false))
            ::curl_multi_remove_handle(owner_.curl_->multi, easy_);
    }

    Transfers& owner_;
    HttpRequest request_;
    std::vector<curl_slist> lines_;
    HttpAnswer answer_;
    CURL* easy_ = nullptr;
    CURLcode refused_ = CURLE_OK;
    std::size_t header_bytes_ = 0;
    bool too_long_ = false;
    bool under_way_ = false;
    std::coroutine_handle<> waiter_;
};

Transfers::Transfers(Loop& loop)
    : loop_(loop), curl_(std::make_unique<Curl>(*this)), timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); })
{
}

Transfers::~Transfers() = default;

Task<HttpAnswer> Transfers::fetch(HttpRequest request)
{
    if (running_ >= most_at_once) {
        HttpAnswer none;
        none.end = HttpAnswer::End::full;
        none.trouble = "too many requests at once";
        co_return none;
    }
    Transfer transfer(*this, std::move(request));
    auto begun = transfer.begin();
    if (!begun)
        co_return begun.error();
    auto answer = co_await transfer;
    co_return answer;
}

void Transfers::act(int socket, int what)
{
    int running = 0;
    ::curl_multi_socket_action(curl_->multi, socket, what, &running);
    finish_what_is_done();
}

void Transfers::finish_what_is_done()
{
    int left = 0;
    while (const auto* done = ::curl_multi_info_read(curl_->multi, &left)) {
        const auto result = done->data.result;
        Transfer* transfer = nullptr;
        ::curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE, &transfer);
        // Whoever waited may begin requests and end others: the list is asked anew each time.
        transfer->finish(result);
    }
}

void Transfers::watch(int socket, std::uint32_t events)
{
    auto& one = watches_[socket];
    if (one != nullptr)
        return one->set_events(events);
    one = std::make_shared<IoWatch>(loop_, socket, events, [this, socket](std::uint32_t ready) {
        act(socket, ((ready & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                        ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                        ((ready & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0));
    });
}

void Transfers::forget(int socket)
{
    const auto found = watches_.find(socket);
    if (found == watches_.end())
        return;
    // It may be this very watch that called.
    found->second->stop();
    loop_.later([watch = std::move(found->second)] {});
    watches_.erase(found);
}

} // namespace ssp
