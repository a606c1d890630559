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

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/support/source_code.h"
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
  static const auto& introducers =
      *new std::set<absl::string_view>{"class", "struct", "using", "concept", "enum"};
  std::set<std::string> names;
  const std::string& code = ProductCode().at(file);
  absl::string_view before;
  for (const Word& word : WordsOf(code)) {
    const bool is_constant = word.text.size() > 1 && word.text[0] == 'k' &&
                             absl::ascii_isupper(static_cast<unsigned char>(word.text[1]));
    if (is_constant || introducers.contains(before) || NextCharacter(code, word.end()) == '(') {
      names.emplace(word.text);
    }
    // An attribute such as ABSL_LOCKABLE stands between "class" and the name.
    if (!absl::StartsWith(word.text, "ABSL_")) before = word.text;
  }
  for (const std::string& line : SourceLines(file)) {
    const std::vector<std::string> parts =
        absl::StrSplit(line, absl::ByAnyChar(" ("), absl::SkipEmpty());
    if (parts.size() > 1 && parts[0] == "#define") names.insert(parts[1]);
  }
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

bool IsUnwanted(absl::string_view name) {
  for (const char* ending : {"Manager", "Helper", "Helpers", "Util", "Utils", "Handler",
                             "Processor", "Wrapper", "Impl", "Data", "Info", "Base"}) {
    if (absl::EndsWith(name, ending)) return true;
  }
  return absl::StartsWith(name, "Common") || absl::StartsWith(name, "Do_");
}

