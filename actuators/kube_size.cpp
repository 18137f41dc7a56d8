// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_size.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr int kMostTries = 3;

/// An object as far as its size goes.
struct Found {
    Replicas replicas = 0;
    std::string version;
};

Result<Found> read_size(std::string_view json, const std::string& field) {
    const auto object = reply_json::read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    const auto* spec = member(*object, "spec");
    if (spec == nullptr || !spec->is_object()) return fail(Errc::bad_reply, "the answer has no spec");
    const auto* written = member(*spec, field.c_str());
    const auto size = count(written);
    if (written != nullptr && !size) return fail(Errc::bad_reply, "its " + field + " is no whole number");
    return Found{static_cast<Replicas>(std::min<std::uint64_t>(size.value_or(0), kMaxReplicas)), text(member(*object, "metadata", "resourceVersion"))};
}

std::uint64_t number_of(const std::string& version) {
    std::uint64_t number = 0;
    std::from_chars(version.data(), version.data() + version.size(), number);
    return number;
}

/// One call of set_kube_size, on its way.
class Resize : public std::enable_shared_from_this<Resize> {
public:
    Resize(KubeClient& kube, KubeSizeField field, Replicas seen, Replicas wanted, Deadline deadline, std::function<Result<Duration>()> may_write,
           std::function<void(KubeResized)> done)
        : kube_(kube), field_(std::move(field)), seen_(seen), wanted_(wanted), deadline_(deadline), may_write_(std::move(may_write)), done_(std::move(done)) {}

    void begin() { seen_ == 0 ? read() : write(); }

private:
    void write() {
        const auto may = may_write_();
        if (!may) return give_up(may.error());
        // A part is kept to see what was in its way.
        kube_.patch(field_.path, KubeClient::Patch::json, patch(), std::min(deadline_.left() * 3 / 4, *may),
                    [self = shared_from_this()](const Result<std::string>& answer) {
                        if (answer) return self->written(*answer);
                        const bool may_have_changed = answer.error().code == Errc::refused || answer.error().code == Errc::conflict;
                        if (!may_have_changed) return self->give_up(answer.error());
                        self->failed_ = answer.error();
                        self->read();
                    });
    }

    [[nodiscard]] std::string patch() const {
        const auto at = "/spec/" + field_.name;
        const Json test = seen_ == 0 ? Json{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", tested_}}
                                     : Json{{"op", "test"}, {"path", at}, {"value", seen_}};
        return Json::array({test, {{"op", "add"}, {"path", at}, {"value", wanted_}}}).dump();
    }

    void read() {
        kube_.get(field_.path, deadline_.left(), [self = shared_from_this()](const Result<std::string>& answer) {
            const auto now = answer.and_then([&](const std::string& json) { return read_size(json, self->field_.name); });
            if (!now) return self->give_up(self->failed_.value_or(now.error()));
            self->look(*now);
        });
    }

    /// Whether the size was in the way, or something else of the object.
    void look(const Found& now) {
        if (now.replicas != seen_) {
            return end({ApplyOutcome::foreign, now.replicas, number_of(now.version),
                        "it has a size of " + std::to_string(now.replicas) + ", not the " + std::to_string(seen_) + " seen before"});
        }
        const bool changed = failed_ && (failed_->code == Errc::conflict || (seen_ == 0 && now.version != tested_));
        if (failed_ && !(changed && ++tries_ < kMostTries)) return give_up(*failed_);
        tested_ = now.version;
        write();
    }

    void written(const std::string& answer) {
        const auto now = read_size(answer, field_.name);
        end({ApplyOutcome::applied, wanted_, now ? number_of(now->version) : 0, {}});
    }

    void give_up(const Error& error) {
        const bool silent = error.code == Errc::timed_out || error.code == Errc::unreachable;
        end({silent ? ApplyOutcome::unreachable : ApplyOutcome::refused, seen_, 0, error.message});
    }

    void end(KubeResized resized) { std::exchange(done_, nullptr)(std::move(resized)); }

    KubeClient& kube_;
    KubeSizeField field_;
    Replicas seen_;
    Replicas wanted_;
    Deadline deadline_;
    std::function<Result<Duration>()> may_write_;
    std::function<void(KubeResized)> done_;
    std::string tested_;           // the version of an object without a size
    std::optional<Error> failed_;  // why the last write did not work
    int tries_ = 0;
};

}  // namespace

void set_kube_size(KubeClient& kube, KubeSizeField field, Replicas seen, Replicas wanted, Deadline deadline,
                   std::function<Result<Duration>()> may_write, std::function<void(KubeResized)> done) {
    std::make_shared<Resize>(kube, std::move(field), seen, wanted, deadline, std::move(may_write), std::move(done))->begin();
}

}  // namespace setpoint
