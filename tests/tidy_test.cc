// How every source file must look: CONTRIBUTING.md's rules that a program can check.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/support/source_tree.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostLines = 500;
constexpr size_t kMostFunctionLines = 70;

const std::vector<std::string>& ProductFiles() {
  static const auto& files =
      *new std::vector<std::string>(SourcesUnder({"common", "proto", "server", "client"}));
  return files;
}

const std::vector<std::string>& TestFiles() {
  static const auto& files = *new std::vector<std::string>(SourcesUnder({"tests"}));
  return files;
}

std::vector<std::string> AllFiles() {
  std::vector<std::string> files = ProductFiles();
  files.insert(files.end(), TestFiles().begin(), TestFiles().end());
  return files;
}

bool IsHeader(const std::string& file) {
  return absl::EndsWith(file, ".h");
}

// Without comments and what stands in quotes, so that only code is left.
std::string CodeOf(const std::string& text) {
  static const std::regex nothing(
      R"re(R"(\w*)\([\s\S]*?\)\1"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'|//[^\n]*|/\*[\s\S]*?\*/)re");
  std::string code;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, "#")) continue;
    absl::StrAppend(&code, line, "\n");
  }
  return std::regex_replace(code, nothing, "\"\"");
}

std::vector<std::string> Identifiers(const std::string& code) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : code + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      name += c;
    } else if (!name.empty()) {
      names.push_back(name);
      name.clear();
    }
  }
  return names;
}

const std::map<std::string, std::string>& ProductCode() {
  static const auto& code = *[] {
    auto* all = new std::map<std::string, std::string>;
    for (const std::string& file : ProductFiles()) (*all)[file] = CodeOf(SourceText(file));
    return all;
  }();
  return code;
}

// What a header offers: types, functions, constants and macros.
std::set<std::string> DeclaredNames(const std::string& file) {
  static const std::regex declared(
      R"((?:class|struct|enum class|using|concept|enum)\s+(?:ABSL_\w+(?:\([^)]*\))?\s+)?(\w+)|\b(\w+)\s*\(|\b(k[A-Z]\w*)\b)");
  static const std::regex macro(R"(#define\s+(\w+))");
  std::set<std::string> names;
  const std::string& code = ProductCode().at(file);
  for (std::sregex_iterator it(code.begin(), code.end(), declared), end; it != end; ++it) {
    for (size_t group = 1; group <= 3; ++group) names.insert((*it)[group]);
  }
  const std::string text = SourceText(file);
  for (std::sregex_iterator it(text.begin(), text.end(), macro), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  names.erase("");
  return names;
}

TEST(TidyTest, EveryHeaderBeginsWithWhatItIs) {
  std::vector<std::string> bare;
  for (const std::string& file : AllFiles()) {
    if (IsHeader(file) && !absl::StartsWith(SourceText(file), "// ")) bare.push_back(file);
  }
  EXPECT_TRUE(bare.empty()) << absl::StrJoin(bare, "\n");
}

TEST(TidyTest, NoFileIsLong) {
  std::vector<std::string> longs;
  for (const std::string& file : AllFiles()) {
    const size_t lines = SourceLines(file).size() - 1;
    if (lines > kMostLines) longs.push_back(absl::StrCat(file, ": ", lines));
  }
  EXPECT_TRUE(longs.empty()) << absl::StrJoin(longs, "\n");
}

// The code is formatted, so a function of a namespace ends at the next "}" in the first column, and
// begins on the line that ends in "{" and is not indented.
TEST(TidyTest, NoFunctionIsLong) {
  std::vector<std::string> longs;
  for (const std::string& file : AllFiles()) {
    const std::vector<std::string> lines = SourceLines(file);
    size_t begin = 0;
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string& line = lines[i];
      if (line == "}" && begin != 0 && i - begin > kMostFunctionLines) {
        longs.push_back(absl::StrCat(file, ":", begin, ": ", i - begin));
      }
      const bool is_start = !line.empty() && absl::EndsWith(line, "{") &&
                            !absl::StartsWith(line, "namespace") && absl::StrContains(line, ")");
      if (is_start && (line[0] != ' ' || absl::StartsWith(line, "    "))) {
        // A signature over several lines ends with its "{" indented; a body inside a function is
        // not a new start.
        if (line[0] != ' ' || begin == 0) begin = i + 1;
      }
      if (line == "}" || line == "};") begin = 0;
    }
  }
  EXPECT_TRUE(longs.empty()) << absl::StrJoin(longs, "\n");
}

