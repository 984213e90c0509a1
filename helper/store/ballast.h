#pragma once
// Room that is kept for when the disk is full, so that the support desk can still lock and unlock
// (docs/explanation/storage.md, "A full disk").
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ssp {

/// A file of chance beside the database: chance, so that no file system stores it in less room. The writer
/// thread's, and `ssp-mfa init`'s, which makes the first one.
class Ballast {
public:
    static constexpr std::size_t usual_bytes = std::size_t{1024} * 1024;

    /// None: hold() always succeeds and release() does nothing.
    Ballast() = default;
    /// `database`: its path; the file lies beside it. `bytes`: how much is kept, at most 64 MB; 0: none.
    Ballast(const std::string& database, std::size_t bytes);

    /// Where it lies; empty: there is none.
    const std::string& file() const noexcept { return file_; }

    /// Makes the file if it is not there in full length, with as much room again to spare, durably.
    /// Errors: store_unavailable when there is no room, or the file cannot be made; nothing is left behind.
    Result<void> hold();
    /// Gives the room away. Never fails: what cannot be removed gives none.
    void release() noexcept;
    /// Whether half of the room is still there after release().
    bool half_is_left() const noexcept;

private:
    Result<void> make() const;

    std::string file_;
    std::size_t bytes_ = 0;
};

} // namespace ssp
