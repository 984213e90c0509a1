#pragma once
#include "base/result.h"
#include "base/unique_fd.h"

#include <string>
#include <thread>

namespace ssp {

/// check_integrity() of one database on a thread of its own, so that a large one keeps nobody waiting.
/// Started by ssp-mfad after an unclean stop.
class IntegrityCheck {
public:
    explicit IntegrityCheck(std::string path);
    /// Waits until the check has ended.
    ~IntegrityCheck();
    IntegrityCheck(const IntegrityCheck&) = delete;
    IntegrityCheck& operator=(const IntegrityCheck&) = delete;

    /// Readable once result() is there.
    int finished_fd() const noexcept { return finished_.get(); }
    /// Called once, after finished_fd() became readable; ends the thread.
    Result<void> result();

private:
    UniqueFd finished_;
    Result<void> result_;
    std::thread thread_;
};

} // namespace ssp
