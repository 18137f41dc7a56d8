// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_template.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShortId = 12;

std::string text(const Json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

const Json& part(const Json& object, const char* name) {
    static const Json kNothing;
    if (!object.is_object()) return kNothing;
    const auto found = object.find(name);
    return found == object.end() ? kNothing : *found;
}

tl::unexpected<Error> only_one(const std::string& container, const std::string& has, const std::string& cure) {
    return fail(Errc::refused, "container " + container + " " + has + ", which only one container can have: " + cure);
}

Result<void> check_ports(const std::string& container, const Json& host) {
    for (const auto& [port, bindings] : part(host, "PortBindings").items()) {
        if (!bindings.is_array()) continue;
        for (const auto& binding : bindings) {
            const auto fixed = text(binding, "HostPort");
            // A range is fine: the Engine takes a free one from it.
            if (fixed.empty() || fixed == "0" || fixed.find('-') != std::string::npos) continue;
            return only_one(container, "publishes " + port + " on the fixed host port " + fixed,
                            "publish without a host port, or on a range, and put a proxy in front");
        }
    }
    return {};
}

/// `/var/lib/docker/volumes/NAME/_data:/data`: where the Engine keeps a volume, of this or another container.
bool is_inside_a_volume(std::string_view bind) {
    const auto source = bind.substr(0, bind.find(':'));
    const auto volumes = source.find("/volumes/");
    const auto data = source.find("/_data");
    return source.starts_with('/') && volumes != std::string_view::npos && data != std::string_view::npos && data > volumes;
}

Result<void> check_borrowed(const std::string& container, const Json& host) {
    for (const char* mode : {"NetworkMode", "PidMode", "IpcMode"}) {
        if (text(host, mode).starts_with("container:")) {
            return only_one(container, std::string{"has "} + mode + " " + text(host, mode),
                            "give it a network or name space of its own");
        }
    }
    if (const auto& links = part(host, "Links"); links.is_array() && !links.empty()) {
        return only_one(container, "is linked to another container (--link)", "put both on a network of their own, where names resolve");
    }
    if (const auto& binds = part(host, "Binds"); binds.is_array()) {
        for (const auto& bind : binds) {
            if (!bind.is_string() || !is_inside_a_volume(bind.get_ref<const std::string&>())) continue;
            return only_one(container, "binds the folder of a volume by its path (" + bind.get<std::string>() + ")",
                            "mount the volume by its name");
        }
    }
    if (const auto& from = part(host, "VolumesFrom"); from.is_array() && !from.empty()) {
        return only_one(container, "takes the volumes of another container", "name the volumes and mount them by name");
    }
    return {};
}

Result<void> check_addresses(const std::string& container, const Json& networks) {
    for (const auto& [network, endpoint] : networks.items()) {
        const auto& wanted = part(endpoint, "IPAMConfig");
        for (const char* family : {"IPv4Address", "IPv6Address"}) {
            const auto fixed = text(wanted, family);
            if (fixed.empty()) continue;
            return only_one(container, "has the static address " + fixed + " on network " + network,
                            "let the network give the address");
        }
    }
    return {};
}

/// What of an endpoint is configuration; the rest is what the Engine made of it.
Json endpoint_config(const Json& endpoint, const std::string& id) {
    Json config = Json::object();
    for (const char* name : {"Links", "DriverOpts"}) {
        if (const auto& value = part(endpoint, name); !value.is_null()) config[name] = value;
    }
    Json aliases = Json::array();
    if (const auto& known = part(endpoint, "Aliases"); known.is_array()) {
        for (const auto& alias : known) {
            if (alias.is_string() && alias.get<std::string>() != id.substr(0, kShortId)) aliases.push_back(alias);
        }
    }
    if (!aliases.empty()) config["Aliases"] = std::move(aliases);
    return config;
}

/// The network that the container is created on; the others are connected afterwards.
std::string first_network(Json& host, const Json& networks) {
    const auto mode = text(host, "NetworkMode");
    if (networks.empty() || mode == "default" || mode == "bridge" || mode == "host" || mode == "none") return mode;
    for (const auto& [name, endpoint] : networks.items()) {
        if (name == mode || text(endpoint, "NetworkID") == mode) return name;
    }
    // It was disconnected from there since.
    host["NetworkMode"] = networks.begin().key();
    return networks.begin().key();
}

void clean_config(Json& config, const std::string& id, const std::string& image) {
    config["Image"] = image;
    config.erase("MacAddress");
    if (text(config, "Hostname") == id.substr(0, kShortId)) config.erase("Hostname");
}

}  // namespace

Result<NewContainer> one_more(std::string_view inspected, const std::map<std::string, std::string>& labels) {
    auto original = Json::parse(inspected, nullptr, false);
    const auto id = text(original, "Id");
    const auto image = text(original, "Image");
    auto name = text(original, "Name");
    if (name.starts_with('/')) name.erase(0, 1);
    if (id.empty() || image.empty() || !part(original, "Config").is_object() || !part(original, "HostConfig").is_object()) {
        return fail(Errc::bad_reply, "the description of container '" + name + "' lacks Id, Image, Config or HostConfig");
    }
    Json body = original["Config"];
    Json host = original["HostConfig"];
    Json networks = part(part(original, "NetworkSettings"), "Networks");
    if (!networks.is_object()) networks = Json::object();
    for (const auto& checked : {check_ports(name, host), check_borrowed(name, host), check_addresses(name, networks)}) {
        if (!checked) return tl::unexpected(checked.error());
    }
    clean_config(body, id, image);
    if (!part(body, "Labels").is_object()) body["Labels"] = Json::object();
    for (const auto& [label, value] : labels) body["Labels"][label] = value;
    host.erase("ContainerIDFile");
    const auto first = first_network(host, networks);
    NewContainer made;
    for (const auto& [network, endpoint] : networks.items()) {
        const auto config = endpoint_config(endpoint, id);
        if (network == first) {
            body["NetworkingConfig"] = {{"EndpointsConfig", {{network, config}}}};
        } else if (network != "host" && network != "none" && !(first == "default" && network == "bridge")) {
            made.networks.push_back({network, config.dump()});
        }
    }
    body["HostConfig"] = std::move(host);
    made.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return made;
}

}  // namespace setpoint