// Words that say nothing of what a type is for.
TEST(TidyTest, NoNameIsOfTheUnwantedList) {
  static const std::regex type(
      R"(\b(?:class|struct|enum class)\s+(?:ABSL_\w+\s+)?([A-Z]\w*)\s*[:{;])");
  static const std::regex unwanted(
      R"((Manager|Helpers?|Utils?|Handler|Processor|Wrapper|Impl|Data|Info|Base)$|^(Common|Do_))");
  static const std::regex unwanted_file(
      R"((^|_)(manager|helpers?|utils?|handler|processor|wrapper|impl|data|info|base|misc)\.(cc|h)$)");
  std::vector<std::string> found;
  for (const std::string& file : AllFiles()) {
    // Commands are named after what a user types: "server info".
    const bool is_command = absl::StartsWith(file, "client/cli/commands/");
    if (!is_command && std::regex_search(fs::path(file).filename().string(), unwanted_file)) {
      found.push_back(file);
    }
    const std::string code = CodeOf(SourceText(file));
    for (std::sregex_iterator it(code.begin(), code.end(), type), end; it != end; ++it) {
      const std::string name = (*it)[1];
      if (std::regex_search(name, unwanted)) found.push_back(absl::StrCat(file, ": ", name));
    }
  }
  EXPECT_TRUE(found.empty()) << absl::StrJoin(found, "\n");
}

// Where a function's name stands: declared or defined, or else used. The code is formatted, so a
// definition in a .cc begins in the first column, and a declaration has its type before its name.
bool IsDeclaration(const std::string& file, const std::string& line, size_t place) {
  if (!IsHeader(file)) return line[0] != ' ' && !absl::StrContains(line.substr(0, place), "=");
  std::string before = line.substr(0, place);
  while (!before.empty() && before.back() == ' ') before.pop_back();
  for (const char* use : {"return", "&&", "->", "::"}) {
    if (absl::EndsWith(before, use)) return false;
  }
  if (before.empty()) return false;
  const char last = before.back();
  return std::isalnum(static_cast<unsigned char>(last)) || last == '>' || last == '*' ||
         last == '&' || last == '_';
}

// Functions that a library calls: gRPC's reactors and interceptors, Abseil's concatenation.
bool IsCalledFromOutside(const std::string& line) {
  return absl::StrContains(line, "override") || absl::StrContains(line, "final") ||
         absl::StrContains(line, "friend ");
}

TEST(TidyTest, EveryFunctionIsUsedByTheProduct) {
  static const std::regex function(R"(\b([A-Z][a-z]\w*)\s*\()");
  static const std::regex name(R"(\b([A-Z][a-z]\w*)\b)");
  std::map<std::string, std::string> declared;  // function, its header
  std::set<std::string> used;
  for (const auto& [file, code] : ProductCode()) {
    for (const absl::string_view view : absl::StrSplit(code, '\n')) {
      const std::string line(view);
      for (std::sregex_iterator it(line.begin(), line.end(), name), end; it != end; ++it) {
        const auto place = static_cast<size_t>(it->position());
        const bool is_call_shaped =
            std::regex_search(line.begin() + it->position(), line.end(), function,
                              std::regex_constants::match_continuous);
        if (!is_call_shaped || !IsDeclaration(file, line, place) || IsCalledFromOutside(line)) {
          used.insert((*it)[1]);
        } else if (IsHeader(file)) {
          declared.emplace((*it)[1], file);
        }
      }
    }
  }
  std::vector<std::string> unused;
  for (const auto& [function_name, file] : declared) {
    // gRPC calls the methods of services; tests and benches wait for a daemon; tests look at one
    // object alone, where programs write whole runs.
    static const auto& known =
        *new std::set<std::string>{"WaitUntilServing", "EnergyJson", "EventJson"};
    if (absl::EndsWith(file, "_service.h") || known.contains(function_name)) continue;
    if (!used.contains(function_name)) unused.push_back(absl::StrCat(file, ": ", function_name));
  }
  EXPECT_TRUE(unused.empty()) << absl::StrJoin(unused, "\n");
}

