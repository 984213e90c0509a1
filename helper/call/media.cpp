#include "call/media.h"

#include "call/key_press.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace ssp {

namespace {

constexpr std::uint64_t frame_ms = 20;
constexpr std::uint8_t event_type = 101; ///< payload type of pressed keys, as we offer it
constexpr std::uint16_t lowest_port = 16384;
constexpr std::uint16_t highest_port = 32766;

Error internal(const char* what) { return {ErrorKind::internal, what}; }
Error configuration(const char* what) { return {ErrorKind::configuration, what}; }

srtp_suite suite_of(const SrtpKey& key)
{
    return key.suite == SrtpSuite::tag_of_80_bits ? SRTP_AES_CM_128_HMAC_SHA1_80
                                                  : SRTP_AES_CM_128_HMAC_SHA1_32;
}

/// Keeps the answered key that belongs to one of our offers.
struct CryptoSearch {
    const std::vector<SrtpKey>& offered;
    std::optional<SrtpKey> remote;
};

bool look_at_crypto(const char* /*name*/, const char* value, void* argument)
{
    auto& search = *static_cast<CryptoSearch*>(argument);
    auto key = read_crypto_attribute(value);
    if (!key)
        return false;
    const bool ours = std::any_of(search.offered.begin(), search.offered.end(), [&](const SrtpKey& offer) {
        return offer.tag == key->tag && offer.suite == key->suite;
    });
    if (ours)
        search.remote = std::move(key);
    return ours;
}

/// By its number, which is fixed: a server need not say the name (RFC 3551, section 6).
bool is_codec(const sdp_format* format, Codec codec)
{
    return format->sup && format->pt == static_cast<int>(codec);
}

} // namespace

Media::Media(Playback& playback, Changed changed, Srtp srtp)
    : playback_(playback), changed_(std::move(changed)), wanted_srtp_(srtp)
{
    ::tmr_init(&timer_);
}

Media::~Media() { stop(); }

void Media::stop() noexcept { ::tmr_cancel(&timer_); }

Result<std::unique_ptr<Media>> Media::open(const sa& local, Srtp srtp, Playback& playback, Changed changed)
{
    std::unique_ptr<Media> media(new Media(playback, std::move(changed), srtp));
    if (auto listening = media->listen(local); !listening)
        return listening.error();
    if (auto offered = media->offer_srtp(); !offered)
        return offered.error();
    return media;
}

Result<void> Media::listen(const sa& local)
{
    const auto on_rtp = [](const sa* sender, const rtp_header* header, mbuf* payload, void* self) {
        static_cast<Media*>(self)->on_packet(*sender, *header, *payload);
    };
    if (::rtp_listen(rtp_.out(), IPPROTO_UDP, &local, lowest_port, highest_port, false, on_rtp, nullptr,
                     this) != 0)
        return internal("no socket for the sound");
    const char* profile = wanted_srtp_ == Srtp::required ? "RTP/SAVP" : "RTP/AVP";
    int error = ::sdp_session_alloc(session_.out(), &local);
    if (error == 0)
        error =
            ::sdp_media_add(&media_, session_.get(), "audio", ::sa_port(::rtp_local(rtp_.get())), profile);
    if (error == 0)
        error = ::sdp_format_add(nullptr, media_, false, "0", "PCMU", Audio::rate, 1, nullptr, nullptr,
                                 nullptr, false, nullptr);
    if (error == 0)
        error = ::sdp_format_add(nullptr, media_, false, "8", "PCMA", Audio::rate, 1, nullptr, nullptr,
                                 nullptr, false, nullptr);
    if (error == 0)
        error = ::sdp_format_add(nullptr, media_, false, "101", "telephone-event", Audio::rate, 1, nullptr,
                                 nullptr, nullptr, false, "0-15");
    if (error == 0)
        error = ::sdp_media_set_lattr(media_, true, "ptime", "20");
    return error == 0 ? Result<void>{} : internal("no description of the sound");
}

Result<void> Media::offer_srtp()
{
    if (wanted_srtp_ == Srtp::off)
        return {};
    SystemRandom random;
    for (const auto suite : {SrtpSuite::tag_of_80_bits, SrtpSuite::tag_of_32_bits}) {
        auto key = make_srtp_key(random, static_cast<int>(offered_keys_.size()) + 1, suite);
        if (!key)
            return key.error();
        const auto attribute = crypto_attribute(*key);
        const auto text = attribute.reveal();
        const pl value{text.data(), text.size()};
        if (::sdp_media_set_lattr(media_, false, "crypto", "%r", &value) != 0)
            return internal("no description of the sound");
        offered_keys_.push_back(std::move(*key));
    }
    return {};
}

Result<Held<mbuf>> Media::describe(bool offer)
{
    Held<mbuf> description;
    if (::sdp_encode(description.out(), session_.get(), offer) != 0)
        return internal("no description of the sound");
    return description;
}

