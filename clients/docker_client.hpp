// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/docker_template.hpp"
#include "clients/docker_types.hpp"
#include "clients/io_thread.hpp"
#include "clients/rest_http.hpp"
#include "clients/swarm_types.hpp"
#include "core/http.hpp"

namespace setpoint {

/// Where the Engine is.
struct DockerEndpoint {
    std::string socket = "/var/run/docker.sock";  // where `rest` is absent
    std::optional<RestEndpoint> rest;
    std::string name;                             // as it was written, for messages
};

/// Reads DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH as the docker command does, but TLS is always
/// verified. `getenv` answers nullptr where a name is not set.
[[nodiscard]] Result<DockerEndpoint> docker_endpoint(const std::function<const char*(const char*)>& getenv);

/// The Docker Engine API. Every call answers exactly once, on the I/O thread, at the latest shortly after its
/// deadline; from any thread. Reading, statistics, writing and stopping have lanes of their own, so that a
/// slow answer delays no order and a long grace no start.
///
///     IoThread io;
///     auto docker = DockerClient::connect(io, *docker_endpoint(std::getenv));
class DockerClient {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;

    /// The lanes of one Engine.
    struct Lanes {
        std::unique_ptr<HttpClient> read;
        std::unique_ptr<HttpClient> write;
        std::unique_ptr<HttpClient> stop;
        std::unique_ptr<HttpClient> stats;  // the Engine answers these only once a second
        std::unique_ptr<HttpClient> events; // one answer that never ends
    };

    /// Opens nothing yet: the first call asks for the version. Fails on TLS files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<DockerClient>> connect(IoThread& io, const DockerEndpoint& endpoint);

    DockerClient(IoThread& io, Lanes lanes);
    /// What is on its way ends as `unreachable`, before this returns.
    ~DockerClient();
    DockerClient(const DockerClient&) = delete;
    DockerClient& operator=(const DockerClient&) = delete;

    void version(Duration deadline, Done<EngineVersion> done);
    /// The Engine's own ID, for the lock "one agent per Engine".
    void engine_id(Duration deadline, Done<std::string> done);
    /// All containers, stopped ones too, that carry every one of `labels` (`app=cart`, or `app` for any value).
    void list(const std::vector<std::string>& labels, Duration deadline, Done<std::vector<ContainerSummary>> done);
    /// What happens to containers and Swarm services from now on: `piece` as HttpRequest::stream has it, JSON lines; `done`
    /// once the Engine ends it or `deadline` does.
    void events(Duration deadline, std::function<void(std::string_view)> piece, Done<void> done);
    void inspect(const std::string& id, Duration deadline, Done<ContainerDetails> done);
    void stats(const std::string& id, Duration deadline, Done<ContainerStats> done);

    /// `body` is NewContainer's; the answer is the new ID. `conflict`: the name is taken.
    void create(const std::string& name, std::string body, Duration deadline, Done<std::string> done);
    void connect_network(const std::string& id, const NewContainer::Network& network, Duration deadline, Done<void> done);
    /// A container that runs already counts as started.
    void start(const std::string& id, Duration deadline, Done<void> done);
    /// Sends its stop signal, waits its grace, kills. Answers when it has stopped: allow for the grace. One that
    /// does not run, or is gone, counts as stopped.
    void stop(const std::string& id, Duration deadline, Done<void> done);
    /// `conflict`: it still runs, or is being removed already. One that is gone counts as removed.
    enum class Volumes : std::uint8_t { keep, remove_anonymous };
    void remove(const std::string& id, Volumes volumes, Duration deadline, Done<void> done);

    /// The version of the API to speak: the one agreed on, or the newest that the Engine has, asked anew each time. With an
    /// older one the Engine takes what that one did not know (seccomp, AppArmor, no new privileges) out of a service's spec.
    enum class Api : std::uint8_t { agreed, newest };

    /// A Swarm's service by its name. `no_data`: there is none; `refused`: this Engine is no manager of a Swarm.
    void service(const std::string& name, Api api, Duration deadline, Done<ServiceDetails> done);
    /// The tasks of a service that are to run, or to be removed; not its history.
    void tasks(const std::string& service_id, Duration deadline, Done<std::vector<ServiceTask>> done);
    /// `spec` is a whole one, read with Api::newest. `conflict`: the service has a newer version.
    void update_service(const std::string& id, std::uint64_t version, std::string spec, Duration deadline, Done<void> done);

private:
    class State;
    template <class Answer>
    void ask(std::unique_ptr<HttpClient> Lanes::* lane, HttpRequest what, Answer answer, Api api = Api::agreed);
    template <class T>
    void read(HttpRequest what, Result<T> (*parse)(std::string_view), Done<T> done,
              std::unique_ptr<HttpClient> Lanes::* lane = &Lanes::read, Api api = Api::agreed);

    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
