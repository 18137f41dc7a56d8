// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "clients/io_thread.hpp"
#include "clients/kube_config.hpp"
#include "clients/kube_path.hpp"
#include "clients/kube_token.hpp"
#include "core/http.hpp"

namespace setpoint {

/// The Kubernetes API. Every call answers exactly once, on the I/O thread, at the latest shortly after its deadline; from
/// any thread. Reading, listing, writing and each watch have lanes of their own: a slow list delays no write.
///
/// Errors, with the server's own words: `refused` (401: the token; 403: says which permission is missing; 400, 405, 422: what is
/// wrong with the request), `no_data` (404), `conflict` (409: another version, or it exists), `gone` (410: relist),
/// `unreachable` (nobody answered, 429, 503 and 504: later), `bad_reply` (other 5xx, nonsense, too large), `timed_out`.
///
///     IoThread io;
///     auto kube = KubeClient::connect(io, *in_cluster(std::getenv));
///     (*kube)->get(kube_path({"apps", "v1", "deployments"}, "shop", "cart", "scale"), 2s, [](Result<std::string> json) {...});
class KubeClient {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;
    using Open = std::function<Result<std::unique_ptr<HttpClient>>()>;

    struct Lanes {
        std::unique_ptr<HttpClient> read;
        std::unique_ptr<HttpClient> list;
        std::unique_ptr<HttpClient> write;
        Open watch;  // one for each: ending it ends its connection
    };

    /// Opens nothing yet. Fails on files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<KubeClient>> connect(IoThread& io, const KubeAccess& access);

    KubeClient(IoThread& io, Lanes lanes, std::unique_ptr<KubeToken> token, std::string prefix = {});
    /// What is on its way ends as `unreachable`, before this returns. Watches end before.
    ~KubeClient();
    KubeClient(const KubeClient&) = delete;
    KubeClient& operator=(const KubeClient&) = delete;

    /// `target`: path, and query where there is one (kube_path.hpp). The answer is the object as JSON.
    void get(std::string target, Duration deadline, Done<std::string> done);

    /// One page of at most `kPage` objects; `from` is the `continue` of the page before. `gone`: that is too old.
    static constexpr int kPage = 500;
    static constexpr std::size_t kLargestPage = 32U << 20U;
    void list(const KubeSelection& what, const std::string& from, Duration deadline, Done<std::string> done);

    /// POST. `conflict`: it exists.
    void create(std::string target, std::string json, Duration deadline, Done<std::string> done);
    /// PUT of a whole object. With `metadata.resourceVersion` in it, `conflict` where it has changed since.
    void replace(std::string target, std::string json, Duration deadline, Done<std::string> done);
    /// How a patch is written. A merge patch (RFC 7386) with `metadata.resourceVersion` in it, and a JSON patch (RFC 6902) with
    /// a `test` operation, are compare-and-swap; the latter fails as `refused`.
    enum class Patch : std::uint8_t { merge, json };
    void patch(std::string target, Patch kind, std::string json, Duration deadline, Done<std::string> done);
    /// One that is gone counts as removed.
    void remove(std::string target, Duration deadline, Done<void> done);

    /// Ends a watch, and its connection, when dropped; from the I/O thread. Its `done` is not called then.
    using Watching = std::shared_ptr<void>;
    /// What changes from `version` on: `piece` as HttpRequest::stream has it, a JSON document a line; `done` once the server
    /// ends it, which it is asked to do after `length`. Only on the I/O thread.
    [[nodiscard]] Watching watch(const KubeSelection& what, const std::string& version, Duration length,
                                 std::function<void(std::string_view)> piece, Done<void> done);

private:
    class State;
    void send(std::unique_ptr<HttpClient> Lanes::* lane, HttpRequest request, Done<std::string> done);

    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
