#include "verifier/reference.h"

#include "verifier/look_up_secret.h"

namespace ssp {

Result<std::string> new_reference(Random& random)
{
    auto symbols = random.text(6, look_up_secret_alphabet);
    if (!symbols)
        return symbols.error();
    std::string reference(symbols->reveal());
    reference.insert(4, "-");
    return reference;
}

} // namespace ssp
