// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_client.hpp"

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/jitter.hpp"
#include "clients/lane.hpp"
#include "clients/unix_http.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kStopsInFlight = 32;
// The Engine answers a question for statistics at its next reading, once a second, however many ask: in turns,
// a group of eight took four seconds, and with 64 at a time 200 containers were never read within 2 s.
constexpr std::size_t kStatsInFlight = 256;
constexpr std::size_t kLargestList = 32U << 20U;
constexpr std::size_t kQueue = 4096;  // a few questions for each of a thousand containers
// An Engine on this machine costs little to ask, and a restarted one is to be seen soon.
constexpr Duration kLongestLocalPause = std::chrono::seconds{5};

std::string escaped(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out;
}

Errc code_of(int status) {
    if (status == 404) return Errc::no_data;
    if (status == 409) return Errc::conflict;
    if (status == 503) return Errc::refused;  // no manager of a Swarm, or one that is locked
    return status >= 500 ? Errc::bad_reply : Errc::refused;
}

/// The manager's own words for an update with a version that is not the newest, under a status of 500.
constexpr std::string_view kOutOfSequence = "update out of sequence";

}  // namespace

/// Lives on the I/O thread.
class DockerClient::State : public std::enable_shared_from_this<DockerClient::State> {
public:
    explicit State(Lanes lanes) : lanes_(std::move(lanes)) {}

    using Answer = std::function<void(Result<HttpResponse>)>;
    using Lane = std::unique_ptr<HttpClient> Lanes::*;

    /// Sends below the version's prefix, asking for the version first where it is not known yet.
    void call(Lane lane, HttpRequest request, Api api, Answer done) {
        if (api == Api::agreed && !api_.empty()) return send(lane, api_, std::move(request), std::move(done));
        const auto began = std::chrono::steady_clock::now();
        ask_version(request.deadline, [self = shared_from_this(), lane, request = std::move(request), api,
                                       done = std::move(done), began](const Result<EngineVersion>& engine) mutable {
            const auto agreed = engine.and_then(negotiate);
            if (!agreed) return done(tl::unexpected(agreed.error()));
            self->api_ = *agreed;
            request.deadline -= std::chrono::floor<Duration>(std::chrono::steady_clock::now() - began);
            self->send(lane, api == Api::newest ? engine->api : *agreed, std::move(request), std::move(done));
        });
    }

    void ask_version(Duration deadline, Done<EngineVersion> done) {
        if (closed_) return done(fail(Errc::unreachable, "docker: the agent is stopping"));
        HttpRequest request;
        request.target = "/version";
        request.deadline = deadline;
        lanes_.read->send(std::move(request), [done = std::move(done)](Result<HttpResponse> answer) {
            done(success(std::move(answer)).and_then([](const HttpResponse& r) { return parse_version(r.body); }));
        });
    }

    /// Anything but 2xx and 304 (it is so already) is an error, with the Engine's own words.
    static Result<HttpResponse> success(Result<HttpResponse> answer) {
        if (!answer || (answer->status >= 200 && answer->status < 300) || answer->status == 304) return answer;
        return fail(code_of(answer->status),
                    "docker says " + std::to_string(answer->status) + ": " + parse_engine_message(answer->body));
    }

    /// Ends what is on its way, then lets go of the lanes.
    void close() {
        closed_ = true;
        const Lanes ending = std::move(lanes_);
    }

private:
    void send(Lane lane, const std::string& api, HttpRequest request, Answer done) {
        if (closed_) return done(fail(Errc::unreachable, "docker: the agent is stopping"));
        request.target = "/v" + api + request.target;
        (lanes_.*lane)->send(std::move(request), std::move(done));
    }

    Lanes lanes_;
    std::string api_;  // once negotiated
    bool closed_ = false;
};

