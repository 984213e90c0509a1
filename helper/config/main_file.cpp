#include "config/main_file.h"

#include "config/text_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace ssp::config {

namespace {

constexpr Seconds minute{60};
constexpr Seconds hour{3600};
constexpr Seconds day{86400};

void read_files(Section files, HelperConfig& helper)
{
    files.text("database", helper.database, rule::absolute_path);
    files.text("master_key", helper.master_key, rule::absolute_path);
}

void read_sockets(Section sockets, HelperConfig& helper)
{
    sockets.text("signin", helper.signin_socket, rule::signin_socket);
    sockets.text("self", helper.self_socket, rule::self_socket);
    sockets.text("admin", helper.admin_socket, rule::admin_socket);
    sockets.text("delivery", helper.delivery_socket, rule::delivery_socket);
}

void read_methods(Section methods, Policy& policy)
{
    methods.flag("text_message", policy.text_message);
    methods.flag("voice_call", policy.voice_call);
    methods.flag("authenticator_app", policy.authenticator_app);
    methods.number("voice_digits", policy.voice_digits, 5, 6);
}

void read_codes(Section codes, Policy& policy)
{
    codes.duration("life", policy.code_life, Seconds(30), Seconds(600));
    codes.number("tries_per_sign_in", policy.tries_per_sign_in, 1, 10);
    codes.number("tries_per_voice_challenge", policy.tries_per_voice_challenge, 1, 2);
    codes.duration("answer_deadline", policy.answer_deadline, Seconds(5), Seconds(600));
    codes.duration("console_deadline", policy.console_deadline, Seconds(5), Seconds(59));
    codes.duration("login_grace", policy.login_grace, Seconds(0), hour);
}

void read_trust(Section trust, Policy& policy)
{
    trust.number("days", policy.trust_days, 0, 30);
    trust.number("max_devices", policy.max_trusted_devices, 1, 20);
    trust.duration("max_idle", policy.trust_max_idle, Seconds(0), 30 * day);
    trust.texts("ssh_services", policy.ssh_services, 1, 16, rule::service_name);
    trust.flag("hostbased", policy.trust_hostbased);
    trust.flag("console", policy.trust_console);
    trust.texts("networks", policy.trust_networks, 0, 64, rule::network);
}

void read_texts(Section texts, Policy& policy)
{
    texts.text("issuer", policy.issuer, rule::short_name);
    texts.text("organisation", policy.organisation, rule::short_name);
    texts.text("support_contact", policy.support_contact, rule::support_contact);
    texts.text("origin", policy.origin, rule::origin);
    texts.text("language", policy.language, rule::language);
    std::vector<std::string> pairs;
    texts.texts("region_languages", pairs, 0, 64, rule::region_language);
    for (const auto& pair : pairs)
        policy.region_languages.insert_or_assign(pair.substr(0, 2), pair.substr(3));
}

// 1000 points are a chance of 1e-3 in a year: a guess at a six-digit code costs one.
void read_guessing(Section guessing, GuessLimits& limits)
{
    guessing.number("yearly_points", limits.yearly_points, 10, 999);
    guessing.number("everybody_points", limits.everybody_points, 100, 10000000);
    guessing.number("desk_refund_points", limits.desk_refund_points, 0, 999);
    guessing.number("phone_off_points", limits.phone_off_points, 10, 999);
    guessing.number("notice_points", limits.notice_points, 1, 999);
    guessing.number("deny", limits.deny, 1, 20);
    guessing.duration("fail_interval", limits.fail_interval, Seconds(1), hour);
    guessing.duration("longest_interval", limits.longest_interval, Seconds(1), day);
    guessing.number("lock_after", limits.lock_after, 1, 100);
    guessing.duration("unlock_time", limits.unlock_time, minute, 7 * day);
    guessing.flag("even_deny_root", limits.even_deny_root);
}

void read_sending(Section sending, SendLimits& limits)
{
    sending.duration("between", limits.between, Seconds(10), hour);
    sending.number("per_quarter_hour", limits.per_quarter_hour, 1, 20);
    sending.number("per_day", limits.per_day, 1, 100);
    sending.number("number_per_quarter_hour", limits.number_per_quarter_hour, 1, 100);
    sending.number("number_per_day", limits.number_per_day, 1, 500);
    sending.number("source_per_quarter_hour", limits.source_per_quarter_hour, 1, 100000);
    sending.number("region_per_day", limits.region_per_day, 1, 1000000);
    sending.number("foreign_region_per_day", limits.foreign_region_per_day, 0, 1000000);
    sending.number("texts_per_hour", limits.texts_per_hour, 1, 1000000);
    sending.number("calls_per_hour", limits.calls_per_hour, 1, 1000000);
    sending.flag("hold_after_alarm", limits.hold_after_alarm);
    sending.number("notices_per_hour", limits.notices_per_hour, 0, 100000);
}

void read_notices(Section notices, Policy& policy)
{
    notices.text("administrator", policy.administrator, rule::telephone);
}

// The guess ledger looks a year back; what it refuses must be explained by rows that are still there.
void read_audit(Section audit, int& keep_days)
{
    static constexpr int least = 365;
    int days = keep_days;
    audit.number("keep_days", days, 0, 36500);
    if (days == 0 || days >= least)
        keep_days = days;
    else
        audit.refuse("keep_days", fmt::format("is {}; allowed: 365 to 36500, or 0 for ever", days));
}

void read_phones(Section phones, Policy& policy, PhoneRules& rules)
{
    phones.text("home_region", policy.region, rule::region);
    phones.texts("regions", rules.regions, 1, 64, rule::region);
    phones.texts("text_types", rules.text_types, 1, 4, rule::number_type);
    phones.texts("voice_types", rules.voice_types, 1, 4, rule::number_type);
    phones.texts("deny_prefixes", rules.deny_prefixes, 0, 256, rule::number_prefix);
}

/// One rule about two keys: noted at the one that was written.
void refuse(Findings& findings, const std::string& key, const std::string& other, std::string sentence)
{
    const auto* place = findings.place_of(key);
    const auto* other_place = findings.place_of(other);
    const bool is_first = place != nullptr || other_place == nullptr;
    const auto* where = is_first ? place : other_place;
    findings.problem(where == nullptr ? Place{} : *where, is_first ? key : other, std::move(sentence));
}

void at_most(Findings& findings, const std::string& key, int value, const std::string& other, int limit)
{
    if (value > limit)
        refuse(findings, key, other,
               fmt::format("{} is {}; allowed: at most {}, which is {}", key, value, other, limit));
}

/// Two accounts of one person may share a number: what was not written follows the person's limits.
void settle_numbers(SendLimits& limits, const Findings& findings)
{
    if (findings.place_of("sending.number_per_quarter_hour") == nullptr)
        limits.number_per_quarter_hour = 2 * limits.per_quarter_hour;
    if (findings.place_of("sending.number_per_day") == nullptr)
        limits.number_per_day = 2 * limits.per_day;
}

} // namespace

