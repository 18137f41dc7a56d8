// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "clients/kube_selector.hpp"
#include "clients/kube_watch.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A PodDisruptionBudget, reduced to what it means for sizes.
struct KubeBudget {
    KubeSelector selector;
    bool selects_all = false;
    Replicas undrainable_at = 0;   // at so many pods and fewer it lets none be evicted; 0: it always lets one
};

/// `bad_reply` for what is none. A selector that asks for nothing is of all pods in policy/v1, and of none in policy/v1beta1;
/// an object in a list does not say which it is of.
[[nodiscard]] Result<KubeBudget> read_kube_budget(std::string_view json, std::string_view version);

/// The PodDisruptionBudgets of a namespace, in policy/v1 or, where the server has no such (before 1.21), in policy/v1beta1. Everything on
/// the I/O thread; it is made and ended on any.
class KubeBudgets {
public:
    KubeBudgets(IoThread& io, KubeClient& kube, std::string ns);

    /// The most that a budget for pods with these labels says, 0 where there is none; absent: they are not known. While the server is
    /// silent what was known last holds.
    [[nodiscard]] std::optional<Replicas> undrainable_at(const std::map<std::string, std::string>& labels);
    /// Why they cannot be read, as the server said it last; its silence is no reason.
    [[nodiscard]] const std::optional<Error>& trouble();

private:
    using Watch = KubeWatch<KubeBudget>;
    [[nodiscard]] std::unique_ptr<Watch> watch(const std::string& version);
    void hear_of_trouble();

    IoThread& io_;
    KubeClient& kube_;
    std::string ns_;
    bool old_ = false;  // the server has only policy/v1beta1
    std::unique_ptr<Watch> watch_;
    std::optional<Error> trouble_;
};

}  // namespace setpoint
