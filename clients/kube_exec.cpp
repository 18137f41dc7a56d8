// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_exec.hpp"

#include <utility>  // before Asio, which forgets it

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "clients/deadline.hpp"
#include "clients/reply_json.hpp"

extern char** environ;

namespace setpoint {
namespace {

constexpr Duration kLook = std::chrono::milliseconds{20};    // between looks whether it ended, once its output has
constexpr Duration kBefore = std::chrono::seconds{30};       // a token that expires so soon is not used any more

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

std::vector<std::string> environment_of(const KubeExec& program) {
    const nlohmann::json info{{"apiVersion", program.api_version}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}};
    auto extra = program.environment;
    extra["KUBERNETES_EXEC_INFO"] = info.dump();
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (!extra.contains(std::string{text.substr(0, text.find('='))})) all.emplace_back(text);
    }
    for (const auto& [name, value] : extra) all.push_back(name + "=" + value);
    return all;
}

struct Started {
    pid_t process = 0;
    int output = -1;
};

/// In a process group of its own, so that it can be killed with what it started.
Result<Started> start(const KubeExec& program) {
    std::array<int, 2> out{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) return fail(Errc::io, std::strerror(errno));
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> words{program.command};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    auto environment = environment_of(program);
    Started started{0, out[0]};
    const int error = posix_spawnp(&started.process, program.command.c_str(), &files, &attributes, pointers(words).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    close(out[1]);
    if (error == 0) return started;
    close(out[0]);
    return fail(Errc::bad_config, "cannot run '" + program.command + "': " + std::strerror(error));
}

/// Of a process that was killed. It may take a moment to end, and nobody waits for it on the I/O thread.
void take_away(IoThread& io, pid_t process) {
    if (waitpid(process, nullptr, WNOHANG) != 0) return;
    const auto timer = std::make_shared<IoThread::Timer>();
    *timer = io.after(kLook, [&io, process, timer] { take_away(io, process); });
}

/// One run of a program. Its end, whatever it is, is told once.
class Run : public std::enable_shared_from_this<Run> {
public:
    using Done = std::function<void(Result<std::string>)>;

    Run(IoThread& io, const Started& started, Duration time, Done done)
        : io_(io), process_(started.process), output_(io.context(), started.output), deadline_(time), done_(std::move(done)) {}
    ~Run() { kill_it(); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void begin() {
        timer_ = io_.after(deadline_.left(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->end(fail(Errc::timed_out, "it did not end in time"));
        });
        read();
    }

private:
    void read() {
        output_.async_read_some(boost::asio::buffer(chunk_), [weak = weak_from_this()](boost::system::error_code error, std::size_t count) {
            const auto self = weak.lock();
            if (!self || !self->done_) return;
            if (error) return self->look();
            self->text_.append(self->chunk_.data(), count);
            if (self->text_.size() > kExecOutput) return self->end(fail(Errc::bad_reply, "it printed more than 64 KiB"));
            self->read();
        });
    }

    /// Its output is at its end; it soon is.
    void look() {
        int status = 0;
        if (waitpid(process_, &status, WNOHANG) == 0) {
            look_again_ = io_.after(kLook, [weak = weak_from_this()] {
                if (const auto self = weak.lock(); self && self->done_) self->look();
            });
            return;
        }
        process_ = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return end(std::move(text_));
        end(fail(Errc::refused, WIFEXITED(status) ? "it failed with exit code " + std::to_string(WEXITSTATUS(status)) : std::string{"it was killed"}));
    }

    void end(Result<std::string> result) {
        kill_it();
        timer_.reset();
        if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
    }

    void kill_it() {
        if (process_ == 0) return;
        kill(-process_, SIGKILL);
        take_away(io_, std::exchange(process_, 0));
    }

    IoThread& io_;
    pid_t process_;
    boost::asio::posix::stream_descriptor output_;
    Deadline deadline_;
    Done done_;
    std::array<char, 4096> chunk_{};
    std::string text_;
    IoThread::Timer timer_;
    IoThread::Timer look_again_;
};

class ExecToken final : public KubeToken {
public:
    ExecToken(IoThread& io, KubeExec program, Duration time, Duration pause) : io_(io), program_(std::move(program)), time_(time), pause_(pause) {}
    ~ExecToken() override {
        run_.reset();
        for (const auto& done : std::exchange(waiting_, {})) done(fail(Errc::unreachable, "the agent is stopping"));
    }
    ExecToken(const ExecToken&) = delete;
    ExecToken& operator=(const ExecToken&) = delete;

    void get(Done done) override {
        if (usable() || ran_lately()) return tell(done);
        waiting_.push_back(std::move(done));
        if (waiting_.size() == 1) run();
    }

    bool renew() override {
        refused_ = refused_ || !ran_lately();  // within the pause it may be an earlier one that was refused
        return true;
    }

private:
    using Steady = std::chrono::steady_clock;

    [[nodiscard]] bool usable() const {
        if (refused_ || !last_ || !*last_) return false;
        const auto& expires = (*last_)->expires;
        return !expires || std::chrono::floor<Duration>(std::chrono::system_clock::now()) + kBefore < *expires;
    }

    [[nodiscard]] bool ran_lately() const { return last_ && waiting_.empty() && Steady::now() < ended_ + pause_; }

    void tell(const Done& done) const {
        const auto last = *last_;  // who hears it may ask again
        done(last.map([](const ExecCredential& credential) { return credential.token; }));
    }

    void run() {
        const auto started = start(program_);
        if (!started) return ended(tl::unexpected(started.error()));
        run_ = std::make_shared<Run>(io_, *started, time_, [this](const Result<std::string>& output) { ended(output); });
        run_->begin();
    }

    void ended(const Result<std::string>& output) {
        const auto over = std::exchange(run_, nullptr);
        last_ = output.and_then(parse_exec_credential).map_error(in("the credential plugin '" + program_.command + "'"));
        ended_ = Steady::now();
        refused_ = false;
        for (const auto& done : std::exchange(waiting_, {})) tell(done);
    }

    IoThread& io_;
    const KubeExec program_;
    const Duration time_;
    const Duration pause_;
    std::optional<Result<ExecCredential>> last_;
    Steady::time_point ended_{};  // the run that this came of
    bool refused_ = false;        // the server did not take it
    std::vector<Done> waiting_;
    std::shared_ptr<Run> run_;
};

}  // namespace

Result<ExecCredential> parse_exec_credential(std::string_view text) {
    const auto json = reply_json::read(text);
    if (!json) return fail(Errc::bad_reply, "what it printed is no JSON");
    const auto* status = reply_json::member(*json, "status");
    if (status == nullptr) return fail(Errc::bad_reply, "what it printed is no ExecCredential with a status");
    ExecCredential credential;
    credential.token = reply_json::text(reply_json::member(*status, "token"));
    credential.expires = reply_json::stamp(reply_json::member(*status, "expirationTimestamp"));
    if (!credential.token.empty()) return credential;
    const bool certificate = reply_json::member(*status, "clientCertificateData") != nullptr;
    return fail(Errc::bad_reply, certificate ? "it gave a client certificate; only tokens are supported" : "it gave no token");
}

std::unique_ptr<KubeToken> exec_token(IoThread& io, KubeExec program, Duration time, Duration pause) {
    return std::make_unique<ExecToken>(io, std::move(program), time, pause);
}

}  // namespace setpoint
