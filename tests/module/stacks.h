#pragma once
// A PAM configuration folder for pam_start_confdir(3), gone with this object.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace ssp::testing {

class Stacks {
public:
    /// The same lines for each service.
    Stacks(std::initializer_list<const char*> services, const std::string& lines)
    {
        char folder[] = "/tmp/ssp-mfa-XXXXXX";
        if (::mkdtemp(folder) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = folder;
        for (const char* service : services)
            std::ofstream(folder_ + "/" + service) << lines;
    }
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;
    ~Stacks()
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    const char* folder() const { return folder_.c_str(); }

private:
    std::string folder_;
};

} // namespace ssp::testing
