// A file of an HTTP provider, and the answer of its gateway. The input is cut at its first line "----":
// before it the file, behind it the answer. Whatever the file says that is not refused, a hostile message put
// into it leaves no place it was put into; whatever the answer says, it is judged, and the administrator
// reads printable words without any of it.
#include "config/document.h"
#include "config/provider_file.h"
#include "delivery/http/outcome.h"
#include "delivery/http/rendering.h"
#include "fuzz.h"

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace ssp;
using namespace ssp::config;

namespace {

constexpr std::string_view cut = "\n----\n";
constexpr std::string_view marked = "\"&</x>\r\nX-Evil: 1\r\n\r\n\\{to}%00#?";

HttpValues hostile_values()
{
    HttpValues values;
    for (int one = 0; one <= static_cast<int>(HttpVariable::id); ++one)
        values.of[static_cast<HttpVariable>(one)] = SecretString(marked);
    values.of[HttpVariable::ttl] = SecretString(std::string_view("300"));
    values.of[HttpVariable::ring_timeout] = SecretString(std::string_view("25"));
    return values;
}

std::size_t count(std::string_view text, char c)
{
    return static_cast<std::size_t>(std::ranges::count(text, c));
}

/// A "?", "&", "#", space or line end of an address stands in the file: none came with the message.
void check_address(const HttpTemplate& address, const HttpRendering& rendering)
{
    WipedText made;
    rendering.address(address, made);
    MUST(std::ranges::all_of(made.view(), [](char c) { return c > ' ' && c <= '~'; }));
    std::string own;
    for (const auto& part : address.parts)
        if (part.source == HttpTemplatePart::Source::literal)
            own += part.text;
    for (const char c : {'/', '?', '&', '#', '=', '@'})
        MUST(count(made.view(), c) == count(own, c));
}

void check_request(const HttpProviderConfig& config)
{
    const auto values = hostile_values();
    const HttpRendering rendering(config, values);
    check_address(config.url, rendering);
    if (config.status)
        check_address(config.status->url, rendering);
    WipedText form;
    rendering.form(config.form, form);
    MUST(count(form.view(), '=') == config.form.size());
    MUST(count(form.view(), '&') == std::max<std::size_t>(config.form.size(), 1) - 1);
    if (config.body == HttpBody::json) {
        WipedText json;
        rendering.json(config.json, json);
        const auto read = nlohmann::json::parse(json.view(), nullptr, false);
        MUST(!read.is_discarded());
    }
}

void check_answer(const HttpProviderConfig& config, std::string_view answer)
{
    const auto outcomes = HttpOutcomes::compile(config);
    if (!outcomes)
        return;
    for (const int status : {200, 202, 307, 400, 401, 429, 500, 503}) {
        const auto judgement = outcomes->judge(status, answer);
        const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
        MUST(judgement.said.size() <= 200 && std::ranges::all_of(judgement.said, printable));
        MUST(judgement.id.size() <= 128 && std::ranges::all_of(judgement.id, printable));
        if (config.rules.empty())
            MUST(judgement.outcome == outcome_of_status(status));
    }
    if (config.status) {
        const auto state = HttpFinder::compile(config.status->state);
        HttpContent content(answer);
        if (state)
            (void)state->find(content);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto input = ssp::testing::text_of(data, size);
    const auto at = input.find(cut);
    const auto file = input.substr(0, at);
    const auto answer = at == std::string_view::npos ? std::string_view() : input.substr(at + cut.size());
    // No file or credential of this host is read because of an input.
    if (file.find("secrets") != std::string_view::npos || file.find("ca_file") != std::string_view::npos)
        return 0;
    const auto document = parse_document(file, "gateway.toml");
    if (!std::holds_alternative<Table>(document))
        return 0;
    Findings findings;
    const auto provider = read_provider_file(std::get<Table>(document), "gateway.toml", false, findings);
    if (!findings.none()) {
        MUST(
            std::ranges::all_of(findings.text(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
        return 0;
    }
    if (provider.kind != ProviderKind::http)
        return 0;
    ssp::testing::understood = true;
    check_request(*provider.http);
    check_answer(*provider.http, answer);
    return 0;
}
