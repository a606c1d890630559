#include "client/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "client/cli/command_table.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

// A shell with the script loaded. What a program `powerdown` would print is in place of it: a run
// that somebody has given a hostile name, and the words that it was called with.
class ShellTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    shell_ = std::string("/usr/bin/") + GetParam();
    if (!std::filesystem::exists(shell_)) GTEST_SKIP() << GetParam() << " is not installed";
    std::ofstream(folder_.path() + "/script") << *CompletionScript(GetParam(), Commands());
    const std::string program = folder_.path() + "/powerdown";
    std::ofstream(program) << "#!/bin/sh\necho \"$@\" > " << folder_.path()
                           << "/called\nprintf '128\\tgrokked\\n$(touch " << folder_.path()
                           << "/harmed)\\tx\\n127\\tfailed\\n'\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    std::ofstream(folder_.path() + "/run1.toml") << "";
  }
  // What is offered for the last of these words.
  std::vector<std::string> Offered(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    for (std::istringstream all(line); all >> word;) words.push_back(word);
    if (line.ends_with(" ")) words.push_back("");
    ChildProcess child({shell_, "-c", TextFor(line, words)},
                       {{"PATH", folder_.path() + ":/usr/bin:/bin"}, {"HOME", folder_.path()}},
                       folder_.path() + "/errors");
    std::vector<std::string> offered;
    while (auto one = child.ReadLine()) offered.push_back(one->substr(0, one->find('\t')));
    EXPECT_EQ(FileText(folder_.path() + "/errors"), "") << line;
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/harmed")) << line;
    return offered;
  }
  std::string Called() const { return FileText(folder_.path() + "/called"); }

 private:
  std::string TextFor(const std::string& line, const std::vector<std::string>& words) const {
    const std::string script = folder_.path() + "/script";
    if (shell_.ends_with("fish")) {
      return "cd " + folder_.path() + "; source " + script + "; complete -C '" + line + "'";
    }
    std::string text = "cd " + folder_.path() + "; ";
    if (shell_.ends_with("zsh")) {
      text += "autoload -U +X compinit && compinit -D; ";
    }
    text += "source " + script + "; ";
    if (shell_.ends_with("zsh")) text += "emulate sh; setopt kshglob; ";
    text += "COMP_WORDS=(";
    for (const std::string& word : words) text += "'" + word + "' ";
    text += "); COMP_CWORD=" + std::to_string(words.size() - 1) + "; _powerdown; ";
    return text + "for one in \"${COMPREPLY[@]}\"; do echo \"$one\"; done";
  }

  std::string shell_;
  TemporaryFolder folder_;
};

TEST_P(ShellTest, CommandsAndFlagsAreOffered) {
  EXPECT_THAT(Offered("powerdown run su"), ElementsAre("submit"));
  EXPECT_THAT(Offered("powerdown run submit --weight-d"), Contains("--weight-decay"));
  EXPECT_THAT(Offered("powerdown run submit --outp"), Contains("--output"));
  EXPECT_THAT(Offered("powerdown run "), Not(Contains("pair")));
}

TEST_P(ShellTest, RunsComeFromTheServerThatWasNamed) {
  EXPECT_THAT(Offered("powerdown --server box run show 12"), IsSupersetOf({"128", "127"}));
  EXPECT_THAT(Called(), HasSubstr("--server box --timeout 2 completion --values runs"));
  Offered("powerdown run cancel --tag ");
  EXPECT_THAT(Called(), HasSubstr("completion --values tags"));
  Offered("powerdown server use ");
  EXPECT_THAT(Called(), HasSubstr("completion --values servers"));
}

TEST_P(ShellTest, TasksStatesAndFormatsAreKnown) {
  EXPECT_THAT(Offered("powerdown run submit --task mul"), Contains("multiplication"));
  EXPECT_THAT(Offered("powerdown run list --state fi"), Contains("finished"));
  EXPECT_THAT(Offered("powerdown run list --output js"), IsSupersetOf({"json", "jsonl"}));
  EXPECT_THAT(Offered("powerdown run submit --seed "), Not(Contains("128")));
}

TEST_P(ShellTest, FilesAreOfferedWhereOneIsNamed) {
  EXPECT_THAT(Offered("powerdown run submit --spec ru"), Contains("run1.toml"));
  EXPECT_THAT(Offered("powerdown run show ru"), Not(Contains("run1.toml")));
}

INSTANTIATE_TEST_SUITE_P(Shells, ShellTest, ::testing::Values("bash", "zsh", "fish"));

TEST(CompletionTest, UnknownShellIsRefusedWithTheKnownOnes) {
  const auto script = CompletionScript("bahs", Commands());
  EXPECT_TRUE(absl::IsInvalidArgument(script.status()));
  EXPECT_THAT(std::string(script.status().message()), HasSubstr("did you mean \"bash\"?"));
}

}  // namespace
}  // namespace powerdown