namespace {

HttpRequest request(std::string method, std::string target, Duration deadline) {
    HttpRequest made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.deadline = deadline;
    return made;
}

HttpRequest request_with(std::string target, std::string body, Duration deadline) {
    auto made = request("POST", std::move(target), deadline);
    made.headers.emplace_back("Content-Type", "application/json");
    made.body = std::move(body);
    return made;
}

/// An answer that has nothing to read; `fine` is an error code that means that it is so already.
std::function<void(Result<HttpResponse>)> without_body(DockerClient::Done<void> done, std::optional<Errc> fine = {}) {
    return [done = std::move(done), fine](Result<HttpResponse> answer) {
        if (!answer && answer.error().code != fine) return done(tl::unexpected(answer.error()));
        done({});
    };
}

}  // namespace

Result<std::unique_ptr<DockerClient>> DockerClient::connect(IoThread& io, const DockerEndpoint& endpoint) {
    Lanes lanes;
    const auto pause = std::make_shared<RetryAfter>(seed_of_this_run());
    const auto open = [&](LaneSettings settings) -> Result<std::unique_ptr<HttpClient>> {
        settings.pause = pause;
        auto transport = endpoint.rest ? rest_http(io, *endpoint.rest) : unix_http(io, endpoint.socket);
        if (!transport) return tl::unexpected(transport.error());
        return std::make_unique<setpoint::Lane>(io, std::move(*transport), std::move(settings));
    };
    LaneSettings patient;
    // An order that is refused before it is sent would look like one that failed; and the loop paces its orders.
    patient.breaker.failures = std::numeric_limits<int>::max();
    LaneSettings stops = patient;
    stops.in_flight = kStopsInFlight;
    LaneSettings asking;
    asking.queue = kQueue;
    if (!endpoint.rest) asking.breaker.longest_pause = kLongestLocalPause;
    auto read = open(asking);
    if (!read) return tl::unexpected(in("docker " + endpoint.name)(read.error()));
    auto write = open(patient);
    if (!write) return tl::unexpected(in("docker " + endpoint.name)(write.error()));
    auto stop = open(stops);
    if (!stop) return tl::unexpected(in("docker " + endpoint.name)(stop.error()));
    LaneSettings waiting = asking;
    waiting.in_flight = kStatsInFlight;
    auto stats = open(waiting);
    if (!stats) return tl::unexpected(in("docker " + endpoint.name)(stats.error()));
    auto events = open(patient);
    if (!events) return tl::unexpected(in("docker " + endpoint.name)(events.error()));
    return std::make_unique<DockerClient>(
        io, Lanes{std::move(*read), std::move(*write), std::move(*stop), std::move(*stats), std::move(*events)});
}

DockerClient::DockerClient(IoThread& io, Lanes lanes) : io_(io), state_(std::make_shared<State>(std::move(lanes))) {}

DockerClient::~DockerClient() {
    io_.run([this] { state_->close(); });
    io_.run([] {});  // what was handed to a lane a moment before is told now
}

template <class Answer>
void DockerClient::ask(std::unique_ptr<HttpClient> Lanes::* lane, HttpRequest what, Answer answer, Api api) {
    io_.post([state = state_, lane, api, what = std::move(what), answer = std::move(answer)]() mutable {
        state->call(lane, std::move(what), api, [answer = std::move(answer)](Result<HttpResponse> got) {
            answer(State::success(std::move(got)));
        });
    });
}

template <class T>
void DockerClient::read(HttpRequest what, Result<T> (*parse)(std::string_view), Done<T> done,
                        std::unique_ptr<HttpClient> Lanes::* lane, Api api) {
    const auto parsed = [parse, done = std::move(done)](Result<HttpResponse> answer) {
        if (!answer) return done(tl::unexpected(answer.error()));
        done(parse(answer->body).map_error(in("docker")));
    };
    ask(lane, std::move(what), parsed, api);
}

void DockerClient::version(Duration deadline, Done<EngineVersion> done) {
    io_.post([state = state_, deadline, done = std::move(done)]() mutable { state->ask_version(deadline, std::move(done)); });
}

void DockerClient::engine_id(Duration deadline, Done<std::string> done) {
    read(request("GET", "/info", deadline), &parse_engine_id, std::move(done));
}

