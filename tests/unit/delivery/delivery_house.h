#pragma once
// ssp-mfa-deliveryd itself, started as systemd starts it; the test is its ssp-mfad.
#include "delivery/remote_delivery.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <pwd.h>
#include <string>
#include <vector>

#include "messages.h"
#include "support/activated_process.h"
#include "support/cmocka.h"
#include "support/run_on_loop.h"
#include "support/temporary_directory.h"

namespace ssp::testing {

inline const std::string program = DELIVERYD;

inline std::string content_of(const std::string& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void allow(const std::string& path, unsigned mode)
{
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
}

/// A daemon with a configuration of its own; the test is its ssp-mfad.
struct House {
    House()
    {
        allow(directory.path(), 0711);
        std::filesystem::create_directory(directory.path("out"));
        allow(directory.path("out"), 0777);
    }
    void configure(std::string_view more = "")
    {
        write("ssp-mfa.toml", fmt::format("demo = true\nuser = \"{}\"\n{}", peer_user, more));
    }
    void provide(const std::string& name, std::string_view text)
    {
        write("providers.d/" + name + ".toml", text);
    }
    void provide_outbox()
    {
        provide(
            "box",
            fmt::format("kind = \"outbox\"\nchannels = [\"text-message\", \"voice-call\"]\nfile = \"{}\"\n",
                        outbox()));
    }
    void provide_program(std::string_view script,
                         std::string_view channels = "\"text-message\", \"voice-call\"")
    {
        const auto file = directory.write("program", fmt::format("#!/bin/sh\n{}\n", script));
        allow(file, 0755);
        provide("program", fmt::format("kind = \"command\"\nchannels = [{}]\nargv = [\"{}\", \"{}\"]\n",
                                       channels, file, directory.path("out")));
    }
    void write(const std::string& name, std::string_view text) const
    {
        allow(directory.write(name, text), 0644);
        if (const auto folder = name.find('/'); folder != std::string::npos)
            allow(directory.path(name.substr(0, folder)), 0755);
    }
    std::vector<std::string> words() const { return {program, "--config", directory.path("ssp-mfa.toml")}; }
    void start(bool keep_root = false)
    {
        daemon.emplace(words(), std::vector<int>{listening.get()}, log_file(), keep_root);
    }
    std::string outbox() const { return directory.path("out/box.jsonl"); }
    std::string log_file() const { return directory.path("log"); }
    std::string log() const { return content_of(log_file()); }
    Result<DeliveryOutcome> deliver(OutboundMessage message)
    {
        return run(loop, delivery.deliver(std::move(message)));
    }
    Result<NumberJudgement> judge(std::string_view typed, Channel channel = Channel::text_message)
    {
        return run(loop, delivery.judge_number(SecretString(typed), channel, "US"));
    }

    std::string peer_user = "nobody";
    TemporaryDirectory directory;
    std::string path = directory.path("delivery.sock");
    UniqueFd listening = listening_socket(path);
    Loop loop;
    RemoteDelivery delivery{loop, path, ::getuid()};
    std::optional<ActivatedProcess> daemon;
};

/// A test that is an ordinary user is its own peer.
inline void set_peer(House& house)
{
    const passwd* self = ::getpwuid(::getuid());
    if (::getuid() != 0 && self != nullptr)
        house.peer_user = self->pw_name;
}

inline std::unique_ptr<House> started_with_outbox()
{
    auto house = std::make_unique<House>();
    set_peer(*house);
    house->configure();
    house->provide_outbox();
    house->start();
    return house;
}

inline bool is(const Result<DeliveryOutcome>& result, DeliveryOutcome outcome)
{
    return result && *result == outcome;
}

} // namespace ssp::testing