void read_main_file(const Table& table, MainFile& config, Findings& findings)
{
    auto& [helper, delivery, nist, routes] = config;
    auto& policy = helper.policy;
    Section root(&table, "", findings);
    root.word("profile", nist, {{"standard", false}, {"nist", true}});
    root.flag("demo", delivery.demo);
    root.text("user", helper.user, rule::user_name);
    root.text("delivery_user", helper.delivery_user, rule::user_name);
    const auto section = [&](const char* name) { return Section(root.table(name), name, findings); };
    read_files(section("files"), helper);
    read_sockets(section("sockets"), helper);
    read_methods(section("methods"), policy);
    read_codes(section("codes"), policy);
    Section enrolment(root.table("enrolment"), "enrolment", findings);
    enrolment.word("mode", policy.enrolment,
                   {{"first-sign-in", EnrolmentMode::first_sign_in}, {"closed", EnrolmentMode::closed}});
    read_trust(section("trust"), policy);
    read_texts(section("texts"), policy);
    read_guessing(section("guessing"), policy.guessing);
    read_sending(section("sending"), policy.sending);
    read_audit(section("audit"), helper.audit_keep_days);
    read_notices(section("notices"), policy);
    read_phones(section("phones"), policy, delivery.phones);
    read_routes(root, routes, findings);
}

void settle(MainFile& config, Findings& findings)
{
    auto& policy = config.helper.policy;
    if (!policy.text_message && !policy.voice_call && !policy.authenticator_app)
        refuse(findings, "methods.authenticator_app", "methods.text_message",
               "every method is off; allowed: at least one of text_message, voice_call, authenticator_app");
    if (config.nist && policy.voice_digits != 6) {
        if (findings.place_of("methods.voice_digits") != nullptr)
            refuse(findings, "methods.voice_digits", "profile",
                   "is 5; allowed with profile = \"nist\": 6 (NIST SP 800-63B 5.1.3.2, at least 20 bits)");
        policy.voice_digits = 6;
    }
    const auto& guessing = policy.guessing;
    at_most(findings, "guessing.yearly_points", guessing.yearly_points, "guessing.everybody_points",
            guessing.everybody_points);
    at_most(findings, "guessing.phone_off_points", guessing.phone_off_points, "guessing.yearly_points",
            guessing.yearly_points);
    at_most(findings, "guessing.desk_refund_points", guessing.desk_refund_points, "guessing.yearly_points",
            guessing.yearly_points);
    at_most(findings, "guessing.deny", guessing.deny, "guessing.lock_after", guessing.lock_after);
    at_most(findings, "sending.per_quarter_hour", policy.sending.per_quarter_hour, "sending.per_day",
            policy.sending.per_day);
    settle_numbers(policy.sending, findings);
    at_most(findings, "sending.number_per_quarter_hour", policy.sending.number_per_quarter_hour,
            "sending.number_per_day", policy.sending.number_per_day);
    at_most(findings, "sending.foreign_region_per_day", policy.sending.foreign_region_per_day,
            "sending.region_per_day", policy.sending.region_per_day);
    if (guessing.fail_interval > guessing.longest_interval)
        refuse(findings, "guessing.fail_interval", "guessing.longest_interval",
               fmt::format(
                   "guessing.fail_interval is {}; allowed: at most guessing.longest_interval, which is {}",
                   duration_text(guessing.fail_interval), duration_text(guessing.longest_interval)));
    if (std::ranges::find(config.delivery.phones.regions, policy.region) ==
        config.delivery.phones.regions.end())
        refuse(findings, "phones.home_region", "phones.regions",
               fmt::format("phones.home_region is {}; allowed: one of phones.regions", policy.region));

    settle_routes(config.routes, config.delivery.phones.regions, findings);

    config.delivery.socket = config.helper.delivery_socket;
    config.delivery.peer_user = config.helper.user;
    config.delivery.organisation = policy.organisation;
    config.delivery.code_life = policy.code_life;
}

} // namespace ssp::config
