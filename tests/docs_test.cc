// Keeps the documents true where a program can: cited files and linked sections exist, and the
// lists of tables, worker lines, commands, calls and flags are those of the code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/json.h"
#include "common/run/run_enums.h"
#include "common/run/worker_lines.h"
#include "tests/support/source_tree.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;

const std::vector<std::string>& Folders() {
  static const auto& folders = *new std::vector<std::string>{
      "client", "common", "deploy", "docs", "migrations", "proto", "server", "tests", ".ci"};
  return folders;
}

// Every file of the repository by its path; a build folder is none of it.
const std::set<std::string>& Files() {
  static const auto& files = *[] {
    auto* all = new std::set<std::string>;
    const fs::path root = POWERDOWN_SOURCE_DIR;
    for (const auto& entry : fs::directory_iterator(root)) {
      if (entry.is_regular_file()) all->insert(entry.path().filename());
    }
    for (const std::string& folder : Folders()) {
      for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        if (entry.is_regular_file()) all->insert(fs::relative(entry.path(), root).string());
      }
    }
    return all;
  }();
  return files;
}

std::string WithoutUrls(std::string text) {
  if (!absl::StrContains(text, "http") && !absl::StrContains(text, "github.com")) return text;
  static const std::regex url(R"((https?://|git@|github\.com/)[^\s)>\"']*)");
  return std::regex_replace(text, url, " ");
}

// What introduces a comment in a file of this name; absent for files without comments of interest.
std::optional<std::string> CommentMark(const fs::path& file) {
  const std::string extension = file.extension();
  if (extension == ".h" || extension == ".cc" || extension == ".proto") return "//";
  if (extension == ".sql") return "--";
  if (extension == ".md") return "";  // all of it
  const bool is_script = extension == ".py" || extension == ".cmake" || extension == ".service" ||
                         file.filename() == "CMakeLists.txt" ||
                         (extension.empty() && absl::StartsWith(SourceText(file), "#!"));
  return is_script ? std::optional<std::string>("#") : std::nullopt;
}

// The file's comments, or all of a document, without URLs.
std::string Prose(const std::string& file, const std::string& mark) {
  const std::string text = SourceText(file);
  if (mark.empty()) return WithoutUrls(text);
  std::string prose;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t start = line.find(mark);
    if (start != line.npos) absl::StrAppend(&prose, line.substr(start + mark.size()), "\n");
  }
  return WithoutUrls(prose);
}

bool IsPathCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("_-./*", c);
}

// Words made of the characters of a path, without the punctuation around them.
std::vector<std::string> PathWords(const std::string& prose) {
  std::vector<std::string> words;
  for (size_t i = 0; i < prose.size();) {
    size_t end = i;
    while (end < prose.size() && IsPathCharacter(prose[end])) ++end;
    if (end > i && (i == 0 || !absl::StrContains("$<{~\\", prose[i - 1])) &&
        (end == prose.size() || !absl::StrContains("<{$", prose[end]))) {
      std::string word = prose.substr(i, end - i);
      while (!word.empty() && absl::StrContains("./*-", word.back())) word.pop_back();
      if (absl::StartsWith(word, "./")) word = word.substr(2);
      if (!word.empty()) words.push_back(word);
    }
    i = end + 1;
  }
  return words;
}

bool MatchesStar(absl::string_view text, absl::string_view pattern) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '*');
  if (!absl::ConsumePrefix(&text, parts.front()) || !absl::ConsumeSuffix(&text, parts.back())) {
    return false;
  }
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const size_t found = text.find(parts[i]);
    if (found == text.npos) return false;
    text.remove_prefix(found + parts[i].size());
  }
  return true;
}

// A file or folder of ours by its path, which may have stars, or be without .h, .cc or _test.cc.
bool Exists(const std::string& path) {
  if (absl::StrContains(path, "*")) {
    return std::any_of(Files().begin(), Files().end(),
                       [&](const std::string& file) { return MatchesStar(file, path); });
  }
  for (const char* ending : {"", ".h", ".cc", ".py"}) {
    if (fs::exists(fs::path(POWERDOWN_SOURCE_DIR) / absl::StrCat(path, ending))) return true;
  }
  return false;
}

