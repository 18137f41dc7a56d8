// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_events.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace setpoint {

Result<EngineEvent> parse_event(std::string_view json) {
    const auto read = nlohmann::json::parse(json, nullptr, false);
    const auto text = [](const nlohmann::json& object, const char* name) {
        const auto found = object.is_object() ? object.find(name) : object.end();
        return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    EngineEvent event;
    event.type = text(read, "Type");
    event.action = text(read, "Action");
    if (event.type.empty() || event.action.empty()) return fail(Errc::bad_reply, "an event has a Type and an Action");
    const auto actor = read.find("Actor");
    if (actor == read.end()) return event;
    event.id = text(*actor, "ID");
    const auto attributes = actor->is_object() ? actor->find("Attributes") : actor->end();
    if (attributes == actor->end() || !attributes->is_object()) return event;
    for (const auto& [name, value] : attributes->items()) {
        if (value.is_string()) event.attributes.emplace(name, value.get<std::string>());
    }
    return event;
}

/// Lives on the I/O thread; a stream on its way holds it, `end` silences it.
class DockerEvents::State : public std::enable_shared_from_this<State> {
public:
    State(IoThread& io, DockerClient& docker, Listener listener)
        : io_(io), docker_(docker), listener_(std::move(listener)) {}

    void follow() {
        line_.clear();
        overlong_ = false;
        docker_.events(
            kLongest, [self = shared_from_this()](std::string_view piece) { self->take(piece); },
            [self = shared_from_this()](const Result<void>&) { self->ended(); });
    }

    void end() {
        ended_ = true;
        next_.reset();
    }

private:
    void take(std::string_view piece) {
        if (!ended_ && !std::exchange(linked_, true)) listener_.linked();
        while (!ended_ && !piece.empty()) {
            const auto newline = piece.find('\n');
            const auto part = piece.substr(0, newline);
            overlong_ = overlong_ || line_.size() + part.size() > kLongestLine;
            if (!overlong_) line_ += part;
            if (newline == std::string_view::npos) return;
            piece.remove_prefix(newline + 1);
            tell();
        }
    }

    /// What cannot be read happened all the same.
    void tell() {
        const auto line = std::exchange(line_, {});
        const bool readable = !std::exchange(overlong_, false);
        if (readable && line.find_first_not_of(" \r\t") == std::string::npos) return;
        listener_.happened(readable ? parse_event(line).value_or(EngineEvent{}) : EngineEvent{});
    }

    void ended() {
        if (ended_) return;
        const bool was_linked = std::exchange(linked_, false);
        if (was_linked) listener_.lost();
        pause_ = was_linked ? kFirstPause : std::min<Duration>(2 * pause_, kLongestPause);
        next_ = io_.after(pause_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->follow();
        });
    }

    IoThread& io_;
    DockerClient& docker_;
    Listener listener_;
    std::string line_;
    bool overlong_ = false;
    bool linked_ = false;
    bool ended_ = false;
    Duration pause_ = kFirstPause / 2;
    IoThread::Timer next_;
};

DockerEvents::DockerEvents(IoThread& io, DockerClient& docker, Listener listener)
    : io_(io), state_(std::make_shared<State>(io, docker, std::move(listener))) {
    io_.post([state = state_] { state->follow(); });
}

DockerEvents::~DockerEvents() {
    io_.run([this] { state_->end(); });
}

}  // namespace setpoint
