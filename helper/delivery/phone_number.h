#pragma once
// Which telephone numbers a code may go to. The only user of libphonenumber, whose permissiveness is fenced
// here: it reads letters, extensions and digits of other scripts, and takes any country and many paid lines
// for good.
#include "config/config.h"
#include "verifier/ports.h"

#include <string>
#include <string_view>

namespace ssp {

/// Judges by the rules of [phones]: a number must exist in the numbering plan, lie in an allowed region, be
/// of an allowed type, and begin with no denied prefix. Numbers that cost whoever calls them (premium rate,
/// shared cost, pager, personal, company-wide, voicemail, satellite, +1 NPA 976) are refused whatever the
/// rules say: who chooses the number would be paid for it.
class NumberJudge {
public:
    /// The first one made loads the numbering plans: about 5 ms and 4 MB.
    explicit NumberJudge(PhoneRules rules);

    /// `typed`: any bytes. `region`: where a number without "+" is read, ISO 3166.
    /// What comes back as e164 ends in what was typed, trunk zeros aside.
    NumberJudgement judge(std::string_view typed, Channel channel, const std::string& region) const;

    /// Whether `e164` would be judged usable today; asked again before each message.
    bool permits(std::string_view e164, Channel channel) const;

private:
    PhoneRules rules_;
};

/// For logs: the last two digits, "ending 23".
std::string masked(std::string_view e164);

} // namespace ssp