bool HasBaseName(const std::string& name) {
  return std::any_of(Files().begin(), Files().end(), [&](const std::string& file) {
    return file == name || absl::EndsWith(file, absl::StrCat("/", name));
  });
}

// Headers of other projects may be named without a folder.
bool IsIncludedSomewhere(const std::string& header) {
  static const auto& names = *[] {
    auto* all = new std::set<std::string>;
    for (const std::string& file : Files()) {
      if (!absl::EndsWith(file, ".h") && !absl::EndsWith(file, ".cc")) continue;
      const std::string text = SourceText(file);
      for (const absl::string_view line : absl::StrSplit(text, '\n')) {
        if (!absl::StartsWith(line, "#include ")) continue;
        const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::ByAnyChar("<>\""));
        const absl::string_view named = parts.size() > 1 ? parts[1] : "";
        all->insert(std::string(named));
        all->insert(fs::path(std::string(named)).filename());
      }
    }
    return all;
  }();
  return names.contains(header);
}

bool IsCitation(const std::string& word) {
  if (absl::StartsWith(word, "_")) return false;  // an ending: _test.cc
  for (const std::string& folder : Folders()) {
    if (absl::StartsWith(word, absl::StrCat(folder, "/"))) return true;
  }
  for (const char* ending : {".md", ".h", ".cc", ".sql", ".proto", ".cmake", ".scenario"}) {
    // Not an ending alone ("*.md", ".cc").
    if (absl::EndsWith(word, ending) && word.size() > strlen(ending) + 1) return true;
  }
  return false;
}

// The words that the expression's first group finds.
std::set<std::string> FindAll(const std::string& text, const std::string& expression) {
  const std::regex pattern(expression);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

bool IsKnown(const std::string& word, const std::string& citing) {
  // A form, not a file: NNNN_what_it_adds.sql.
  if (absl::StrContains(word, "NNNN") || absl::StrContains(word, "XXX")) return true;
  if (Exists(word) || Exists((fs::path(citing).parent_path() / word).lexically_normal())) {
    return true;
  }
  if (absl::StrContains(word, "*")) return Exists(absl::StrCat("*", word));
  if (!absl::StrContains(word, "/") && HasBaseName(word)) return true;
  // A header of another project, by the table of names in docs/architecture.md.
  static const auto& others =
      *new std::set<std::string>(FindAll(SourceText("docs/architecture.md"), "`([A-Za-z+]+/)`"));
  const std::string folder = word.substr(0, word.find('/'));
  const bool is_ours = std::count(Folders().begin(), Folders().end(), folder) > 0;
  return (!is_ours && others.contains(folder + "/")) || IsIncludedSomewhere(word);
}

TEST(DocsTest, FilesThatCommentsAndDocumentsNameExist) {
  size_t checked = 0;
  for (const std::string& file : Files()) {
    const std::optional<std::string> mark = CommentMark(file);
    if (!mark || file == "CHANGELOG.md") continue;  // which tells of what is no more
    for (const std::string& word : PathWords(Prose(file, *mark))) {
      if (!IsCitation(word)) continue;
      ++checked;
      EXPECT_TRUE(IsKnown(word, file)) << file << " names " << word << ", which does not exist";
    }
  }
  EXPECT_GT(checked, 100u);
}

// As GitHub makes them of headings.
std::set<std::string> Anchors(const std::string& document) {
  std::set<std::string> anchors;
  for (const absl::string_view line : absl::StrSplit(document, '\n')) {
    if (!absl::StartsWith(line, "#")) continue;
    std::string anchor;
    for (const char c : absl::StripAsciiWhitespace(line.substr(line.find(' ')))) {
      if (c == ' ') anchor += '-';
      if (c == '-' || c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c)) || c < 0) {
        anchor += absl::ascii_tolower(static_cast<unsigned char>(c));
      }
    }
    anchors.insert(anchor);
  }
  return anchors;
}

