#include "server/facts.h"

namespace ssp {

namespace {

std::vector<std::uint32_t> groups_of(std::string_view bytes)
{
    std::vector<std::uint32_t> groups;
    groups.reserve(bytes.size() / 4);
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t group = 0;
        for (std::size_t i = 4; i-- > 0;)
            group = (group << 8U) | static_cast<unsigned char>(bytes[at + i]);
        groups.push_back(group);
    }
    return groups;
}

} // namespace

SignInFacts facts_of(const protocol::Begin& begin)
{
    SignInFacts facts;
    facts.person.uid = begin.uid;
    facts.person.name = begin.name;
    facts.service = begin.service;
    facts.rhost = begin.rhost;
    facts.tty = begin.tty;
    facts.ruser = begin.ruser;
    facts.source = begin.source;
    facts.connection = begin.connection;
    facts.caller_uid = begin.caller_uid;
    facts.audit_session = begin.audit_session;
    if (begin.has_auth_info == 1)
        facts.auth_info = begin.auth_info;
    facts.groups = groups_of(begin.groups);
    return facts;
}

std::optional<std::vector<std::string>> words_of(std::string_view words)
{
    constexpr std::size_t most_words = 64;
    std::vector<std::string> found;
    while (!words.empty()) {
        const auto end = words.find('\0');
        if (end == std::string_view::npos || found.size() == most_words)
            return std::nullopt;
        found.emplace_back(words.substr(0, end));
        words.remove_prefix(end + 1);
    }
    if (found.empty())
        return std::nullopt;
    return found;
}

} // namespace ssp
