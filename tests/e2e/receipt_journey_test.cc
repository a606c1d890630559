// From a training to a receipt that somebody else checks, with the real programs.
#include <gmock/gmock.h>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ReceiptJourneyTest : public ::testing::Test {
 protected:
  CommandResult Cli(const DaemonProcess& daemon, const std::vector<std::string>& words,
                    int exit_code = 0) {
    CommandResult result = daemon.Cli(words);
    EXPECT_EQ(result.exit_code, exit_code) << words[0] << ": " << result.errors;
    return result;
  }

  TemporaryFolder folder_;
  DaemonProcess daemon_{folder_.path()};
};

TEST_F(ReceiptJourneyTest, ASecondDaemonTrainsTheReceiptsSpecToTheSameBits) {
  Cli(daemon_, {"run", "submit", "--wait", "--seed", "2"});
  const std::string file = folder_.path() + "/run.json";
  Cli(daemon_, {"receipt", "last", "--file", file});
  const Json server = Json::parse(Cli(daemon_, {"server", "info", "-o", "json"}).output);
  const std::string key = server.at("receipt_key");

  TemporaryFolder elsewhere;
  DaemonProcess other(elsewhere.path());
  const CommandResult verified = Cli(other, {"verify", file, "--key", key, "--retrain"});
  EXPECT_THAT(verified.output, AllOf(HasSubstr("valid"), HasSubstr("grokked"), HasSubstr("✓ stop"),
                                     HasSubstr("the same bits")));
  const Json other_server = Json::parse(Cli(other, {"server", "info", "-o", "json"}).output);
  const std::string other_key = other_server.at("receipt_key");
  EXPECT_NE(other_key, key);
  EXPECT_THAT(Cli(other, {"verify", file, "--key", other_key}, 1).errors, HasSubstr("not by"));
}

TEST_F(ReceiptJourneyTest, AChangedReceiptAndARunThatGoesOnAreRefused) {
  const std::string run_id =
      Json::parse(Cli(daemon_, {"run", "submit", "--task", "random-labels", "--modulus", "23",
                                "--max-steps", "40", "-o", "json", "--wait"})
                      .output)
          .at("run_id");
  const std::string file = folder_.path() + "/run.json";
  Cli(daemon_, {"receipt", run_id, "--file", file});
  const Json verdict = Json::parse(Cli(daemon_, {"verify", file, "-o", "json"}).output);
  EXPECT_EQ(verdict.at("run").at("run_id"), run_id);
  std::string text = FileText(file);
  const size_t at = text.find("\"seed\": 0");
  ASSERT_NE(at, std::string::npos) << text;
  text[at + 8] = '1';
  std::ofstream(file) << text;
  EXPECT_THAT(Cli(daemon_, {"verify", file}, 1).errors, HasSubstr("changed after it was signed"));
  Cli(daemon_, {"verify", "/dev/null"}, 2);
  Cli(daemon_, {"verify", folder_.path() + "/none.json"}, 3);
  Cli(daemon_, {"receipt", "r999999"}, 3);
  Cli(daemon_,
      {"run", "submit", "--task", "random-labels", "--modulus", "23", "--max-steps", "5000000"});
  EXPECT_THAT(Cli(daemon_, {"receipt", "last"}, 1).errors, HasSubstr("has ended"));
}

}  // namespace
}  // namespace powerdown