TEST(DocsTest, RelativeLinksLeadSomewhere) {
  const std::regex link(R"(\]\(([^)\s]+)\))");
  for (const std::string& file : Files()) {
    if (!absl::EndsWith(file, ".md")) continue;
    const std::string text = SourceText(file);
    for (std::sregex_iterator found(text.begin(), text.end(), link), end; found != end; ++found) {
      const std::string target = (*found)[1];
      if (absl::StrContains(target, "://") || absl::StartsWith(target, "mailto:")) continue;
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(target, absl::MaxSplits('#', 1));
      const std::string path =
          parts.first.empty()
              ? file
              : (fs::path(file).parent_path() / parts.first).lexically_normal().string();
      ASSERT_TRUE(fs::exists(fs::path(POWERDOWN_SOURCE_DIR) / path)) << file << ": " << target;
      if (parts.second.empty()) continue;
      EXPECT_TRUE(Anchors(SourceText(path)).contains(parts.second)) << file << ": " << target;
    }
  }
}

TEST(DocsTest, TheReadmeIsShort) {
  const std::string text = SourceText("README.md");
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 120);
}

TEST(DocsTest, TheDatabasePageHasTheTablesOfTheMigrations) {
  std::set<std::string> tables;
  for (const std::string& file : Files()) {
    if (!absl::StartsWith(file, "migrations/") || !absl::EndsWith(file, ".sql")) continue;
    const std::string sql = SourceText(file);
    tables.merge(FindAll(sql, R"(CREATE TABLE (?:IF NOT EXISTS )?(\w+))"));
    for (const std::string& gone : FindAll(sql, R"(DROP TABLE (\w+))")) tables.erase(gone);
    for (const std::string& old : FindAll(sql, R"(ALTER TABLE (\w+) RENAME TO)")) tables.erase(old);
    tables.merge(FindAll(sql, R"(RENAME TO (\w+))"));
  }
  EXPECT_EQ(FindAll(SourceText("docs/database.md"), R"(\n\| `(\w+)` \|)"), tables);
}

// What the example says is in what the program makes of it; a number may be written otherwise.
bool Holds(const Json& made, const Json& example) {
  if (example.is_object()) {
    return made.is_object() &&
           std::all_of(example.items().begin(), example.items().end(), [&](const auto& entry) {
             return made.contains(entry.key()) && Holds(made.at(entry.key()), entry.value());
           });
  }
  if (!example.is_array()) return made == example;
  if (!made.is_array() || made.size() != example.size()) return false;
  for (size_t i = 0; i < example.size(); ++i) {
    if (!Holds(made[i], example[i])) return false;
  }
  return true;
}

TEST(DocsTest, TheProtocolPageHasAnExampleOfEveryWorkerLine) {
  std::set<size_t> commands;
  std::set<size_t> lines;
  for (const std::string& text : SourceLines("docs/worker-protocol.md")) {
    if (!absl::StartsWith(text, "{")) continue;
    std::string made;
    if (absl::StartsWith(text, "{\"command\"")) {
      const absl::StatusOr<WorkerCommand> command = ParseCommand(text);
      ASSERT_TRUE(command.ok()) << command.status();
      commands.insert(command->index());
      made = FormatCommand(*command);
    } else {
      const absl::StatusOr<WorkerLine> line = ParseLine(text);
      ASSERT_TRUE(line.ok()) << line.status();
      lines.insert(line->index());
      made = FormatLine(*line);
    }
    EXPECT_TRUE(Holds(Json::parse(made), Json::parse(text))) << text << "\nis read as\n" << made;
  }
  EXPECT_EQ(commands.size(), std::variant_size_v<WorkerCommand>);
  EXPECT_EQ(lines.size(), std::variant_size_v<WorkerLine>);
}

std::string TextOfAll(const std::vector<std::string>& folders,
                      const std::set<std::string>& extensions) {
  std::string text;
  for (const std::string& file : Files()) {
    const bool is_there =
        std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
          return absl::StartsWith(file, absl::StrCat(folder, "/"));
        });
    if (is_there && extensions.contains(fs::path(file).extension())) {
      absl::StrAppend(&text, SourceText(file), "\n");
    }
  }
  return text;
}

// Of "powerdown run list|show …" the command and its verbs, as far as they are words.
std::set<std::string> CommandWords(absl::string_view line) {
  std::set<std::string> words;
  const std::vector<std::string> parts = absl::StrSplit(line, ' ');
  for (size_t i = 1; i < std::min<size_t>(parts.size(), 3); ++i) {
    const std::vector<std::string> verbs = absl::StrSplit(parts[i], '|');
    for (const std::string& verb : verbs) {
      if (verb.empty() || !std::all_of(verb.begin(), verb.end(), absl::ascii_islower)) return words;
      words.insert(verb);
    }
  }
  return words;
}