Result<void> Media::accept(mbuf* description, bool offer)
{
    if (::sdp_decode(session_.get(), description, offer) != 0)
        return configuration("the server's SDP is not understood");
    if (::sdp_media_rport(media_) == 0)
        return configuration("the server wants no sound");
    if (auto chosen = choose_codec(); !chosen)
        return chosen;
    return choose_srtp();
}

/// The first of the server's that is ours: its order is its preference.
Result<void> Media::choose_codec()
{
    for (const le* element = ::list_head(::sdp_media_format_lst(media_, false)); element != nullptr;
         element = element->next) {
        const auto* format = static_cast<const sdp_format*>(element->data);
        if (is_codec(format, Codec::mu_law) || is_codec(format, Codec::a_law)) {
            codec_ = is_codec(format, Codec::mu_law) ? Codec::mu_law : Codec::a_law;
            return {};
        }
    }
    return configuration("the server has neither PCMU nor PCMA");
}

Result<void> Media::choose_srtp()
{
    if (encryption_ || wanted_srtp_ == Srtp::off)
        return {};
    CryptoSearch search{offered_keys_, std::nullopt};
    ::sdp_media_rattr_apply(media_, "crypto", look_at_crypto, &search);
    if (search.remote)
        return use_srtp(*search.remote);
    return wanted_srtp_ == Srtp::required ? configuration("the server does not encrypt the sound (SRTP)")
                                          : Result<void>{};
}

Result<void> Media::use_srtp(const SrtpKey& remote)
{
    for (const auto& own : offered_keys_) {
        if (own.tag != remote.tag)
            continue;
        if (::srtp_alloc(sending_.out(), suite_of(own), own.bytes.bytes().data(), own.bytes.size(), 0) != 0)
            return internal("no encryption");
    }
    if (!sending_ || ::srtp_alloc(receiving_.out(), suite_of(remote), remote.bytes.bytes().data(),
                                  remote.bytes.size(), 0) != 0)
        return internal("no encryption");
    // True means that the packet goes no further.
    const auto encrypt = [](int* error, sa*, mbuf* packet, void* self) {
        *error = ::srtp_encrypt(static_cast<Media*>(self)->sending_.get(), packet);
        return *error != 0;
    };
    const auto decrypt = [](sa*, mbuf* packet, void* self) {
        return ::srtp_decrypt(static_cast<Media*>(self)->receiving_.get(), packet) != 0;
    };
    auto* socket = static_cast<udp_sock*>(::rtp_sock(rtp_.get()));
    if (::udp_register_helper(encryption_.out(), socket, 0, encrypt, decrypt, this) != 0)
        return internal("no encryption");
    offered_keys_.clear();
    return {};
}

/// A key counts only from where the sound goes to: anybody may send a packet to this port, and make us speak
/// to the voicemail that answered.
void Media::on_packet(const sa& sender, const rtp_header& header, mbuf& payload)
{
    if (::sa_cmp(&sender, ::sdp_media_raddr(media_), SA_ADDR) && header.pt == event_type &&
        is_key_1({::mbuf_buf(&payload), ::mbuf_get_left(&payload)}))
        press();
}

void Media::press()
{
    const auto before = playback_.stage();
    playback_.press();
    if (playback_.stage() != before)
        changed_(playback_.stage());
}

void Media::start()
{
    next_frame_ = ::tmr_jiffies();
    send_frames();
}

/// All frames that are due: a process that slept does not slow the speech down.
void Media::send_frames()
{
    const auto now = ::tmr_jiffies();
    while (next_frame_ <= now) {
        send_frame();
        next_frame_ += frame_ms;
    }
    ::tmr_start(
        &timer_, next_frame_ - now, [](void* self) { static_cast<Media*>(self)->send_frames(); }, this);
}

void Media::send_frame()
{
    const auto before = playback_.stage();
    std::array<std::int16_t, Playback::frame_size> samples{};
    playback_.next(samples);
    std::array<std::uint8_t, Playback::frame_size> bytes{};
    for (std::size_t i = 0; i < samples.size(); ++i)
        bytes[i] = encoded(codec_, samples[i]);

    Held<mbuf> packet;
    *packet.out() = ::mbuf_alloc(RTP_HEADER_SIZE + 2 * Playback::frame_size);
    if (packet) {
        packet.get()->pos = packet.get()->end = RTP_HEADER_SIZE;
        ::mbuf_write_mem(packet.get(), bytes.data(), bytes.size());
        packet.get()->pos = RTP_HEADER_SIZE;
        // A lost frame is a click; the next one comes in 20 ms.
        ::rtp_send(rtp_.get(), ::sdp_media_raddr(media_), false, std::exchange(first_, false),
                   static_cast<std::uint8_t>(codec_), timestamp_, packet.get());
        ::explicit_bzero(packet.get()->buf, packet.get()->size);
    }
    ::explicit_bzero(samples.data(), sizeof samples);
    ::explicit_bzero(bytes.data(), sizeof bytes);
    timestamp_ += Playback::frame_size;
    if (playback_.stage() != before)
        changed_(playback_.stage());
}

} // namespace ssp
