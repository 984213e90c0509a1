#include "store/integrity_check.h"

#include "store/inspection.h"

#include <cstdlib>
#include <sys/eventfd.h>

namespace ssp {

IntegrityCheck::IntegrityCheck(std::string path) : finished_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (!finished_)
        std::abort(); // no descriptor left at start
    thread_ = std::thread([this, path = std::move(path)] {
        result_ = check_integrity(path);
        ::eventfd_write(finished_.get(), 1);
    });
}

IntegrityCheck::~IntegrityCheck()
{
    if (thread_.joinable())
        thread_.join();
}

Result<void> IntegrityCheck::result()
{
    thread_.join();
    return result_;
}

} // namespace ssp
