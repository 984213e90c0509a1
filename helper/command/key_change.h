#pragma once
// What `ssp-mfa key` does with the two key files while ssp-mfad moves the database from one to the other.
#include "command/request.h"
#include "command/state.h"

#include <functional>
#include <string>
#include <vector>

namespace ssp::command {

/// Asks ssp-mfad at its administrators' socket.
using AskHelper = std::function<Result<Outcome>(const std::vector<std::string>& words)>;

/// What `key status` answers; see ssp-mfa(1).
struct KeyStatus {
    std::string key;
    std::string from; ///< "file" or "credential"
    std::string state;
    std::string new_key;
    std::string rows;
    std::string rows_left;
    std::string does_not_verify;
    std::vector<ResultRow> all; ///< as it came
};

/// Whether the key in use lies in `key_file`. ssp-mfad cannot know: its unit has systemd hand that file over
/// as a credential.
bool lies_in(const std::string& key_file, const KeyStatus& status);

/// Errors: of `ask`; delivery_unavailable when ssp-mfad answers otherwise.
Result<KeyStatus> key_status(const AskHelper& ask);

/// The file of the new key, as far as this command made it.
class NextKeyFile {
public:
    NextKeyFile() = default;
    explicit NextKeyFile(std::string made) : made_(std::move(made)) {}
    /// The rotation surely did not begin.
    void take_back();

private:
    std::string made_; ///< empty: it was there, or comes as a credential
};

/// Makes the new key beside `key_file`, 0400, of `owner`; uses one that an earlier call left there. None when
/// the master key is a credential that comes from elsewhere. Errors: configuration, with a sentence.
Result<NextKeyFile> make_next_key(const std::string& key_file, const KeyStatus& status,
                                  const StateOwner& owner);

/// Asks twice a second until no rotation is under way, calls `show` when something moved, and gives the file
/// of the new key the name of the old one. Nothing is done when the new key is in its place already, or came
/// as a credential. Errors: of `ask`; configuration when the new key is not where it should be.
Result<KeyStatus> wait_for_new_key(const std::string& key_file, const AskHelper& ask,
                                   const std::function<void(const KeyStatus&)>& show);

} // namespace ssp::command
