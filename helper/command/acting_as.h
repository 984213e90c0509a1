#pragma once
#include <string>
#include <sys/types.h>

namespace ssp::command {

/// The account that runs ssp-mfad and owns what lies on the disk.
struct StateOwner {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

/// Acts as `owner` while it lives, so that root follows nobody's links in a folder that is not root's. In a
/// process with one thread; ends the program when it cannot become itself again.
class ActingAs {
public:
    explicit ActingAs(const StateOwner& owner);
    ~ActingAs();
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;
    /// False: the caller is neither the owner nor root.
    bool holds() const { return holds_; }

private:
    uid_t uid_;
    gid_t gid_;
    bool holds_ = false;
};

} // namespace ssp::command
