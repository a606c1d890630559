// Checks the tables of docs/architecture.md: every #include line of every folder, and that each
// file under tests/ mirrors a source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/support/source_tree.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

struct Rule {
  std::set<std::string> ours;        // folders, and single files, that may be included
  std::vector<std::string> outside;  // headers of other projects; see IsCovered
  std::set<std::string> names;       // of other projects, as the table's row gives them
};
using Rules = std::map<std::string, Rule>;  // by folder

// A header, a folder's prefix that ends in a slash, or any prefix that ends in a star.
bool IsCovered(const std::string& header, const std::string& pattern) {
  if (absl::EndsWith(pattern, "/")) return absl::StartsWith(header, pattern);
  if (absl::EndsWith(pattern, "*")) {
    return absl::StartsWith(header, pattern.substr(0, pattern.size() - 1));
  }
  return header == pattern;
}

// The rows of the Markdown table whose first heading is `heading`, as cells without outer spaces.
std::vector<std::vector<std::string>> TableRows(const std::string& text,
                                                const std::string& heading) {
  std::vector<std::vector<std::string>> rows;
  bool is_inside = false;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, absl::StrCat("| ", heading, " |"))) {
      is_inside = true;
    } else if (!absl::StartsWith(line, "|")) {
      is_inside = false;
    } else if (is_inside && !absl::StartsWith(line, "|-")) {
      std::vector<std::string> cells;
      for (absl::string_view cell : absl::StrSplit(line.substr(1), '|')) {
        cells.emplace_back(absl::StripAsciiWhitespace(cell));
      }
      rows.push_back(cells);
    }
  }
  return rows;
}

// What stands in backticks in a cell, in order.
std::vector<std::string> Quoted(const std::string& cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  std::vector<std::string> quoted;
  for (size_t i = 1; i < parts.size(); i += 2) quoted.push_back(parts[i]);
  return quoted;
}

void AddOutside(const std::string& cell, const std::map<std::string, std::string>& names,
                Rule& rule) {
  const std::vector<std::string> parts = absl::StrSplit(cell, ", ");
  for (const std::string& part : parts) {
    if (part == "–") continue;
    std::vector<std::string> patterns = Quoted(part);
    if (patterns.empty()) {
      const auto named = names.find(part);
      if (named == names.end()) {
        ADD_FAILURE() << "docs/architecture.md does not say which headers " << part << " has";
        continue;
      }
      rule.names.insert(part);
      patterns = Quoted(named->second);
    }
    rule.outside.insert(rule.outside.end(), patterns.begin(), patterns.end());
  }
}

// A row such as `base` ← `task` gives each room a rule: itself and the rooms to the left of it.
void AddRooms(const std::string& folder, const std::string& rooms, const Rule& outside,
              Rules& rules) {
  Rule rule = outside;
  for (const std::string& room : Quoted(rooms)) {
    rule.ours.insert(absl::StrCat(folder, "/", room));
    rules[absl::StrCat(folder, "/", room)] = rule;
  }
}

Rules ParseRules(const std::string& text) {
  std::map<std::string, std::string> names;
  for (const auto& cells : TableRows(text, "name | headers")) names[cells[0]] = cells[1];
  Rules rules;
  std::map<std::string, std::vector<std::string>> rooms;  // by the folder that stands for them
  const auto rows = TableRows(text, "folder | may include (ours) | may include (outside)");
  for (const auto& cells : rows) {
    Rule outside;
    AddOutside(cells[2], names, outside);
    if (absl::StrContains(cells[1], "←")) {
      const std::string folder = Quoted(cells[0]).at(0);
      AddRooms(folder, cells[1], outside, rules);
      for (const std::string& room : Quoted(cells[1])) {
        rooms[folder].push_back(absl::StrCat(folder, "/", room));
      }
      continue;
    }
    const std::vector<std::string> folders = Quoted(cells[0]);
    for (const std::string& folder : folders) {
      Rule& rule = rules[folder] = outside;
      rule.ours.insert(folders.begin(), folders.end());
      for (const std::string& ours : Quoted(cells[1])) {
        const auto found = rooms.find(ours);
        if (found == rooms.end()) {
          rule.ours.insert(ours);
        } else {
          rule.ours.insert(found->second.begin(), found->second.end());
        }
      }
    }
  }
  return rules;
}

const Rules& DocumentedRules() {
  static const auto& rules = *new Rules(ParseRules(SourceText("docs/architecture.md")));
  return rules;
}

struct Include {
  std::string header;
  bool is_quoted;
};

// Looks for the word first: a regular expression on every line takes half a second.
std::vector<Include> IncludesOf(const std::string& file) {
  static const std::regex include(R"(^\s*#\s*include\s+([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  for (const std::string& line : SourceLines(file)) {
    std::smatch match;
    if (!absl::StrContains(line, "include") || !std::regex_search(line, match, include)) continue;
    includes.push_back({match[2], match[1] == "\""});
  }
  return includes;
}

bool IsStandard(const std::string& header) {
  return header.find('/') == std::string::npos && header.find('.') == std::string::npos;
}

bool IsAllowed(const Rule& rule, const std::string& header, bool is_quoted) {
  if (IsStandard(header)) return true;
  if (is_quoted && fs::exists(fs::path(POWERDOWN_SOURCE_DIR) / header)) {
    return rule.ours.contains(header) || rule.ours.contains(fs::path(header).parent_path());
  }
  for (const std::string& outside : rule.outside) {
    if (IsCovered(header, outside)) return true;
  }
  return false;
}

