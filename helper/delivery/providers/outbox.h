#pragma once
#include "base/clock.h"
#include "delivery/providers/provider.h"

#include <string>

namespace ssp {

/// Appends each message to a file, one JSON line each, for tests and demonstrations: whoever reads the file
/// reads the codes. Never loads without demo = true.
class OutboxProvider final : public Provider {
public:
    /// `file`: absolute path; made with mode 0600 when it is missing. `clock` outlives this object.
    OutboxProvider(std::string file, const Clock& clock);
    /// accepted; or configuration when the file cannot be opened (a symbolic link is not followed, anything
    /// but a regular file is refused) or written.
    Task<Handover> send(const OutboundMessage& message) override;

private:
    std::string file_;
    const Clock& clock_;
};

} // namespace ssp
