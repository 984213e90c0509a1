#pragma once
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ssp {

/// How many conversations a uid may have at the same time, so that one account cannot take all.
class Seats {
public:
    /// Most for each uid but root, and for root. Outlives the seats it gives.
    Seats(int most, int most_for_root) : most_(most), most_for_root_(most_for_root) {}

    /// One place, given back when this goes.
    class Seat {
    public:
        Seat(Seat&& other) noexcept : seats_(std::exchange(other.seats_, nullptr)), uid_(other.uid_) {}
        Seat& operator=(Seat&& other) noexcept
        {
            std::swap(seats_, other.seats_);
            std::swap(uid_, other.uid_);
            return *this;
        }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;
        ~Seat();

    private:
        friend class Seats;
        Seat(Seats& seats, std::uint32_t uid) : seats_(&seats), uid_(uid) {}
        Seats* seats_;
        std::uint32_t uid_;
    };

    /// Nothing when `uid` has all of its places taken.
    std::optional<Seat> take(std::uint32_t uid);

private:
    int most_;
    int most_for_root_;
    std::unordered_map<std::uint32_t, int> taken_; ///< only uids that have one
};

} // namespace ssp
