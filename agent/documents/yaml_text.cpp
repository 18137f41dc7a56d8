// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/yaml_text.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <map>
#include <streambuf>

#include <sys/stat.h>

#include "agent/documents/suggestion.hpp"
#include "agent/documents/yaml_guards.hpp"

namespace setpoint {
namespace {

constexpr int kMostBracketsOfALine = 1000;

/// The parser's words, and what mostly is behind them.
struct ParserWords {
    std::string_view words;
    std::string_view cause;
};
constexpr ParserWords kParserWords[] = {
    {"end of map not found", "is this line indented as the keys that it belongs to?"},
    {"end of sequence not found", "is this line indented as the entries that it belongs to?"},
    {"end of map flow not found", "is a '{' or a quote before it not closed?"},
    {"end of sequence flow not found", "is a '[' or a quote before it not closed?"},
    {"illegal flow end", "is a bracket before it not closed, or another than the one that was opened?"},
    {"illegal map value", "does the value stand where a key should, or is a blank missing behind an earlier ':'?"},
    {"illegal block entry", "a '-' cannot begin an entry here"},
    {"illegal EOF in scalar", "is a quote before it not closed?"},
};

std::string explained(const std::string& words) {
    const auto known = std::ranges::find(kParserWords, words, &ParserWords::words);
    return known == std::end(kParserWords) ? words : fmt::format("{}: {}", words, known->cause);
}

Place place(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

/// Ends the parse with a finding.
struct Refused {
    Place at;
    std::string message;
};

/// A text as a stream, without a copy.
class TextBuffer final : public std::streambuf {
public:
    explicit TextBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data());  // only read
        setg(begin, begin, begin + text.size());
    }
};

/// Builds the tree from the parser's events, and stops it at the limits: the parser never gets deeper, nor
/// is an alias ever expanded.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(const YamlLimits& limits) : limits_(limits) {}

    /// The document just parsed; null where it was empty.
    std::shared_ptr<const YamlNode> take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        // At a stray comma or bracket behind a document the parser begins the next one, without end, where it stands.
        if (mark.pos <= begun_at_) throw Refused{place(mark), "not YAML: what stands here belongs to nothing"};
        begun_at_ = mark.pos;
        anchors_.clear();
        open_.clear();
        root_.reset();
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (open_.empty()) return;  // an empty document
        auto node = make(YamlNode::Kind::null, mark);
        keep(anchor, node);
        add(std::move(node), mark);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        auto node = make(YamlNode::Kind::scalar, mark);
        node->text = value;
        node->plain = tag == "?" || tag.empty();
        if (!node->plain && tag != "!" && tag != "tag:yaml.org,2002:str") throw Refused{place(mark), "tags are not supported, was " + shown(tag)};
        keep(anchor, node);
        add(std::move(node), mark);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw Refused{place(mark), "an alias must not be inside what it stands for"};
        add(found->second, mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        start(YamlNode::Kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        start(YamlNode::Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { end(); }

private:
    struct Open {
        std::shared_ptr<YamlNode> node;
        YAML::anchor_t anchor = 0;
        bool has_key = false;  // of a map: the key of the next value is known
        YamlNode::Entry next;
    };

    static std::shared_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark& mark) {
        auto node = std::make_shared<YamlNode>();
        node->kind = kind;
        node->at = place(mark);
        return node;
    }

    void keep(YAML::anchor_t anchor, const std::shared_ptr<const YamlNode>& node) {
        if (anchor != 0) anchors_[anchor] = node;
    }

    void start(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (!tag.empty() && tag != "?") throw Refused{place(mark), "tags are not supported, was " + shown(tag)};
        if (open_.size() >= limits_.depth) throw too_deep(mark);
        open_.push_back({make(kind, mark), anchor, false, {}});
    }

    void end() {
        auto done = std::move(open_.back());
        open_.pop_back();
        keep(done.anchor, done.node);
        const YAML::Mark mark = YAML::Mark::null_mark();
        add(std::move(done.node), mark);
    }

    void add(std::shared_ptr<const YamlNode> node, const YAML::Mark& mark) {
        if (open_.size() + node->height > limits_.depth) throw too_deep(mark);
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& parent = open_.back();
        if (parent.node->kind == YamlNode::Kind::map && !parent.has_key) {
            if (node->kind != YamlNode::Kind::scalar) throw Refused{mark.is_null() ? node->at : place(mark), "a key must be a text"};
            parent.next.key = node->text;
            parent.next.key_at = mark.is_null() ? node->at : place(mark);
            parent.has_key = true;
            return;
        }
        parent.node->size += node->size;
        parent.node->height = std::max(parent.node->height, node->height + 1);
        // Of the innermost only: what is added to it is added to those around it when it ends.
        if (parent.node->size > limits_.nodes || ++seen_ > limits_.nodes) {
            throw Refused{mark.is_null() ? node->at : place(mark), fmt::format("more than {} values, aliases counted as what they stand for", limits_.nodes)};
        }
        parent.next.value = std::move(node);
        if (parent.node->kind == YamlNode::Kind::list) parent.next.key_at = parent.next.value->at;
        parent.node->entries.push_back(std::move(parent.next));
        parent.next = {};
        parent.has_key = false;
    }

    Refused too_deep(const YAML::Mark& mark) const {
        return {mark.is_null() ? Place{} : place(mark), fmt::format("nested more than {} levels deep", limits_.depth)};
    }

    const YamlLimits limits_;
    std::map<YAML::anchor_t, std::shared_ptr<const YamlNode>> anchors_;
    std::vector<Open> open_;
    std::shared_ptr<const YamlNode> root_;
    int begun_at_ = -1;     // where the last document begins
    std::size_t seen_ = 0;  // values of the whole text
};

}  // namespace

const YamlNode::Entry* YamlNode::find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, &Entry::key);
    return kind == Kind::map && found != entries.end() ? &*found : nullptr;
}

