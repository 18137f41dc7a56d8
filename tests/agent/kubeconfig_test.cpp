// SPDX-License-Identifier: Apache-2.0
#include "agent/live/kubeconfig.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "clients/base64.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

/// A kubeconfig with one cluster and one user, written in flow style: `{server: ...}`, `{token: ...}`.
std::string config(const std::string& cluster, const std::string& user, const std::string& name = "lab") {
    return "current-context: " + name + "\ncontexts: [{name: " + name + ", context: {cluster: " + name + ", user: " + name +
           ", namespace: shop}}]\nclusters: [{name: " + name + ", cluster: " + cluster + "}]\nusers: [{name: " + name + ", user: " + user + "}]\n";
}

class Files {
public:
    std::string write(const std::string& name, const std::string& text) {
        const auto path = (folder_.path() / name).string();
        std::ofstream{path} << text;
        list_ += (list_.empty() ? "" : ":") + path;
        return path;
    }
    Result<KubeAccess> read(const std::string& context = {}) {
        return read_kubeconfig([this](const char* name) { return std::string_view{name} == "KUBECONFIG" ? list_.c_str() : nullptr; }, context);
    }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }

private:
    TemporaryFolder folder_;
    std::string list_;
};

Result<KubeAccess> read(const std::string& cluster, const std::string& user) {
    Files files;
    files.write("config", config(cluster, user));
    return files.read();
}

const std::string kServer = "{server: 'https://10.0.0.1:6443'}";

}  // namespace

TEST_CASE("a kubeconfig says where the server is and who we are", "[kubeconfig]") {
    Files files;
    const auto path = files.write("config", config("{server: 'https://api.example:6443/k8s/', certificate-authority: ca.crt, tls-server-name: kube}",
                                                   "{tokenFile: token, client-certificate-data: " + base64("CERT") + ", client-key-data: " + base64("KEY") + "}"));
    const auto access = files.read();
    REQUIRE(access);
    CHECK(access->server.host == "api.example");
    CHECK(access->server.port == 6443);
    CHECK(access->server.prefix == "/k8s");
    CHECK(access->server_name == "kube");
    CHECK(access->tls.ca_file == files.folder() + "/ca.crt");
    CHECK(access->tls.certificate == "CERT");
    CHECK(access->tls.key == "KEY");
    CHECK(access->credentials.token_file == files.folder() + "/token");
    CHECK(access->own_namespace == "shop");
    CHECK(access->name == "context 'lab' in " + path);
}

TEST_CASE("of several files the first that names a thing counts, and a context may be chosen", "[kubeconfig]") {
    Files files;
    files.write("one", config(kServer, "{token: one}"));
    files.write("two", config("{server: 'https://10.0.0.2'}", "{token: two}") + "---\n");
    files.write("three", config("{server: 'https://10.0.0.3'}", "{token: three}", "other"));
    CHECK(files.read()->credentials.token == "one");
    CHECK(files.read("other")->server.host == "10.0.0.3");
    const auto absent = files.read("nowhere");
    CHECK(absent.error().message.find("no context has the name 'nowhere'") != std::string::npos);
}

TEST_CASE("an exec plugin is read, and refused where it needs a person or the cluster's data", "[kubeconfig]") {
    const auto exec = [](const std::string& more) {
        return read(kServer, "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./get-token, args: [-a, b], env: [{name: N, value: V}]" + more + "}}");
    };
    const auto access = exec("");
    REQUIRE(access);
    CHECK(access->credentials.exec->command.ends_with("/./get-token"));
    CHECK(access->credentials.exec->arguments == std::vector<std::string>{"-a", "b"});
    CHECK(access->credentials.exec->environment.at("N") == "V");
    CHECK_FALSE(exec(", interactiveMode: Always"));
    CHECK_FALSE(exec(", provideClusterInfo: true"));
    CHECK_FALSE(read(kServer, "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}"));
}

TEST_CASE("a server that is not verified is refused", "[kubeconfig]") {
    const auto insecure = read("{server: 'https://10.0.0.1', insecure-skip-tls-verify: true}", "{token: t}");
    REQUIRE_FALSE(insecure);
    CHECK(insecure.error().message.find("insecure-skip-tls-verify is not supported: the server is always verified") != std::string::npos);
    CHECK(read("{server: 'https://10.0.0.1', insecure-skip-tls-verify: false}", "{token: t}"));
    CHECK_FALSE(read("{server: 'http://10.0.0.1'}", "{token: t}"));
}

TEST_CASE("what a kubeconfig lacks, or has and we have not, is said", "[kubeconfig]") {
    for (const char* user : {"{}", "{username: a, password: b}", "{auth-provider: {name: gcp}}", "{client-certificate: a}", "{client-key: a}", "{token: t, as: b}",
                             "{client-certificate-data: '!!', client-key-data: '!!'}"}) {
        INFO(user);
        CHECK(read(kServer, user).error().code == Errc::bad_config);
    }
    CHECK_FALSE(read("{server: nowhere}", "{token: t}"));
    CHECK_FALSE(read("{server: 'https://10.0.0.1', proxy-url: 'http://p'}", "{token: t}"));
    Files files;
    CHECK_FALSE(files.read());
    files.write("broken", "contexts: [\n");
    CHECK(files.read().error().message.find("broken:") != std::string::npos);
    Files empty;
    empty.write("config", "{}");
    CHECK(empty.read().error().message.find("current-context") != std::string::npos);
}

TEST_CASE("where no kubeconfig is, the message says who looked there", "[kubeconfig]") {
    const auto with = [](const char* list) {
        const auto access = read_kubeconfig([list](const char* name) { return std::string_view{name} == "HOME" ? "/nowhere" : list; }, {});
        REQUIRE_FALSE(access);
        return access.error().message;
    };
    CHECK(with("/none") == "there is no kubeconfig at /none, which is what --kubeconfig or KUBECONFIG names");
    CHECK(with("/none:/never") == "there is no kubeconfig at /none, /never, which is what --kubeconfig or KUBECONFIG names");
    CHECK(with(":") == "KUBECONFIG names no file");
    CHECK(with(nullptr) == "there is no kubeconfig at /nowhere/.kube/config: --kubeconfig or KUBECONFIG names another place");
}

TEST_CASE("secrets of a kubeconfig are in no message", "[kubeconfig]") {
    const auto access = read(kServer, "{token: hush-hush, password: hush-hush}");
    REQUIRE_FALSE(access);
    CHECK(access.error().message.find("hush") == std::string::npos);
}

}  // namespace setpoint::test
