// SPDX-License-Identifier: Apache-2.0
#include "agent/live/live_policy.hpp"

#include <fmt/core.h>

#include <utility>
#include <variant>

namespace setpoint {
namespace {

template <class... Told>
tl::unexpected<Error> refuse(const PolicyDocument& document, fmt::format_string<Told...> what, Told&&... told) {
    return fail(Errc::bad_config, fmt::format("{}:{}: {}: {}", document.file, document.at.line, document.spec.name,
                                              fmt::format(what, std::forward<Told>(told)...)));
}

}  // namespace

Result<LivePolicy> live_policy(const PolicyDocument& document) {
    LivePolicy policy{document.spec, {}, {}, {}, {}};
    const auto* target = std::get_if<DockerTarget>(&document.target);
    if (target == nullptr || target->label.empty()) {
        return refuse(document, "cannot run live on the target '{}': this version scales docker: {{ label: ... }}",
                      identity(document.target));
    }
    policy.label = target->label;
    for (std::size_t i = 0; i < document.spec.signals.size(); ++i) {
        const auto& name = document.spec.signals[i].name;
        const SignalId id{static_cast<std::uint16_t>(i)};
        if (i >= document.sources.size() || !document.sources[i]) {
            return refuse(document, "the signal '{}' has no source: it can be replayed, not run", name);
        }
        const auto& source = *document.sources[i];
        if (const auto* query = std::get_if<PrometheusSource>(&source)) {
            if (!query->server) {
                return refuse(document, "the signal '{}' has no server: add a document of kind: Source, or a url beside its query", name);
            }
            policy.queries.push_back({id, *query->server, query->query});
            continue;
        }
        auto* place = std::holds_alternative<CpuSource>(source)      ? &policy.cpu
                      : std::holds_alternative<MemorySource>(source) ? &policy.memory
                                                                     : nullptr;
        if (place == nullptr) {
            return refuse(document, "the source '{}' of the signal '{}' cannot be read live by this version: cpu, memory and prometheus can",
                          kind_of(source), name);
        }
        if (*place) {
            return refuse(document, "the signals '{}' and '{}' are both {}: use one for both", document.spec.signals[index(**place)].name,
                          name, kind_of(source));
        }
        *place = id;
    }
    return policy;
}

}  // namespace setpoint