Result<std::string> read_text(const std::string& file, const YamlLimits& limits) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return fail(Errc::io, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (S_ISDIR(status.st_mode)) return fail(Errc::io, "is a folder, a file is expected");
    const auto too_large = [&] { return fail(Errc::bad_config, fmt::format("larger than {} MiB, which no policy file is", limits.bytes >> 20U)); };
    if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > limits.bytes) return too_large();
    std::ifstream in{file, std::ios::binary};
    if (!in) return fail(Errc::io, fmt::format("cannot be read: {}", std::strerror(errno)));
    std::string text(limits.bytes + 1, '\0');  // pipes do not say how long they are
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return fail(Errc::io, "cannot be read to its end");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > limits.bytes) return too_large();
    text.shrink_to_fit();
    return text;
}

YamlText parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
    YamlText result;
    const auto refuse = [&](Place at, std::string message) {
        result.findings.push_back({Severity::error, file, at, {}, std::move(message)});
    };
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.size() > limits.bytes) {
        refuse({}, fmt::format("larger than {} MiB, which no policy file is", limits.bytes >> 20U));
        return result;
    }
    if (const auto wrong = find_bad_character(text)) {
        refuse(wrong->at, wrong->message);
        return result;
    }
    if (const auto end = text.find('\r'); end != std::string_view::npos && text.find('\n') == std::string_view::npos) {
        refuse({1, static_cast<int>(end) + 1}, "lines end with a carriage return alone, and must end with a line feed");
        return result;
    }
    if (const auto flood = find_flood_of_brackets(text, kMostBracketsOfALine)) {
        refuse(*flood, fmt::format("nested more than {} levels deep", limits.depth));
        return result;
    }
    for (const auto& tab : find_indenting_tabs(text)) refuse(tab, "a tab indents this line; YAML wants spaces");
    if (!result.findings.empty()) return result;
    TreeBuilder builder{limits};
    try {
        TextBuffer buffer{text};
        std::istream stream{&buffer};
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
            if (auto document = builder.take()) result.documents.push_back(std::move(document));
        }
    } catch (const Refused& refused) {
        refuse(refused.at, refused.message);
    } catch (const YAML::Exception& error) {
        refuse(error.mark.is_null() ? Place{} : place(error.mark), "not YAML: " + explained(error.msg));
    }
    return result;
}

}  // namespace setpoint
