// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/events.hpp"
#include "core/pods.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"
#include "policies/share_of.hpp"

namespace setpoint {

/// A sample of cores or bytes per pod as shares of what the pods request or are limited to (0.7 is 70 %), which is how a
/// recording gives it. Of a pod that is not known what another states counts. As it is where none states any, and where it is no
/// such sample.
[[nodiscard]] Sample as_utilization(Sample sample, const ShareOf& share, std::span<const Pod> pods);

/// The samples of one policy as a recording in CSV: `time` (RFC 3339, when the sample was true), `replicas` and
/// `ready` as they were when it came, and a column a signal. A per-pod signal is its mean over pods; no data and
/// failures are blank. Rows are in order of arrival.
class SampleTable {
public:
    explicit SampleTable(std::vector<std::string> signals) : signals_(std::move(signals)) {}

    [[nodiscard]] std::string header() const;
    /// The size from here on.
    void take(const TargetState& state);
    void take(const ApplyResult& result);
    /// The row that is complete now, if any: samples of one time share a row. A `signal` that has no column
    /// (another configuration has it) is passed over.
    [[nodiscard]] std::optional<std::string> take(const Sample& sample, std::string_view signal);
    /// The last row.
    [[nodiscard]] std::optional<std::string> finish();

private:
    std::vector<std::string> signals_;
    std::optional<Replicas> replicas_;
    std::optional<Replicas> ready_;
    std::optional<Time> time_;            // of the row being filled
    std::vector<std::string> cells_;
};

}  // namespace setpoint
