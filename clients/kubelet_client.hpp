// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/io_thread.hpp"
#include "clients/kube_config.hpp"
#include "clients/kube_nodes.hpp"
#include "clients/kube_token.hpp"
#include "core/http.hpp"

namespace setpoint {

/// Asks kubelets, each over a connection of its own that stays open while it is asked, and kMostAtOnce of them at a time: a large cluster's
/// handshakes and answers do not come all in one moment. The others wait their turn, in the order in which they were asked for. TLS is always verified, against one CA and the
/// node's address: our token goes to no kubelet whose certificate does not verify. Only on the I/O thread; it is made and ended on any.
///
/// Errors: `refused` (401: the kubelet does not know our token; 403: says which permission is missing), `no_data` (404),
/// `unreachable` (nobody answered, or the certificate does not verify, which it says), `bad_reply` (other statuses, or larger
/// than `kLargest`), `timed_out` (without an answer, or without a turn, which it says).
class KubeletClient {
public:
    using Done = std::function<void(Result<std::string>)>;
    using Open = std::function<Result<std::unique_ptr<HttpClient>>(const KubeNode&)>;

    static constexpr std::size_t kLargest = 8U << 20U;
    static constexpr std::size_t kMostAtOnce = 32;

    /// Opens nothing yet. `ca_file`: who signed the kubelets' certificates; empty: the cluster's CA. `bad_config` for files that
    /// cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<KubeletClient>> connect(IoThread& io, const KubeAccess& access, const std::string& ca_file);

    KubeletClient(IoThread& io, Open open, std::unique_ptr<KubeToken> token);
    /// What is on its way ends as `unreachable`, before this returns.
    ~KubeletClient();
    KubeletClient(const KubeletClient&) = delete;
    KubeletClient& operator=(const KubeletClient&) = delete;

    /// The answer's text, once, at the latest shortly after `deadline`.
    void get(const KubeNode& node, const std::string& path, Duration deadline, Done done);

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