// With what a source includes as its text.
std::vector<std::string> Sources(const std::vector<std::string>& folders) {
  return SourcesUnder(folders, {".cc", ".h", ".inc"});
}

TEST(LayeringTest, EveryIncludeIsAllowedByTheTable) {
  size_t checked = 0;
  for (const std::string& file : Sources({"common", "proto", "server", "client"})) {
    const auto rule = DocumentedRules().find(fs::path(file).parent_path());
    if (rule == DocumentedRules().end()) {
      ADD_FAILURE() << file << " is in a folder that docs/architecture.md has no row for";
      continue;
    }
    for (const Include& include : IncludesOf(file)) {
      ++checked;
      EXPECT_TRUE(IsAllowed(rule->second, include.header, include.is_quoted))
          << file << " includes " << include.header;
    }
  }
  EXPECT_GT(checked, 100u);
}

TEST(LayeringTest, EveryRowIsAFolderOrFileOfOurs) {
  EXPECT_GT(DocumentedRules().size(), 15u);
  for (const auto& [folder, rule] : DocumentedRules()) {
    EXPECT_TRUE(fs::is_directory(fs::path(POWERDOWN_SOURCE_DIR) / folder)) << folder;
    for (const std::string& ours : rule.ours) {
      EXPECT_TRUE(fs::exists(fs::path(POWERDOWN_SOURCE_DIR) / ours)) << ours << " for " << folder;
    }
  }
}

TEST(LayeringTest, ARoomMayIncludeTheRoomsToItsLeft) {
  const Rules rules = ParseRules(
      "| folder | may include (ours) | may include (outside) |\n|---|---|---|\n"
      "| `common` | `base` ← `run` | – |\n"
      "| `server/a`, `server/b` | `common`, `server/clock.h` | `a/`, `im*`, `x.h` |\n");
  using ::testing::ElementsAre;
  EXPECT_THAT(rules.at("common/base").ours, ElementsAre("common/base"));
  EXPECT_THAT(rules.at("common/run").ours, ElementsAre("common/base", "common/run"));
  EXPECT_THAT(rules.at("server/b").ours,
              ElementsAre("common/base", "common/run", "server/a", "server/b", "server/clock.h"));
  EXPECT_TRUE(IsAllowed(rules.at("server/a"), "a/b.h", true));
  EXPECT_TRUE(IsAllowed(rules.at("server/a"), "imgui.h", false));
  EXPECT_TRUE(IsAllowed(rules.at("server/a"), "vector", false));
  EXPECT_FALSE(IsAllowed(rules.at("server/a"), "x.hpp", false));
  EXPECT_FALSE(IsAllowed(rules.at("server/a"), "common/study/replay.h", true));
}

// Whether a compiler that reads the file also reads a header of LibTorch, directly or through
// headers of ours. `known`: the answers so far, by file.
bool ReachesLibTorch(const std::string& file, std::map<std::string, bool>& known) {
  const auto found = known.find(file);
  if (found != known.end()) return found->second;
  bool reaches = false;
  for (const Include& include : IncludesOf(file)) {
    for (const char* torch : {"torch/", "ATen/", "c10/"}) {
      reaches = reaches || absl::StartsWith(include.header, torch);
    }
    reaches = reaches || (include.is_quoted && ReachesLibTorch(include.header, known));
  }
  known[file] = reaches;
  return reaches;
}

// LibTorch's headers take seconds a file, so the networks' headers for the worker do without. A
// test follows its source.
TEST(LayeringTest, OnlyTheNetworksReachLibTorch) {
  const std::string networks = "server/trainer/network";
  for (const auto& [folder, rule] : DocumentedRules()) {
    EXPECT_EQ(rule.names.contains("LibTorch"), folder == networks) << folder;
  }
  bool is_reached = false;
  std::map<std::string, bool> known;
  for (const std::string& file : Sources({"common", "proto", "server", "client", "tests"})) {
    const std::string folder = fs::path(file).parent_path();
    const bool reaches = ReachesLibTorch(file, known);
    is_reached = is_reached || reaches;
    EXPECT_TRUE(!reaches || absl::StripPrefix(folder, "tests/") == networks) << file;
  }
  EXPECT_TRUE(is_reached);
}

// Tests that lie in tests/ itself are about the tree as a whole.
TEST(LayeringTest, EveryTestMirrorsASource) {
  const fs::path root = POWERDOWN_SOURCE_DIR;
  for (const std::string& file : Sources({"tests"})) {
    const fs::path relative = fs::relative(file, "tests");
    const std::string top = relative.begin()->string();
    if (top == "fakes" || top == "support" || top == "fuzz" || top == "e2e" ||
        absl::StartsWith(top, "bench")) {
      continue;
    }
    if (relative.parent_path().empty() || relative.extension() != ".cc") continue;
    std::string stem = relative.stem().string();
    ASSERT_TRUE(stem.ends_with("_test")) << file << " is no test";
    stem.resize(stem.size() - 5);
    const fs::path source = root / relative.parent_path() / stem;
    EXPECT_TRUE(fs::exists(source.string() + ".cc") || fs::exists(source.string() + ".h"))
        << file << " mirrors no source";
  }
}

}  // namespace
}  // namespace powerdown