TEST(TidyTest, EveryIncludeOfOursIsUsed) {
  static const std::regex include(R"re(#include "((?:common|proto|server|client)/[^"]+\.h)")re");
  std::map<std::string, std::set<std::string>> declared;
  std::vector<std::string> unused;
  for (const std::string& file : ProductFiles()) {
    const std::string text = SourceText(file);
    const std::vector<std::string> names = Identifiers(ProductCode().at(file));
    std::set<std::string> used(names.begin(), names.end());
    for (const std::string& line : SourceLines(file)) {  // macros stand in directives too
      if (absl::StartsWith(line, "#if")) {
        for (const std::string& name : Identifiers(line)) used.insert(name);
      }
    }
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
      const std::string header = (*it)[1];
      const bool is_own = fs::path(header).stem() == fs::path(file).stem();
      // Its definition is all that json.h adds.
      if (is_own || header == "common/base/json.h" || !ProductCode().contains(header)) continue;
      if (!declared.contains(header)) declared[header] = DeclaredNames(header);
      const std::set<std::string>& offers = declared[header];
      if (std::none_of(used.begin(), used.end(),
                       [&](const std::string& name) { return offers.contains(name); })) {
        unused.push_back(absl::StrCat(file, " includes ", header));
      }
    }
  }
  EXPECT_TRUE(unused.empty()) << absl::StrJoin(unused, "\n");
}

// Parts that programs are tested with, each with the test that goes through it.
const std::map<std::string, std::string>& TestedThrough() {
  static const auto& through = *new std::map<std::string, std::string>{
      {"client/app/", "tests/journeys/desktop.py"},
      {"client/cli/commands/", "tests/e2e/journey_test.cc"},
      {"client/cli/terminal/interrupts.cc", "tests/e2e/journey_test.cc"},
      {"client/connection/request_id.cc", "tests/client/connection/connection_test.cc"},
      {"client/view/", "tests/client/view/shell_test.cc"},
      {"common/study/simulation_evaluation.cc", "tests/benches/predict.py"},
      {"server/access/secret.cc", "tests/server/access/access_test.cc"},
      {"server/rpc/comparison_service.cc", "tests/client/connection/connection_test.cc"},
      {"server/run/bills.cc", "tests/server/run/run_queue_test.cc"},
      {"server/run/run_events.cc", "tests/server/run/worker_dialogue_test.cc"},
      {"server/run/run_queue_", "tests/server/run/run_queue_test.cc"},
  };
  return through;
}

// A source is tested where a test names something that it defines, or by what TestedThrough says.
TEST(TidyTest, EverySourceIsNamedByATest) {
  static const std::regex defined(R"((?:^|\n)[^\s#}/][^=\n;]*?\b([A-Z]\w+)\()");
  std::set<std::string> named;
  for (const std::string& file : TestFiles()) {
    for (const std::string& name : Identifiers(CodeOf(SourceText(file)))) named.insert(name);
  }
  std::vector<std::string> untested;
  for (const auto& [file, code] : ProductCode()) {
    if (IsHeader(file) || fs::path(file).filename() == "main.cc") continue;
    const std::string header = file.substr(0, file.size() - 3) + ".h";
    std::set<std::string> names;
    if (ProductCode().contains(header)) names = DeclaredNames(header);
    for (std::sregex_iterator it(code.begin(), code.end(), defined), end; it != end; ++it) {
      names.insert((*it)[1]);
    }
    const bool is_known = std::any_of(
        TestedThrough().begin(), TestedThrough().end(), [&, path = file](const auto& through) {
          return absl::StartsWith(path, through.first) && !SourceText(through.second).empty();
        });
    if (!is_known && std::none_of(names.begin(), names.end(),
                                  [&](const std::string& name) { return named.contains(name); })) {
      untested.push_back(file);
    }
  }
  EXPECT_TRUE(untested.empty()) << absl::StrJoin(untested, "\n");
  for (const auto& [part, test] : TestedThrough()) {
    EXPECT_TRUE(std::any_of(
        ProductFiles().begin(), ProductFiles().end(),
        [&, name = part](const std::string& file) { return absl::StartsWith(file, name); }))
        << part << " is no source any more";
    EXPECT_FALSE(SourceText(test).empty()) << test << ", which is to test " << part << ", is gone";
  }
}

}  // namespace
}  // namespace powerdown
