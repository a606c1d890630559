// The box as a whole: diagnosis, backup and restore, logs, and the fleet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class AdminJourneyTest : public ::testing::Test {
 protected:
  Json CliJson(std::vector<std::string> arguments, int exit_code = 0) {
    arguments.insert(arguments.end(), {"--output", "json"});
    const CommandResult result = daemon_.Cli(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.errors << daemon_.errors();
    return Json::parse(result.output, nullptr, false);
  }
  Json CheckOf(const std::string& name, int exit_code) {
    for (const Json& check : CliJson({"server", "doctor"}, exit_code)) {
      if (check.at("check") == name) return check;
    }
    return {};
  }

  TemporaryFolder folder_;
  DaemonProcess daemon_{folder_.path()};
};

TEST_F(AdminJourneyTest, DoctorTellsWhatIsWrongAndWhatToDo) {
  EXPECT_EQ(CheckOf("database", 0).at("status"), "ok");
  EXPECT_EQ(CheckOf("core dumps", 0).at("status"), "ok");
  chmod(daemon_.state_dir().c_str(), 0755);
  const Json open = CheckOf("state folder", 1);
  EXPECT_EQ(open.at("status"), "failed");
  EXPECT_EQ(open.at("remedy"), "chmod 700 " + daemon_.state_dir());
}

TEST_F(AdminJourneyTest, ADeletedRunComesBackWithTheBackup) {
  const std::string run_id = CliJson({"run", "submit", "--wait", "--max-steps", "20"}).at("run_id");
  const Json backup = CliJson({"server", "backup"});
  EXPECT_GE(backup.at("runs"), 1);
  CliJson({"run", "delete", run_id, "--yes"});
  EXPECT_EQ(CliJson({"server", "restore", backup.at("backup")}).at("runs"), backup.at("runs"));
  daemon_.process().Signal(SIGTERM);
  daemon_.process().Wait();
  daemon_.Start();
  EXPECT_EQ(CliJson({"run", "show", run_id}).at("steps"), 20);
}

TEST_F(AdminJourneyTest, AFleetOfAComparisonIsTheComparisonsOwn) {
  const Json comparison = CliJson({"compare", "--modulus", "23", "--max-steps", "1500"});
  ASSERT_TRUE(comparison.contains("saved")) << comparison;
  const Json fleet = CliJson({"fleet", comparison.at("comparison_id")});
  EXPECT_EQ(fleet.at("fleet"), comparison.at("fleet"));
  EXPECT_EQ(fleet.at("basis"), "measured");
  const Json projected =
      CliJson({"fleet", comparison.at("comparison_id"), "--run-energy", "50kWh"});
  const double share = projected.at("projection").at("share");
  EXPECT_NEAR(share, comparison.at("saved").at("share").get<double>(), 1e-12);
  EXPECT_EQ(projected.at("fleet")[1].at("runs_per_year"), 10);
  EXPECT_NEAR(projected.at("fleet")[1].at("kwh").get<double>(), 500 * share, 1e-9);
  for (const std::vector<std::string>& bad : {std::vector<std::string>{"--like", "bert"},
                                              {"--run-energy", "50"},
                                              {"--gpus", "8"},
                                              {"--like", "gpt-3", "--run-energy", "1kWh"}}) {
    std::vector<std::string> words = {"fleet", comparison.at("comparison_id")};
    words.insert(words.end(), bad.begin(), bad.end());
    EXPECT_EQ(daemon_.Cli(words).exit_code, 2) << bad[0];
  }
  const CommandResult nowhere = daemon_.Cli({"replay", "nofile.csv"});
  EXPECT_EQ(nowhere.exit_code, 3);
  EXPECT_THAT(nowhere.errors, HasSubstr("\"nofile.csv\" is no file here"));
  const Json own =
      CliJson({"fleet", comparison.at("usual").at("run_id"), "--runs-per-year", "1000"});
  EXPECT_EQ(own.at("fleet")[0], comparison.at("fleet")[0]);
}

TEST_F(AdminJourneyTest, WhatHasNoSavingHasNoFleet) {
  const std::string run_id = CliJson({"run", "submit", "--wait", "--max-steps", "20"}).at("run_id");
  const CommandResult none = daemon_.Cli({"fleet", run_id});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.errors, HasSubstr("has no stop"));
  EXPECT_EQ(daemon_.Cli({"fleet", "zzz"}).exit_code, 3);
  EXPECT_EQ(daemon_.Cli({"run", "logs", "zzz"}).exit_code, 3);
}

}  // namespace
}  // namespace powerdown
