// What is agreed with the server about the sound. Sockets are on the loopback device; nobody sends anything.
#include "call/media.h"

#include "sounds.h"
#include "support/cmocka.h"

using namespace ssp;

namespace {

/// One call's sound, up to the server's answer.
struct Offer {
    explicit Offer(Srtp srtp = Srtp::off)
    {
        sa local{};
        ::sa_set_str(&local, "127.0.0.1", 0);
        auto opened = Media::open(local, srtp, playback, [](Playback::Stage) {});
        CHECK(opened.has_value());
        media = std::move(*opened);
    }
    std::string text()
    {
        auto description = media->describe(true);
        CHECK(description.has_value());
        const mbuf* bytes = description->get();
        return {reinterpret_cast<const char*>(bytes->buf + bytes->pos), bytes->end - bytes->pos};
    }
    /// What accept() says of an answer with this line of media and these attributes; "" when it is good.
    std::string answered(const std::string& sound, const std::string& attributes = "")
    {
        text();
        const std::string answer =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + sound + "\r\n" +
            attributes;
        Held<mbuf> bytes;
        *bytes.out() = ::mbuf_alloc(answer.size());
        ::mbuf_write_str(bytes.get(), answer.c_str());
        bytes.get()->pos = 0;
        const auto accepted = media->accept(bytes.get(), false);
        return accepted ? "" : accepted.error().detail;
    }

    Playback playback{Script{}, true};
    std::unique_ptr<Media> media;
};

const std::string key = " inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";

void both_codecs_and_keys_are_offered()
{
    const auto text = Offer().text();
    CHECK(text.find(" RTP/AVP 0 8 101\r\n") != std::string::npos);
    CHECK(text.find("a=rtpmap:101 telephone-event/8000\r\n") != std::string::npos);
    CHECK(text.find("crypto") == std::string::npos);
}

void an_answer_with_one_of_our_codecs_is_good()
{
    CHECK_TEXT(Offer().answered("m=audio 4000 RTP/AVP 0 101"), "");
    CHECK_TEXT(Offer().answered("m=audio 4000 RTP/AVP 8"), "");
}

void an_answer_without_sound_that_we_speak_is_refused()
{
    CHECK_TEXT(Offer().answered("m=audio 0 RTP/AVP 0"), "the server wants no sound");
    CHECK_TEXT(Offer().answered("m=audio 4000 RTP/AVP 18", "a=rtpmap:18 G729/8000\r\n"),
               "the server has neither PCMU nor PCMA");
    CHECK(!Offer().answered("nonsense").empty());
    CHECK(!Offer().answered("m=video 4000 RTP/AVP 0").empty());
}

void required_encryption_is_offered_and_nothing_else()
{
    const auto text = Offer(Srtp::required).text();
    CHECK(text.find(" RTP/SAVP 0 8 101\r\n") != std::string::npos);
    CHECK(text.find("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") != std::string::npos);
    CHECK(text.find("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:") != std::string::npos);
    CHECK(Offer(Srtp::required).text() != text); // a key belongs to one call
}

void where_encryption_is_required_an_answer_without_our_key_is_refused()
{
    const std::string refused = "the server does not encrypt the sound (SRTP)";
    const std::string sound = "m=audio 4000 RTP/SAVP 0";
    CHECK_TEXT(Offer(Srtp::required).answered(sound), refused);
    CHECK_TEXT(
        Offer(Srtp::required).answered("m=audio 4000 RTP/SAVP 0", "a=crypto:3 AES_CM_128_HMAC_SHA1_80" + key),
        refused);
    CHECK_TEXT(Offer(Srtp::required).answered(sound, "a=crypto:1 AES_CM_128_HMAC_SHA1_32" + key), refused);
    CHECK_TEXT(Offer(Srtp::required).answered(sound, "a=crypto:1 NULL_HMAC_SHA1_80" + key), refused);
    CHECK_TEXT(Offer(Srtp::required).answered(sound, "a=crypto:1 AES_CM_128_HMAC_SHA1_80" + key), "");
    CHECK_TEXT(Offer(Srtp::required).answered(sound, "a=crypto:2 AES_CM_128_HMAC_SHA1_32" + key), "");
    CHECK(!Offer(Srtp::required).answered("m=audio 4000 RTP/AVP 0").empty());
}

void where_encryption_is_optional_both_answers_are_good()
{
    CHECK_TEXT(Offer(Srtp::optional).answered("m=audio 4000 RTP/AVP 0"), "");
    CHECK_TEXT(
        Offer(Srtp::optional).answered("m=audio 4000 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80" + key),
        "");
}

} // namespace

int main()
{
    ::libre_init();
    const CMUnitTest tests[] = {
        SENTENCE(both_codecs_and_keys_are_offered),
        SENTENCE(an_answer_with_one_of_our_codecs_is_good),
        SENTENCE(an_answer_without_sound_that_we_speak_is_refused),
        SENTENCE(required_encryption_is_offered_and_nothing_else),
        SENTENCE(where_encryption_is_required_an_answer_without_our_key_is_refused),
        SENTENCE(where_encryption_is_optional_both_answers_are_good),
    };
    const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
    ::libre_close();
    return failed;
}
