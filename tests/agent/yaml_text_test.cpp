// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/yaml_text.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/documents/suggestion.hpp"
#include "agent/documents/yaml_guards.hpp"

namespace setpoint {
namespace {

using Catch::Matchers::Contains;

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

std::string block_of(std::size_t levels) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += std::string(i, ' ') + "a:\n";
    return text;
}

std::string only_finding(const std::string& text) {
    const auto yaml = parse_yaml(text, "f");
    REQUIRE(yaml.findings.size() == 1);
    CHECK(yaml.documents.empty());
    return to_string(yaml.findings[0]);
}

TEST_CASE("10,000 levels of nesting are refused, in every way of writing them", "[yaml]") {
    CHECK_THAT(only_finding(repeated("[", 10'000)), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding(repeated("{a: ", 10'000)), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding(repeated("- ", 10'000) + "x"), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding(block_of(2'000)), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding(repeated("? ", 10'000) + "x"), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding(repeated("[", 10'000) + repeated("]", 10'000)), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding(repeated("[", 65) + repeated("]", 65)), Contains("f:1:65: nested"));
    CHECK(parse_yaml(repeated("[", 64) + repeated("]", 64), "f").findings.empty());
}

TEST_CASE("aliases count as what they stand for, in number and in depth", "[yaml]") {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    std::string ladder = "a0: &a0 [x]\n";
    for (int i = 1; i < 100; ++i) {
        const auto name = "a" + std::to_string(i);
        const auto before = "*a" + std::to_string(i - 1);
        bomb += name + ": &" + name + " [" + repeated(before + ", ", 9) + before + "]\n";
        ladder += name + ": &" + name + " [" + before + "]\n";
    }
    CHECK_THAT(only_finding(bomb), Contains("more than 100000 values"));
    CHECK_THAT(only_finding(ladder), Contains("nested more than 64 levels deep"));
    CHECK_THAT(only_finding("a: &a\n  b: *a\n"), Contains("f:2:6: an alias must not be inside what it stands for"));
    CHECK_THAT(only_finding("a: *nobody\n"), Contains("f:1:4: not YAML"));
}

TEST_CASE("more values than any policy has are refused", "[yaml]") {
    CHECK_THAT(only_finding("[" + repeated("x, ", 100'001) + "x]"), Contains("more than 100000 values"));
}

TEST_CASE("an alias is the value it stands for", "[yaml]") {
    const auto yaml = parse_yaml("a: &x {b: 1}\nc: *x\n", "f");
    REQUIRE(yaml.documents.size() == 1);
    const auto& root = *yaml.documents[0];
    CHECK(root.find("c")->value == root.find("a")->value);
    CHECK(root.find("c")->key_at.line == 2);
}

TEST_CASE("what is not UTF-8 is refused where it is", "[yaml]") {
    CHECK(only_finding("a: 1\nb: \xe9t\xe9\n") == "f:2:4: must be UTF-8, was the byte 0xe9");
    CHECK(only_finding("\xc0\xaf") == "f:1:1: must be UTF-8, was the byte 0xc0");          // overlong
    CHECK(only_finding("\xed\xa0\x80") == "f:1:1: must be UTF-8, was the byte 0xed");      // a surrogate
    CHECK(only_finding("\xf4\x90\x80\x80") == "f:1:1: must be UTF-8, was the byte 0xf4");  // past U+10FFFF
    CHECK(only_finding("a: \xe2\x82") == "f:1:4: must be UTF-8, was the byte 0xe2");       // cut off
    CHECK(only_finding(std::string("\xff\xfe" "a\0", 4)) == "f:1:1: must be UTF-8, was the byte 0xff");  // UTF-16
    CHECK(parse_yaml("a: \u00e9\u20ac\U0001F600\n", "f").findings.empty());
}

TEST_CASE("binary content is refused as no text", "[yaml]") {
    CHECK_THAT(only_finding(std::string("\x7f" "ELF\x02", 5)), Contains("control character, was 0x7f"));
}

TEST_CASE("a tab may be anywhere but in front of a line", "[yaml]") {
    CHECK(only_finding("a:\n\tb: 1\n") == "f:2:1: a tab indents this line; YAML wants spaces");
    CHECK(only_finding("a:\n  \tb: 1\n") == "f:2:3: a tab indents this line; YAML wants spaces");
    CHECK(parse_yaml("a:\t1\t# tabs\n\t\nb: |\n  x\n  \ty\nc: 2\n", "f").findings.empty());
}

TEST_CASE("a byte-order mark and CRLF are no part of the text", "[yaml]") {
    const auto yaml = parse_yaml("\xEF\xBB\xBF" "a: 1\r\nb: two\r\n", "f");
    REQUIRE(yaml.findings.empty());
    REQUIRE(yaml.documents.size() == 1);
    CHECK(yaml.documents[0]->entries[0].key == "a");
    CHECK(yaml.documents[0]->entries[0].key_at.column == 1);
    CHECK(yaml.documents[0]->entries[1].value->text == "two");
}

TEST_CASE("lines that end with a carriage return alone are told apart from bad YAML", "[yaml]") {
    const auto text = parse_yaml("a: 1\rb: 2\r", "mac.yaml");
    REQUIRE(text.findings.size() == 1);
    CHECK(to_string(text.findings[0]) == "mac.yaml:1:5: lines end with a carriage return alone, and must end with a line feed");
}

TEST_CASE("empty documents are left out, those before a broken one are kept", "[yaml]") {
    CHECK(parse_yaml("", "f").documents.empty());
    CHECK(parse_yaml("# nothing\n---\n---\n...\n", "f").documents.empty());
    CHECK(parse_yaml("a: 1\n---\nb: 2\n", "f").documents.size() == 2);
    const auto half = parse_yaml("a: 1\n---\nb: [\n", "f");
    CHECK(half.documents.size() == 1);
    CHECK(half.findings.size() == 1);
}

TEST_CASE("a stray comma behind a document ends the parse", "[yaml]") {
    const auto yaml = parse_yaml("text\n# a comment\n, more\n", "f");
    REQUIRE(yaml.findings.size() == 1);
    CHECK_THAT(yaml.findings[0].message, Contains("belongs to nothing"));
}

TEST_CASE("quoted and plain scalars are told apart, and null is not a text", "[yaml]") {
    const auto yaml = parse_yaml("[1, '1', \"null\", null, ~, ]", "f");
    REQUIRE(yaml.documents.size() == 1);
    const auto& items = yaml.documents[0]->entries;
    REQUIRE(items.size() == 5);
    CHECK(items[0].value->plain);
    CHECK_FALSE(items[1].value->plain);
    CHECK(items[2].value->kind == YamlNode::Kind::scalar);
    CHECK(items[3].value->kind == YamlNode::Kind::null);
    CHECK(items[4].value->kind == YamlNode::Kind::null);
}

TEST_CASE("only what is near is suggested", "[yaml]") {
    const std::array<std::string_view, 3> known{"replicas", "interval", "signals"};
    CHECK(suggest("replica", known) == "; did you mean 'replicas'? (known: replicas, interval, signals)");
    CHECK(suggest("sginals", known) == "; did you mean 'signals'? (known: replicas, interval, signals)");
    CHECK(suggest("Interval", known) == "; did you mean 'interval'? (known: replicas, interval, signals)");
    CHECK(suggest("zebra", known) == " (known: replicas, interval, signals)");
    CHECK(suggest("x", {}).empty());
}

}  // namespace
}  // namespace setpoint
