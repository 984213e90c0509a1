#include "loop/seats.h"

namespace ssp {

std::optional<Seats::Seat> Seats::take(std::uint32_t uid)
{
    const auto found = taken_.find(uid);
    const int taken = found == taken_.end() ? 0 : found->second;
    if (taken >= (uid == 0 ? most_for_root_ : most_))
        return std::nullopt;
    taken_[uid] = taken + 1;
    return Seat(*this, uid);
}

Seats::Seat::~Seat()
{
    if (seats_ == nullptr)
        return;
    const auto found = seats_->taken_.find(uid_);
    if (--found->second == 0)
        seats_->taken_.erase(found);
}

} // namespace ssp
