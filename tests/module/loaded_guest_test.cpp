// The module as it is installed, loaded by the real libpam: what it leaves behind, and whom a stack lets in.
//
//   loaded_guest_test [ROUNDS]   of each kind of sign-in (400)
#include "scripted_helper.h"
#include "stacks.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <security/pam_appl.h>
#include <thread>
#include <vector>

#include "support/cmocka.h"

using namespace ssp::protocol;
using namespace ssp::testing;

namespace {

int rounds = 400;

struct Person {
    int returned = PAM_SUCCESS;
    const char* answer = "492831"; ///< nullptr: end of input
};

int converse(int count, const pam_message** messages, pam_response** responses, void* data)
{
    const auto& person = *static_cast<const Person*>(data);
    *responses =
        static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    for (int i = 0; i < count; ++i)
        if (person.answer != nullptr &&
            (messages[i]->msg_style == PAM_PROMPT_ECHO_ON || messages[i]->msg_style == PAM_PROMPT_ECHO_OFF))
            (*responses)[i].resp = strdup(person.answer);
    return person.returned;
}

/// Accepts one code and no other.
void ask_for_the_code(Line& line)
{
    line.begin();
    line.ask("Verification code: ");
    line.verdict(line.answer() == "492831" ? Decision::accepted : Decision::rejected);
}

std::string words(const ScriptedHelper& helper)
{
    std::string all = MODULE_FILE;
    for (const auto& word : helper.arguments())
        all += " " + word;
    return all;
}

int sign_in(const Stacks& stacks, const pam_conv& conversation,
            int (*phase)(pam_handle_t*, int) = pam_authenticate)
{
    pam_handle_t* handle = nullptr;
    CHECK(pam_start_confdir("sshd", "daemon", &conversation, stacks.folder(), &handle) == PAM_SUCCESS);
    pam_putenv(handle, "SSH_CONNECTION=127.0.0.1 32894 127.0.0.1 22");
    pam_putenv(handle, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA\n");
    const int code = phase(handle, 0);
    pam_end(handle, code);
    return code;
}

int sign_in(const Stacks& stacks, Person person) { return sign_in(stacks, {converse, &person}); }

std::size_t entries(const char* folder)
{
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator{}));
}

bool is_loaded()
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.find("pam_ssp_mfa.so") != std::string::npos)
            return true;
    return false;
}

/// Of this process, in KiB.
long resident()
{
    long pages = 0;
    std::ifstream file("/proc/self/statm");
    file >> pages >> pages;
    return pages * 4;
}

/// Success, refusal and end of input, so many times; the helper is gone afterwards.
void sign_in_in_every_way(int times)
{
    ScriptedHelper helper(ask_for_the_code);
    const Stacks stacks({"sshd"}, "auth required " + words(helper) + "\n");
    for (int i = 0; i < times; ++i) {
        CHECK(sign_in(stacks, Person{}) == PAM_SUCCESS);
        CHECK(sign_in(stacks, Person{PAM_SUCCESS, "000000"}) == PAM_AUTH_ERR);
        CHECK(sign_in(stacks, Person{PAM_CONV_ERR, nullptr}) == PAM_CONV_ERR);
        CHECK(!is_loaded());
    }
}

void sign_ins_of_every_kind_leave_nothing_behind()
{
    sign_in_in_every_way(100); // libc and libpam keep what they made once
    const auto descriptors = entries("/proc/self/fd");
    const auto threads = entries("/proc/self/task");
    const auto kib = resident();
    sign_in_in_every_way(rounds);
    CHECK(entries("/proc/self/fd") == descriptors && entries("/proc/self/task") == threads);
    // One leaked buffer for each would be 8 MiB and more.
    CHECK(resident() - kib < 1024);
}

void threads_of_one_program_sign_in_side_by_side()
{
    ScriptedHelper helper(ask_for_the_code);
    const Stacks stacks({"sshd"}, "auth required " + words(helper) + "\n");
    std::vector<std::thread> threads;
    std::vector<int> wrong(8, 0);
    for (std::size_t number = 0; number < wrong.size(); ++number)
        threads.emplace_back([&, number] {
            for (int i = 0; i < 40; ++i) {
                const bool right = (i + static_cast<int>(number)) % 3 != 0;
                const int code = sign_in(stacks, Person{PAM_SUCCESS, right ? "492831" : "000000"});
                wrong[number] += code != (right ? PAM_SUCCESS : PAM_AUTH_ERR) ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == std::vector<int>(8, 0));
}

void a_line_that_suffices_alone_lets_nobody_in_who_says_nothing()
{
    ScriptedHelper helper([](Line& line) {
        line.begin();
        line.ask("Verification code: ");
        const auto heard = line.answer();
        line.verdict(heard == "<left>" || heard == "<gone>" || !heard.empty() ? Decision::accepted
                                                                              : Decision::rejected);
    });
    const Stacks stacks({"sshd"}, "auth sufficient " + words(helper) + "\nauth required pam_deny.so\n");
    CHECK(sign_in(stacks, Person{}) == PAM_SUCCESS); // what follows means something
    CHECK(sign_in(stacks, Person{PAM_SUCCESS, nullptr}) != PAM_SUCCESS);
    CHECK(sign_in(stacks, Person{PAM_SUCCESS, ""}) != PAM_SUCCESS);
    for (const int returned : {PAM_CONV_ERR, PAM_CONV_AGAIN, PAM_BUF_ERR, PAM_SYSTEM_ERR, PAM_ABORT})
        for (const char* answer : {"492831", static_cast<const char*>(nullptr)})
            CHECK(sign_in(stacks, Person{returned, answer}) != PAM_SUCCESS);
    CHECK(sign_in(stacks, pam_conv{nullptr, nullptr}) != PAM_SUCCESS);
}

void a_stack_whose_module_is_missing_lets_nobody_in()
{
    const Stacks files({}, "");
    const std::string folder = files.folder();
    std::ofstream(folder + "/empty.so");
    for (const char* missing : {"/gone.so", "/empty.so"})
        for (const char* control : {"required", "requisite", "[success=ok default=die]"}) {
            std::string lines;
            for (const char* type : {"auth", "account", "session"})
                lines += std::string(type) + " required pam_permit.so\n" + type + " " + control + " " +
                         folder + missing + "\n" + type + " required pam_permit.so\n";
            const Stacks stacks({"sshd"}, lines);
            Person person;
            for (const auto phase : {pam_authenticate, pam_acct_mgmt, pam_open_session})
                CHECK(sign_in(stacks, {converse, &person}, phase) != PAM_SUCCESS);
        }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 2)
        rounds = std::atoi(argv[1]);
    const CMUnitTest tests[] = {
        SENTENCE(sign_ins_of_every_kind_leave_nothing_behind),
        SENTENCE(threads_of_one_program_sign_in_side_by_side),
        SENTENCE(a_line_that_suffices_alone_lets_nobody_in_who_says_nothing),
        SENTENCE(a_stack_whose_module_is_missing_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