TEST(DocsTest, TheInterfacePageNamesCommandsThatExist) {
  const std::string cli = TextOfAll({"client/cli"}, {".cc", ".h"});
  size_t checked = 0;
  for (const std::string& line : SourceLines("docs/interface.md")) {
    if (!absl::StartsWith(line, "powerdown ")) continue;
    for (const std::string& word : CommandWords(line)) {
      ++checked;
      EXPECT_TRUE(absl::StrContains(cli, absl::StrCat("\"", word, "\"")))
          << line << ": no command " << word;
    }
  }
  EXPECT_GT(checked, 40u);
}

TEST(DocsTest, TheInterfacePageHasEveryNameOfTheEnums) {
  std::set<std::string> names;
  names.insert(std::begin(NamesOf<EventKind>::kNames), std::end(NamesOf<EventKind>::kNames));
  names.insert(std::begin(NamesOf<StopReason>::kNames), std::end(NamesOf<StopReason>::kNames));
  names.insert(std::begin(NamesOf<StopMode>::kNames), std::end(NamesOf<StopMode>::kNames));
  names.insert(std::begin(NamesOf<AttemptOutcome>::kNames),
               std::end(NamesOf<AttemptOutcome>::kNames));
  names.erase("");
  const std::string page = SourceText("docs/interface.md");
  for (const std::string& name : names) {
    EXPECT_TRUE(absl::StrContains(page, absl::StrCat("`", name, "`"))) << name;
  }
}

TEST(DocsTest, TheInterfacePageHasEveryRpc) {
  std::set<std::string> rpcs;
  for (const std::string& file : Files()) {
    if (!absl::EndsWith(file, ".proto")) continue;
    const std::string text = SourceText(file);
    std::string service;
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      const std::vector<absl::string_view> words =
          absl::StrSplit(line, absl::ByAnyChar(" ({"), absl::SkipEmpty());
      if (words.size() > 1 && words[0] == "service") service = std::string(words[1]);
      if (words.size() > 1 && words[0] == "rpc") rpcs.insert(absl::StrCat(service, " ", words[1]));
    }
  }
  std::set<std::string> documented;
  for (const std::string& line : SourceLines("docs/interface.md")) {
    const std::vector<absl::string_view> cells = absl::StrSplit(line, '|');
    if (cells.size() != 4 || !absl::StrContains(cells[1], "Service`")) continue;
    const std::string service(absl::StripAsciiWhitespace(cells[1]));
    for (const absl::string_view rpc : absl::StrSplit(cells[2], ' ', absl::SkipEmpty())) {
      documented.insert(absl::StrCat(service.substr(1, service.size() - 2), " ", rpc));
    }
  }
  rpcs.erase("Health Check");  // gRPC's own
  rpcs.erase("Health Watch");
  EXPECT_EQ(documented, rpcs);
}

// "--max-running" is `max-running` in a table of flags, `max_running` in one of a spec's fields.
TEST(DocsTest, FlagsThatDocumentsNameExist) {
  const std::string code =
      absl::StrCat(TextOfAll({"client", "server", "common"}, {".cc", ".h", ".inc"}),
                   TextOfAll({"tests", "deploy"}, {"", ".py", ".cc"}));
  for (const std::string& file : Files()) {
    if (!absl::EndsWith(file, ".md") || file == "CHANGELOG.md") continue;
    for (const std::string& flag : FindAll(SourceText(file), "[ `(\\[|]--([a-z][a-z-]+[a-z])")) {
      std::string field = flag;
      std::replace(field.begin(), field.end(), '-', '_');
      const bool is_there = absl::StrContains(code, absl::StrCat("--", flag)) ||
                            absl::StrContains(code, absl::StrCat("\"", flag, "\"")) ||
                            absl::StrContains(code, absl::StrCat("\"", field, "\""));
      // Flags of cmake, ctest, docker and powermetrics, which the documents show in use.
      const std::set<std::string> others = {"build",   "preset", "target", "install",
                                            "prefix",  "gpus",   "now",    "output-on-failure",
                                            "samplers"};
      EXPECT_TRUE(is_there || others.contains(flag)) << file << " names --" << flag;
    }
  }
}

}  // namespace
}  // namespace powerdown