// Words that say nothing of what a type is for.
TEST(TidyTest, NoNameIsOfTheUnwantedList) {
  static const std::regex unwanted_file(
      R"((^|_)(manager|helpers?|utils?|handler|processor|wrapper|impl|data|info|base|misc)\.(cc|h)$)");
  std::vector<std::string> found;
  size_t types = 0;
  for (const std::string& file : AllFiles()) {
    // Commands are named after what a user types: "server info".
    const bool is_command = absl::StartsWith(file, "client/cli/commands/");
    if (!is_command && std::regex_search(fs::path(file).filename().string(), unwanted_file)) {
      found.push_back(file);
    }
    const std::string code = CodeOf(SourceText(file));
    absl::string_view before;
    for (const Word& word : WordsOf(code)) {
      const bool is_type = (before == "class" || before == "struct") && IsCamelCase(word.text) &&
                           absl::StrContains(":{;", NextCharacter(code, word.end()));
      types += is_type ? 1 : 0;
      if (is_type && IsUnwanted(word.text)) found.push_back(absl::StrCat(file, ": ", word.text));
      if (!absl::StartsWith(word.text, "ABSL_")) before = word.text;
    }
  }
  EXPECT_GT(types, 300u);
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
  std::map<std::string, std::string> declared;  // function, its header
  std::set<std::string> used;
  for (const auto& [file, code] : ProductCode()) {
    for (const absl::string_view view : absl::StrSplit(code, '\n')) {
      const std::string line(view);
      for (const Word& word : WordsOf(line)) {
        if (!IsCamelCase(word.text)) continue;
        const bool is_call_shaped = NextCharacter(line, word.end()) == '(';
        if (!is_call_shaped || !IsDeclaration(file, line, word.begin) ||
            IsCalledFromOutside(line)) {
          used.emplace(word.text);
        } else if (IsHeader(file)) {
          declared.emplace(word.text, file);
        }
      }
    }
  }
  EXPECT_GT(declared.size(), 500u);
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

// The headers of ours that a file includes.
std::vector<std::string> ProductIncludes(const std::string& file) {
  std::vector<std::string> headers;
  for (const std::string& line : SourceLines(file)) {
    const std::vector<std::string> parts = absl::StrSplit(line, '"');
    if (absl::StartsWith(line, "#include ") && parts.size() > 1 &&
        ProductCode().contains(parts[1])) {
      headers.push_back(parts[1]);
    }
  }
  return headers;
}

TEST(TidyTest, EveryIncludeOfOursIsUsed) {
  std::map<std::string, std::set<std::string>> declared;
  std::vector<std::string> unused;
  size_t checked = 0;
  for (const std::string& file : ProductFiles()) {
    std::set<std::string> used;
    for (const Word& word : WordsOf(ProductCode().at(file))) used.emplace(word.text);
    for (const std::string& line : SourceLines(file)) {  // macros stand in directives too
      if (!absl::StartsWith(line, "#if")) continue;
      for (const Word& word : WordsOf(line)) used.emplace(word.text);
    }
    for (const std::string& header : ProductIncludes(file)) {
      const bool is_own = fs::path(header).stem() == fs::path(file).stem();
      // Its definition is all that json.h adds; templates read the lists of run_fields.h by type.
      if (is_own || header == "common/base/json.h" || header == "common/run/run_fields.h") continue;
      ++checked;
      if (!declared.contains(header)) declared[header] = DeclaredNames(header);
      const std::set<std::string>& offers = declared[header];
      if (std::none_of(used.begin(), used.end(),
                       [&](const std::string& name) { return offers.contains(name); })) {
        unused.push_back(absl::StrCat(file, " includes ", header));
      }
    }
  }
  EXPECT_GT(checked, 1000u);
  EXPECT_TRUE(unused.empty()) << absl::StrJoin(unused, "\n");
}

// Parts that programs are tested with, each with the test that goes through it.
const std::map<std::string, std::string>& TestedThrough() {
  static const auto& through = *new std::map<std::string, std::string>{
      {"client/app/", "tests/journeys/desktop.py"},
      {"client/cli/commands/", "tests/e2e/journey_test.cc"},
      {"client/cli/ending.cc", "tests/e2e/journey_test.cc"},
      {"client/cli/terminal/interrupts.cc", "tests/e2e/journey_test.cc"},
      {"client/connection/request_id.cc", "tests/client/connection/connection_test.cc"},
      {"client/view/", "tests/client/view/shell_test.cc"},
      {"common/study/simulation_evaluation.cc", "tests/benches/predict.py"},
      {"server/access/secret.cc", "tests/server/access/access_test.cc"},
      {"server/rpc/comparison_service.cc", "tests/client/connection/connection_test.cc"},
      {"server/store/run_conditions.cc", "tests/server/store/run_table_test.cc"},
      {"server/store/run_ids.cc", "tests/server/store/run_ids_test.cc"},
      {"server/run/run_queue_", "tests/server/run/run_queue_test.cc"},
  };
  return through;
}

// The functions that a source defines: on a line that is not indented, the first name that begins
// as a function's does and is followed by "(".
std::set<std::string> DefinedNames(const std::string& code) {
  std::set<std::string> names;
  for (const absl::string_view line : absl::StrSplit(code, '\n')) {
    if (line.empty() || absl::StrContains(" #}/", line[0])) continue;
    const absl::string_view head = line.substr(0, line.find_first_of("=;"));
    for (const Word& word : WordsOf(head)) {
      if (word.end() < head.size() && head[word.end()] == '(' && word.text.size() > 1 &&
          absl::ascii_isupper(static_cast<unsigned char>(word.text[0]))) {
        names.emplace(word.text);
        break;
      }
    }
  }
  return names;
}

// A source is tested where a test names something that it defines, or by what TestedThrough says.
TEST(TidyTest, EverySourceIsNamedByATest) {
  std::set<std::string> named;
  for (const std::string& file : TestFiles()) {
    const std::string code = CodeOf(SourceText(file));
    for (const Word& word : WordsOf(code)) named.emplace(word.text);
  }
  std::vector<std::string> untested;
  for (const auto& [file, code] : ProductCode()) {
    if (IsHeader(file) || fs::path(file).filename() == "main.cc") continue;
    const std::string header = file.substr(0, file.size() - 3) + ".h";
    std::set<std::string> names = DefinedNames(code);
    if (ProductCode().contains(header)) names.merge(DeclaredNames(header));
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
