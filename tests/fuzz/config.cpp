// The configuration, read from any text: as the main file, as a provider's and as the words of a language.
// What is accepted keeps the bounds that the verifier relies on, and every complaint can be shown on a
// terminal.
#include "config/document.h"
#include "config/gsm7.h"
#include "config/main_file.h"
#include "config/messages.h"
#include "config/provider_file.h"
#include "fuzz.h"
#include "verifier/message_text.h"

#include <algorithm>

using namespace ssp;
using namespace ssp::config;

namespace {

bool printable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); });
}

void check_bounds(const Policy& policy)
{
    MUST(policy.voice_digits == 5 || policy.voice_digits == 6);
    MUST(policy.code_life >= Seconds(30) && policy.code_life <= Seconds(600));
    MUST(policy.tries_per_sign_in >= 1 && policy.tries_per_sign_in <= 10);
    MUST(policy.tries_per_voice_challenge >= 1);
    MUST(policy.trust_days >= 0 && policy.max_trusted_devices >= 0);
    MUST(policy.guessing.yearly_points > 0 && policy.guessing.deny > 0 && policy.guessing.lock_after > 0);
    MUST(policy.issuer.size() >= 1 && policy.issuer.size() <= 16 && printable(policy.issuer));
    MUST(policy.support_contact.size() >= 1 && printable(policy.support_contact));
    MUST(policy.region.size() == 2);
}

void check_provider(const ProviderConfig& provider)
{
    switch (provider.kind) {
    case ProviderKind::outbox: MUST(provider.file.starts_with("/")); break;
    case ProviderKind::command: MUST(!provider.argv.empty() && provider.argv[0].starts_with("/")); break;
    case ProviderKind::sip:
        MUST(!provider.text_message && printable(provider.sip.proxy) && printable(provider.sip.from));
        MUST(provider.sip.proxy.starts_with("sip") && provider.sip.from.find('@') != std::string::npos);
        MUST(provider.sip.user.empty() == provider.sip.password.empty());
        MUST(provider.sip.ring_timeout >= Seconds(5) && provider.sip.ring_timeout <= Seconds(60));
        MUST(provider.sip.max_calls >= 1);
        break;
    case ProviderKind::http:
        MUST(provider.http != nullptr && !provider.http->url.empty());
        MUST(provider.text_message != provider.voice_call);
        break;
    }
}

/// True when it is a good file of wordings.
bool check_messages_file(std::string_view text)
{
    Policy policy;
    PlacesOfTexts places;
    Findings findings;
    const auto document = parse_document(text, "xx.toml", Letters::quoted_utf8);
    if (const auto* problem = std::get_if<Problem>(&document)) {
        findings.problem(problem->place, problem->key, problem->sentence);
    } else {
        read_messages_file(std::get<Table>(document), "xx.toml", text, policy, places, findings);
        check_messages(policy, places, findings);
    }
    MUST(printable(findings.text()));
    if (!findings.none())
        return false;
    const SecretString code(std::string_view("012345"));
    const MessageParts parts{"K7", code, policy.organisation, policy.support_contact, policy.code_life, ""};
    const auto message = message_text(policy.wordings.at("xx"), parts);
    MUST(message.reveal().starts_with("K7 012345 ") && gsm7_septets(message.reveal()) <= gsm7_segment);
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const bool is_wording = check_messages_file(ssp::testing::text_of(data, size));
    ssp::testing::understood = is_wording;
    const auto document = parse_document(ssp::testing::text_of(data, size), "ssp-mfa.toml");
    if (const auto* problem = std::get_if<Problem>(&document)) {
        Findings findings;
        findings.problem(problem->place, problem->key, problem->sentence);
        MUST(!findings.none() && printable(findings.text()));
        return 0;
    }
    const auto& table = std::get<Table>(document);

    MainFile config;
    Findings findings;
    read_main_file(table, config, findings);
    settle(config, findings);
    Findings of_provider;
    const auto provider = read_provider_file(table, "outbox.toml", true, of_provider);

    ssp::testing::understood = is_wording || findings.none() || of_provider.none();
    if (findings.none())
        check_bounds(config.helper.policy);
    else
        MUST(printable(findings.text()) && findings.text().find("ssp-mfa.toml") != std::string::npos);

    if (of_provider.none()) {
        MUST(provider.text_message || provider.voice_call);
        check_provider(provider);
    } else {
        MUST(printable(of_provider.text()));
    }
    return 0;
}
