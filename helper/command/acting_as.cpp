#include "command/acting_as.h"

#include <cstdlib>
#include <unistd.h>

namespace ssp::command {

ActingAs::ActingAs(const StateOwner& owner) : uid_(geteuid()), gid_(getegid())
{
    holds_ = uid_ == owner.uid || (setegid(owner.gid) == 0 && seteuid(owner.uid) == 0);
}

ActingAs::~ActingAs()
{
    if (seteuid(uid_) != 0 || setegid(gid_) != 0)
        std::abort(); // not ourselves any more: do nothing further
}

} // namespace ssp::command
