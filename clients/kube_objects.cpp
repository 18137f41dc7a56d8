// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_objects.hpp"

#include <charconv>
#include <simdjson.h>

#include "clients/kube_status.hpp"

namespace setpoint {
namespace {

namespace ondemand = simdjson::ondemand;

tl::unexpected<Error> nonsense(std::string_view what, simdjson::error_code error) {
    return fail(Errc::bad_reply, "kubernetes: " + std::string{what} + ": " + simdjson::error_message(error));
}

/// A text value; empty for any other kind.
std::string text(ondemand::value value) {
    std::string_view found;
    return value.get_string().get(found) == simdjson::SUCCESS ? std::string{found} : std::string{};
}

/// Calls `take(key, value)` for each member, in the order in which they stand.
template <class Take>
simdjson::error_code for_each(ondemand::object object, const Take& take) {
    for (auto member : object) {
        std::string_view key;
        ondemand::value value;
        if (const auto error = member.unescaped_key().get(key)) return error;
        if (const auto error = member.value().get(value)) return error;
        if (const auto error = take(key, value)) return error;
    }
    return simdjson::SUCCESS;
}

/// The text of a value, whole and skipped.
simdjson::error_code raw(ondemand::value value, std::string_view& into) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    return object.raw_json().get(into);
}

/// A part of a text that was made for the parser: what follows it is the room that the parser wants behind it.
simdjson::padded_string_view part(std::string_view json) {
    return simdjson::padded_string_view{json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING};
}

/// Reads members of the object in `json` with a parser of its own.
template <class Take>
simdjson::error_code members_of(ondemand::parser& parser, simdjson::padded_string_view json, const Take& take) {
    ondemand::document document;
    ondemand::object object;
    if (const auto error = parser.iterate(json).get(document)) return error;
    if (const auto error = document.get_object().get(object)) return error;
    if (const auto error = for_each(object, take)) return error;
    // It must be all.
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
}

simdjson::error_code read_identity(ondemand::value metadata, KubeObject& into, std::string& version) {
    ondemand::object object;
    if (const auto error = metadata.get_object().get(object)) return error;
    return for_each(object, [&](std::string_view key, ondemand::value value) {
        if (key == "namespace") into.ns = text(value);
        else if (key == "name") into.name = text(value);
        else if (key == "uid") into.uid = text(value);
        else if (key == "resourceVersion") version = text(value);
        return simdjson::SUCCESS;
    });
}

class Objects {
public:
    /// What `json` says of itself, and the version as it came. Of a bookmark that is all.
    Result<KubeObject> read(std::string_view json, std::string& version) {
        KubeObject object;
        object.json = json;
        const auto error = members_of(parser_, part(json), [&](std::string_view key, ondemand::value value) {
            return key == "metadata" ? read_identity(value, object, version) : simdjson::SUCCESS;
        });
        if (error) return nonsense("an object", error);
        const auto [end, wrong] = std::from_chars(version.data(), version.data() + version.size(), object.version);
        if (wrong != std::errc{} || end != version.data() + version.size()) object.version = 0;
        return object;
    }

private:
    ondemand::parser parser_;
};

Result<void> identified(const KubeObject& object) {
    if (object.name.empty() || object.uid.empty()) return fail(Errc::bad_reply, "kubernetes: an object has a name and a UID");
    return {};
}

}  // namespace

Result<KubePage> read_kube_page(const std::string& json, const std::function<void(const KubeObject&)>& each) {
    const simdjson::padded_string padded{json};
    ondemand::parser parser;
    Objects objects;
    KubePage page;
    Result<void> wrong;
    bool has_items = false;
    const auto take_items = [&](ondemand::value value) -> simdjson::error_code {
        has_items = true;
        ondemand::array items;
        if (value.is_null()) return simdjson::SUCCESS;  // Go's empty list
        if (const auto error = value.get_array().get(items)) return error;
        for (auto item : items) {
            std::string_view one;
            ondemand::value element;
            if (const auto error = item.get(element)) return error;
            if (const auto error = raw(element, one)) return error;
            std::string version;
            const auto object = objects.read(one, version);
            wrong = object ? identified(*object) : Result<void>{tl::unexpected(object.error())};
            if (!wrong) return simdjson::TAPE_ERROR;
            each(*object);
        }
        return simdjson::SUCCESS;
    };
    const auto take_metadata = [&](ondemand::value value) -> simdjson::error_code {
        ondemand::object object;
        if (const auto error = value.get_object().get(object)) return error;
        return for_each(object, [&](std::string_view key, ondemand::value member) {
            if (key == "resourceVersion") page.version = text(member);
            else if (key == "continue") page.more = text(member);
            return simdjson::SUCCESS;
        });
    };
    const auto error = members_of(parser, padded, [&](std::string_view key, ondemand::value value) {
        if (key == "items") return take_items(value);
        return key == "metadata" ? take_metadata(value) : simdjson::SUCCESS;
    });
    if (!wrong) return tl::unexpected(wrong.error());
    if (error) return nonsense("a list", error);
    if (!has_items || page.version.empty()) return fail(Errc::bad_reply, "kubernetes: a list has items and a resourceVersion");
    return page;
}

Result<KubeEvent> read_kube_event(const std::string& line) {
    const simdjson::padded_string padded{line};
    ondemand::parser parser;
    std::string type;
    std::string_view about;
    const auto error = members_of(parser, padded, [&](std::string_view key, ondemand::value value) {
        if (key == "type") type = text(value);
        return key == "object" ? raw(value, about) : simdjson::SUCCESS;
    });
    if (error) return nonsense("an event", error);
    if (type.empty() || about.empty()) return fail(Errc::bad_reply, "kubernetes: an event has a type and an object");
    if (type == "ERROR") return tl::unexpected(kube_error(about));
    KubeEvent event;
    Objects objects;
    auto object = objects.read(about, event.version);
    if (!object) return tl::unexpected(object.error());
    event.object = std::move(*object);
    event.object.json = std::string_view{line}.substr(static_cast<std::size_t>(about.data() - padded.data()), about.size());
    if (event.version.empty()) return fail(Errc::bad_reply, "kubernetes: an event's object has a resourceVersion");
    if (type == "BOOKMARK") return event;
    if (type != "ADDED" && type != "MODIFIED" && type != "DELETED") return fail(Errc::bad_reply, "kubernetes: events are ADDED, MODIFIED, DELETED or BOOKMARK");
    event.kind = type == "DELETED" ? KubeEvent::Kind::removed : KubeEvent::Kind::there;
    if (auto named = identified(event.object); !named) return tl::unexpected(named.error());
    return event;
}

}  // namespace setpoint
