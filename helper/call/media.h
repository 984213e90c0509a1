#pragma once
// The sound of one call: a frame every 20 ms out, pressed keys in (RTP: RFC 3550, 3551; keys: RFC 4733).
#include "base/random.h"
#include "call/g711.h"
#include "call/libre.h"
#include "call/request.h"
#include "call/script.h"
#include "call/srtp_key.h"

#include <functional>
#include <memory>
#include <vector>

namespace ssp {

class Media {
public:
    using Changed = std::function<void(Playback::Stage)>;

    /// Listens on `local` at a port of its own. `changed` hears of each new stage of `playback`, while the
    /// sound runs; it may destroy this object only later. Errors: internal (no socket, no random bytes).
    static Result<std::unique_ptr<Media>> open(const sa& local, Srtp srtp, Playback& playback,
                                               Changed changed);
    ~Media();
    Media(const Media&) = delete;
    Media& operator=(const Media&) = delete;

    /// SDP for INVITE, or for an answer to the server's re-INVITE.
    Result<Held<mbuf>> describe(bool offer);
    /// Takes the server's SDP. Errors: configuration (no codec in common; no SRTP, though it is required).
    Result<void> accept(mbuf* description, bool offer);
    /// From now on a frame goes out every 20 ms. Called once, after accept().
    void start();
    void stop() noexcept;
    /// Somebody pressed the key 1, as we heard in another way than by the sound's own packets.
    void press();

private:
    Media(Playback& playback, Changed changed, Srtp srtp);
    Result<void> listen(const sa& local);
    Result<void> offer_srtp();
    Result<void> choose_codec();
    Result<void> choose_srtp();
    Result<void> use_srtp(const SrtpKey& remote);
    void on_packet(const sa& sender, const rtp_header& header, mbuf& payload);
    void send_frames();
    void send_frame();

    Playback& playback_;
    Changed changed_;
    Srtp wanted_srtp_;
    std::vector<SrtpKey> offered_keys_;
    Held<sdp_session> session_;
    sdp_media* media_ = nullptr; ///< lives with the session
    Held<struct rtp_sock> rtp_;
    Held<udp_helper> encryption_;
    Held<srtp> sending_;
    Held<srtp> receiving_;
    Codec codec_ = Codec::mu_law;
    tmr timer_{};
    std::uint64_t next_frame_ = 0;
    std::uint32_t timestamp_ = 0;
    bool first_ = true;
};

} // namespace ssp
