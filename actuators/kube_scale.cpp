// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_scale.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "clients/engine_json.hpp"

namespace setpoint {
namespace {

using namespace engine_json;

constexpr int kMostTries = 3;  // of a write that a new version was in the way of, with the size still the same

std::string patch_of(Replicas seen, Replicas wanted) {
    return Json::array({{{"op", "test"}, {"path", "/spec/replicas"}, {"value", seen}},
                        {{"op", "replace"}, {"path", "/spec/replicas"}, {"value", wanted}}})
        .dump();
}

/// One call of set_kube_scale, on its way.
class Resize : public std::enable_shared_from_this<Resize> {
public:
    Resize(KubeClient& kube, std::string path, Replicas seen, Replicas wanted, Deadline deadline, std::function<Result<Duration>()> may_write,
           std::function<void(KubeScaled)> done)
        : kube_(kube), path_(std::move(path)), seen_(seen), wanted_(wanted), deadline_(deadline), may_write_(std::move(may_write)), done_(std::move(done)) {}

    void begin() { seen_ == 0 ? read() : patch(); }

private:
    void patch() {
        const auto may = may_write_();
        if (!may) return give_up(may.error());
        // A part is kept to see what was in its way.
        kube_.patch(path_, KubeClient::Patch::json, patch_of(seen_, wanted_), std::min(deadline_.left() * 3 / 4, *may),
                    [self = shared_from_this()](const Result<std::string>& answer) {
                        if (answer) return self->written(*answer);
                        if (answer.error().code != Errc::refused) return self->give_up(answer.error());
                        self->refused_ = answer.error();
                        self->read();
                    });
    }

    /// After a refusal it tells whether the size was in the way.
    void read() {
        kube_.get(path_, deadline_.left(), [self = shared_from_this()](const Result<std::string>& answer) {
            auto scale = answer.and_then([](const std::string& json) { return read_kube_scale(json); });
            if (!scale) return self->give_up(self->refused_.value_or(scale.error()));
            self->look(std::move(*scale));
        });
    }

    void look(KubeScale scale) {
        if (scale.replicas != seen_) {
            return end({ApplyOutcome::foreign, scale.replicas, scale.version,
                        "it has a size of " + std::to_string(scale.replicas) + ", not the " + std::to_string(seen_) + " seen before"});
        }
        if (refused_) return give_up(*refused_);
        replace(scale);
    }

    void replace(const KubeScale& scale) {
        auto document = engine_json::read(scale.document);
        if (!document) return give_up(document.error());
        (*document)["spec"]["replicas"] = wanted_;
        const auto may = may_write_();
        if (!may) return give_up(may.error());
        kube_.replace(path_, document->dump(), std::min(deadline_.left(), *may), [self = shared_from_this()](const Result<std::string>& answer) {
            if (answer) return self->written(*answer);
            const bool newer = answer.error().code == Errc::conflict && ++self->tries_ < kMostTries;
            newer ? self->read() : self->give_up(answer.error());
        });
    }

    void written(const std::string& answer) {
        const auto scale = read_kube_scale(answer);
        end({ApplyOutcome::applied, wanted_, scale ? scale->version : 0, {}});
    }

    void give_up(const Error& error) {
        const bool silent = error.code == Errc::timed_out || error.code == Errc::unreachable;
        end({silent ? ApplyOutcome::unreachable : ApplyOutcome::refused, seen_, 0, error.message});
    }

    void end(KubeScaled scaled) { std::exchange(done_, nullptr)(std::move(scaled)); }

    KubeClient& kube_;
    std::string path_;
    Replicas seen_;
    Replicas wanted_;
    Deadline deadline_;
    std::function<Result<Duration>()> may_write_;
    std::function<void(KubeScaled)> done_;
    std::optional<Error> refused_;
    int tries_ = 0;
};

}  // namespace

Result<KubeScale> read_kube_scale(std::string_view json) {
    const auto object = engine_json::read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    if (text(member(*object, "kind")) != "Scale") return fail(Errc::bad_reply, "the answer is no Scale");
    KubeScale scale;
    const auto* replicas = member(*object, "spec", "replicas");
    const auto size = count(replicas);
    if (replicas != nullptr && !size) return fail(Errc::bad_reply, "the Scale has no whole number of replicas");
    scale.replicas = static_cast<Replicas>(std::min<std::uint64_t>(size.value_or(0), kMaxReplicas));
    const auto version = text(member(*object, "metadata", "resourceVersion"));
    std::from_chars(version.data(), version.data() + version.size(), scale.version);
    scale.document = json;
    return scale;
}

void set_kube_scale(KubeClient& kube, const std::string& path, Replicas seen, Replicas wanted, Deadline deadline,
                    std::function<Result<Duration>()> may_write, std::function<void(KubeScaled)> done) {
    std::make_shared<Resize>(kube, path, seen, wanted, deadline, std::move(may_write), std::move(done))->begin();
}

}  // namespace setpoint
