// What the command line does to several runs, to its own configuration, and to pages of reports,
// with the real programs.
#include <gmock/gmock.h>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class VerbsJourneyTest : public ::testing::Test {
 protected:
  CommandResult Cli(const std::vector<std::string>& words, int exit_code = 0) {
    CommandResult result = daemon_.Cli(words);
    EXPECT_EQ(result.exit_code, exit_code) << words[0] << " " << words[1] << ": " << result.errors;
    return result;
  }
  Json CliJson(std::vector<std::string> words) {
    words.insert(words.end(), {"-o", "json"});
    return Json::parse(Cli(words).output, nullptr, false);
  }
  // Never groks, and goes on for as long as a test needs.
  void SubmitEndless(const std::string& tag) {
    Cli({"run", "submit", "--task", "random-labels", "--modulus", "23", "--max-steps", "5000000",
         "--tag", tag});
  }

  TemporaryFolder folder_;
  DaemonProcess daemon_{folder_.path()};
};

TEST_F(VerbsJourneyTest, RunsOfATagAreCancelledWaitedForAndDeletedTogether) {
  SubmitEndless("night");
  SubmitEndless("night");
  SubmitEndless("day");
  EXPECT_THAT(Cli({"run", "cancel", "--tag", "night"}, 2).errors, HasSubstr("needs --yes"));
  Cli({"run", "cancel"}, 2);
  Cli({"run", "cancel", "3", "--tag", "night"}, 2);
  EXPECT_EQ(CliJson({"run", "list", "--state", "cancelled"}).size(), 0u);
  Cli({"run", "cancel", "--tag", "night", "--yes"});
  EXPECT_THAT(Cli({"run", "wait", "night"}, 6).errors, HasSubstr("cancelled by its user"));
  EXPECT_THAT(Cli({"run", "delete", "1", "--no-input"}, 2).errors, HasSubstr("needs --yes"));
  // What goes on is not deleted by a filter that has it too.
  Cli({"run", "delete", "--filter", "task = \"random-labels\"", "--yes"});
  const Json left = CliJson({"run", "list"});
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.at(0).at("tags").at(0), "day");
  EXPECT_THAT(Cli({"run", "delete", "--tag", "night", "--yes"}).errors,
              HasSubstr("no run is chosen"));
  Cli({"run", "cancel", "last"});
  EXPECT_THAT(Cli({"run", "retry", "last"}, 1).errors, HasSubstr("run clone"));
  Cli({"run", "wait", "nothing-is-called-so"}, 3);
}

TEST_F(VerbsJourneyTest, ACloneDiffersInWhatWasAskedForOnly) {
  SubmitEndless("first");
  const Json clone = CliJson({"run", "clone", "1", "--seed", "7", "--name", "again"});
  EXPECT_EQ(clone.at("name"), "again");
  EXPECT_EQ(clone.at("tags").at(0), "first");
  const Json diff = CliJson({"run", "diff", "1", "2"});
  EXPECT_EQ(diff.at("spec"), Json({{"seed", {"0", "7"}}}));
  EXPECT_THAT(Cli({"run", "diff", "1"}, 2).errors, HasSubstr("two runs"));
  Cli({"run", "clone", "1", "--modulus", "0"}, 2);
}

TEST_F(VerbsJourneyTest, AConfiguredServerStandsInUntilOneIsNamed) {
  std::map<std::string, std::string> environment = daemon_.Environment();
  environment["POWERDOWN_SERVER"] = "";
  const auto without_variable = [&](std::vector<std::string> words) {
    words.insert(words.begin(), Program("powerdown"));
    ChildProcess cli(words, environment, folder_.path() + "/errors");
    const std::string output = cli.ReadAll();
    return std::pair(cli.Wait(), output);
  };
  EXPECT_EQ(without_variable({"server", "use", daemon_.address()}).first, 0);
  EXPECT_EQ(without_variable({"config", "get", "server"}).second, daemon_.address() + "\n");
  EXPECT_THAT(without_variable({"server", "info", "-o", "json"}).second,
              HasSubstr(daemon_.state_dir()));
  EXPECT_EQ(without_variable({"server", "use", "unix:/nothing/here.sock"}).first, 0);
  EXPECT_EQ(without_variable({"server", "info"}).first, 5);
  EXPECT_EQ(without_variable({"--server", daemon_.address(), "server", "info"}).first, 0);
  EXPECT_THAT(Cli({"config", "set", "output", "xml"}, 2).errors, HasSubstr("table, json"));
  Cli({"config", "set", "output", "json"});
  EXPECT_THAT(Cli({"version", "--quiet"}).output, HasSubstr("\"version\""));
}

TEST_F(VerbsJourneyTest, APageOfAComparisonStandsAlone) {
  Cli({"compare"});
  EXPECT_THAT(Cli({"compare", "list"}).output, AllOf(HasSubstr("stopped early"), HasSubstr("%")));
  const std::string file = folder_.path() + "/page.html";
  Cli({"report", "last", "--html", file});
  const std::string page = FileText(file);
  for (const char* told : {"Saved ", "Projected, not measured", "How it learned", "memorised, step",
                           "Forecast against actual", "Hashes"}) {
    EXPECT_THAT(page, HasSubstr(told)) << told;
  }
  for (const char* outside : {"http:", "https:", "<script", "src=", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  }
  Cli({"report", "state = \"finished\"", "--html", file});
  EXPECT_THAT(FileText(file), HasSubstr("1 run used"));
  EXPECT_THAT(Cli({"report", "--html", "/nothing/here.html"}, 1).errors, HasSubstr("/nothing"));
}

}  // namespace
}  // namespace powerdown