void DockerClient::list(const std::vector<std::string>& labels, Duration deadline,
                        Done<std::vector<ContainerSummary>> done) {
    const nlohmann::json filters{{"label", labels}};
    const auto text = filters.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    auto asked = request("GET", "/containers/json?all=true&filters=" + escaped(text), deadline);
    asked.max_body = kLargestList;
    read(std::move(asked), &parse_containers, std::move(done));
}

void DockerClient::events(Duration deadline, std::function<void(std::string_view)> piece, Done<void> done) {
    static const nlohmann::json filters{
        {"type", {"container", "service"}},
        {"event", {"create", "start", "kill", "die", "destroy", "rename", "update", "pause", "unpause", "health_status", "remove"}}};
    auto asked = request("GET", "/events?filters=" + escaped(filters.dump()), deadline);
    asked.stream = std::move(piece);
    ask(&Lanes::events, std::move(asked), without_body(std::move(done)));
}

void DockerClient::inspect(const std::string& id, Duration deadline, Done<ContainerDetails> done) {
    read(request("GET", "/containers/" + escaped(id) + "/json", deadline), &parse_container, std::move(done));
}

void DockerClient::stats(const std::string& id, Duration deadline, Done<ContainerStats> done) {
    read(request("GET", "/containers/" + escaped(id) + "/stats?stream=false&one-shot=true", deadline), &parse_stats,
         std::move(done), &Lanes::stats);
}

void DockerClient::create(const std::string& name, std::string body, Duration deadline, Done<std::string> done) {
    ask(&Lanes::write, request_with("/containers/create?name=" + escaped(name), std::move(body), deadline),
        [done = std::move(done)](Result<HttpResponse> answer) {
            if (!answer) return done(tl::unexpected(answer.error()));
            done(parse_created_id(answer->body).map_error(in("docker")));
        });
}

void DockerClient::connect_network(const std::string& id, const NewContainer::Network& network, Duration deadline,
                                   Done<void> done) {
    const nlohmann::json body{{"Container", id},
                              {"EndpointConfig", nlohmann::json::parse(network.endpoint, nullptr, false)}};
    ask(&Lanes::write, request_with("/networks/" + escaped(network.name) + "/connect", body.dump(), deadline),
        without_body(std::move(done)));
}

void DockerClient::start(const std::string& id, Duration deadline, Done<void> done) {
    ask(&Lanes::write, request("POST", "/containers/" + escaped(id) + "/start", deadline), without_body(std::move(done)));
}

void DockerClient::stop(const std::string& id, Duration deadline, Done<void> done) {
    ask(&Lanes::stop, request("POST", "/containers/" + escaped(id) + "/stop", deadline),
        without_body(std::move(done), Errc::no_data));
}

void DockerClient::remove(const std::string& id, Volumes volumes, Duration deadline, Done<void> done) {
    const bool anonymous = volumes == Volumes::remove_anonymous;
    ask(&Lanes::stop, request("DELETE", "/containers/" + escaped(id) + (anonymous ? "?v=true" : "?v=false"), deadline),
        without_body(std::move(done), Errc::no_data));
}

void DockerClient::service(const std::string& name, Api api, Duration deadline, Done<ServiceDetails> done) {
    read(request("GET", "/services/" + escaped(name), deadline), &parse_service, std::move(done), &Lanes::read, api);
}

void DockerClient::tasks(const std::string& service_id, Duration deadline, Done<std::vector<ServiceTask>> done) {
    const nlohmann::json filters{{"service", {service_id}}, {"desired-state", {"running", "ready", "accepted", "remove"}}};
    read(request("GET", "/tasks?filters=" + escaped(filters.dump()), deadline), &parse_tasks, std::move(done));
}

void DockerClient::update_service(const std::string& id, std::uint64_t version, std::string spec, Duration deadline, Done<void> done) {
    const auto told = [done = std::move(done)](Result<HttpResponse> answer) {
        if (answer) return done({});
        auto error = answer.error();
        if (error.message.find(kOutOfSequence) != std::string::npos) error.code = Errc::conflict;
        done(tl::unexpected(std::move(error)));
    };
    ask(&Lanes::write, request_with("/services/" + escaped(id) + "/update?version=" + std::to_string(version), std::move(spec), deadline),
        told, Api::newest);
}

}  // namespace setpoint
