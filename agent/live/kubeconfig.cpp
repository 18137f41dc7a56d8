// SPDX-License-Identifier: Apache-2.0
#include "agent/live/kubeconfig.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/documents/yaml_text.hpp"
#include "clients/base64.hpp"

namespace setpoint {
namespace {

namespace fs = std::filesystem;

constexpr YamlLimits kLimits{.bytes = 1U << 20U, .depth = 32, .nodes = 50'000};

struct File {
    std::string path;
    std::shared_ptr<const YamlNode> root;
};

/// A named entry of a list (`clusters`, `users`, `contexts`), and the file that has it; paths are relative to that.
struct Part {
    const YamlNode* node = nullptr;
    const File* file = nullptr;
    std::string what;  // cluster 'lab' in /home/ann/.kube/config
};

tl::unexpected<Error> bad(std::string message) { return fail(Errc::bad_config, std::move(message)); }

const YamlNode* member(const YamlNode* node, std::string_view key) {
    const auto* entry = node == nullptr ? nullptr : node->find(key);
    return entry == nullptr ? nullptr : entry->value.get();
}

std::string text(const YamlNode* node, std::string_view key) {
    const auto* value = member(node, key);
    return value != nullptr && value->kind == YamlNode::Kind::scalar ? value->text : std::string{};
}

/// Where kubeconfigs are looked for.
struct Places {
    std::vector<std::string> paths;
    bool named = false;  // by somebody, for this
};

Places places(const std::function<const char*(const char*)>& getenv) {
    const char* list = getenv("KUBECONFIG");
    const char* home = getenv("HOME");
    if (list == nullptr || *list == '\0') return {{std::string{home == nullptr ? "" : home} + "/.kube/config"}, false};
    Places found{{}, true};
    for (std::string_view rest{list}; !rest.empty();) {
        const auto one = rest.substr(0, rest.find(':'));
        if (!one.empty()) found.paths.emplace_back(one);
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    }
    return found;
}

Error nowhere(const Places& places) {
    const auto where = fmt::format("{}", fmt::join(places.paths, ", "));
    if (where.empty()) return {Errc::bad_config, "KUBECONFIG names no file"};
    return {Errc::bad_config, fmt::format("there is no kubeconfig at {}{}", where,
                                          places.named ? ", which is what --kubeconfig or KUBECONFIG names" : ": --kubeconfig or KUBECONFIG names another place")};
}

Result<File> read(const std::string& path) {
    auto all = read_text(path, kLimits);
    if (!all) return tl::unexpected(in(path)(all.error()));
    auto yaml = parse_yaml(*all, path, kLimits);
    if (has_errors(yaml.findings)) return bad(to_string(yaml.findings.front()));
    if (yaml.documents.size() != 1 || yaml.documents.front()->kind != YamlNode::Kind::map) return bad(path + ": wanted one kubeconfig");
    return File{path, yaml.documents.front()};
}

/// As kubectl does, files that are not there are passed over, unless none is.
Result<std::vector<File>> read_all(const Places& places) {
    std::vector<File> files;
    for (const auto& path : places.paths) {
        std::error_code ignored;
        if (!fs::exists(path, ignored)) continue;
        auto file = read(path);
        if (!file) return tl::unexpected(file.error());
        files.push_back(std::move(*file));
    }
    if (files.empty()) return tl::unexpected(nowhere(places));
    return files;
}

Result<Part> find(const std::vector<File>& files, const std::string& list, const std::string& inner, const std::string& name) {
    for (const auto& file : files) {
        const auto* entries = member(file.root.get(), list);
        if (entries == nullptr || entries->kind != YamlNode::Kind::list) continue;
        for (const auto& entry : entries->entries) {
            if (text(entry.value.get(), "name") != name) continue;
            const auto* node = member(entry.value.get(), inner);
            const auto what = fmt::format("{} '{}' in {}", inner, name, file.path);
            if (node == nullptr || node->kind != YamlNode::Kind::map) return bad(fmt::format("{}: is empty", what));
            return Part{node, &file, what};
        }
    }
    return bad(fmt::format("no {} has the name '{}' in {}{}", inner, name, files.front().path, files.size() > 1 ? " and the other files of KUBECONFIG" : ""));
}

/// Relative to the file that says it.
std::string path_in(const Part& part, const std::string& key) {
    const auto written = text(part.node, key);
    return written.empty() || fs::path(written).is_absolute() ? written : (fs::path(part.file->path).parent_path() / written).string();
}

/// PEM text of `KEY-data`; empty where it is not said.
Result<std::string> data(const Part& part, const std::string& key) {
    const auto written = text(part.node, key);
    if (written.empty()) return std::string{};
    auto decoded = from_base64(written);
    if (!decoded) return bad(fmt::format("{}: {} is not base64", part.what, key));
    return decoded;
}

Result<void> refuse(const Part& part, std::initializer_list<std::pair<const char*, const char*>> keys) {
    for (const auto& [key, why] : keys) {
        const auto* value = member(part.node, key);
        const bool off = value == nullptr || value->kind == YamlNode::Kind::null || (value->kind == YamlNode::Kind::scalar && (value->text == "false" || value->text.empty()));
        if (!off) return bad(fmt::format("{}: {} is not supported: {}", part.what, key, why));
    }
    return {};
}

Result<void> read_cluster(const Part& cluster, KubeAccess& into) {
    if (auto fine = refuse(cluster, {{"insecure-skip-tls-verify", "the server is always verified; give its certificate-authority"},
                                     {"proxy-url", "the server must be reached directly"}}); !fine) return fine;
    const auto server = text(cluster.node, "server");
    auto url = parse_server_url(server);
    if (!url) return bad(fmt::format("{}: server {}, was '{}'", cluster.what, url.error().message, server));
    if (!url->tls) return bad(fmt::format("{}: server must begin with https://, was '{}'", cluster.what, server));
    into.server = std::move(*url);
    into.server_name = text(cluster.node, "tls-server-name");
    auto ca = data(cluster, "certificate-authority-data");
    if (!ca) return tl::unexpected(ca.error());
    into.tls.ca = std::move(*ca);
    into.tls.ca_file = path_in(cluster, "certificate-authority");
    if (into.tls.ca.empty() && into.tls.ca_file.empty()) into.tls.ca_file = kSystemRoots;
    return {};
}

std::vector<std::string> texts(const YamlNode* list) {
    std::vector<std::string> all;
    if (list == nullptr) return all;
    for (const auto& entry : list->entries) all.push_back(entry.value->text);
    return all;
}

Result<KubeExec> read_exec(const Part& user) {
    const Part exec{member(user.node, "exec"), user.file, user.what + ": exec"};
    if (auto fine = refuse(exec, {{"provideClusterInfo", "the plugin is not told of the cluster"}}); !fine) return tl::unexpected(fine.error());
    KubeExec program;
    program.api_version = text(exec.node, "apiVersion");
    if (program.api_version != "client.authentication.k8s.io/v1" && program.api_version != "client.authentication.k8s.io/v1beta1") {
        return bad(fmt::format("{}: apiVersion must be client.authentication.k8s.io/v1 or v1beta1, was '{}'", exec.what, program.api_version));
    }
    if (text(exec.node, "interactiveMode") == "Always") return bad(exec.what + ": interactiveMode: Always needs a person");
    program.command = text(exec.node, "command");
    if (program.command.empty()) return bad(exec.what + ": names no command");
    // As kubectl does: a name is looked up in PATH, a path is relative to the file.
    if (program.command.find('/') != std::string::npos) program.command = path_in(exec, "command");
    program.arguments = texts(member(exec.node, "args"));
    if (const auto* environment = member(exec.node, "env")) {
        for (const auto& entry : environment->entries) program.environment[text(entry.value.get(), "name")] = text(entry.value.get(), "value");
    }
    return program;
}

/// In kubectl's order: a certificate goes with any token; of tokens, what is written goes before the plugin.
Result<void> read_user(const Part& user, KubeAccess& into) {
    if (auto fine = refuse(user, {{"username", "use a token or a client certificate"}, {"password", "use a token or a client certificate"},
                                  {"auth-provider", "use its exec plugin"}, {"as", "setpoint acts as itself"}}); !fine) return fine;
    auto certificate = data(user, "client-certificate-data");
    auto key = data(user, "client-key-data");
    if (!certificate) return tl::unexpected(certificate.error());
    if (!key) return tl::unexpected(key.error());
    into.tls.certificate = std::move(*certificate);
    into.tls.key = std::move(*key);
    into.tls.certificate_file = path_in(user, "client-certificate");
    into.tls.key_file = path_in(user, "client-key");
    const bool has_certificate = !into.tls.certificate.empty() || !into.tls.certificate_file.empty();
    const bool has_key = !into.tls.key.empty() || !into.tls.key_file.empty();
    if (has_certificate != has_key) return bad(fmt::format("{}: a client-certificate goes with a client-key", user.what));
    into.credentials.token_file = path_in(user, "tokenFile");
    if (into.credentials.token_file.empty()) into.credentials.token = text(user.node, "token");
    const bool has_token = !into.credentials.token_file.empty() || !into.credentials.token.empty();
    if (has_token || member(user.node, "exec") == nullptr) {
        return has_token || has_certificate ? Result<void>{} : bad(fmt::format("{}: has no token, tokenFile, client-certificate or exec", user.what));
    }
    auto exec = read_exec(user);
    if (!exec) return tl::unexpected(exec.error());
    into.credentials.exec = std::move(*exec);
    return {};
}

}  // namespace

Result<KubeAccess> read_kubeconfig(const std::function<const char*(const char*)>& getenv, const std::string& context) {
    const auto files = read_all(places(getenv));
    if (!files) return tl::unexpected(files.error());
    auto name = context;
    for (const auto& file : *files) {
        if (name.empty()) name = text(file.root.get(), "current-context");
    }
    if (name.empty()) return bad(files->front().path + ": has no current-context: choose one");
    const auto chosen = find(*files, "contexts", "context", name);
    if (!chosen) return tl::unexpected(chosen.error());
    KubeAccess access;
    access.name = chosen->what;
    if (auto ns = text(chosen->node, "namespace"); !ns.empty()) access.own_namespace = std::move(ns);
    const auto cluster = find(*files, "clusters", "cluster", text(chosen->node, "cluster"));
    if (!cluster) return tl::unexpected(in(chosen->what)(cluster.error()));
    const auto user = find(*files, "users", "user", text(chosen->node, "user"));
    if (!user) return tl::unexpected(in(chosen->what)(user.error()));
    if (auto read = read_cluster(*cluster, access); !read) return tl::unexpected(read.error());
    if (auto read = read_user(*user, access); !read) return tl::unexpected(read.error());
    return access;
}

}  // namespace setpoint
