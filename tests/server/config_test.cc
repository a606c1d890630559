#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

const Environment kHome = {{"HOME", "/home/ada"}};

std::string ErrorOf(const std::vector<std::string>& arguments, const Environment& environment) {
  const absl::Status status = ReadConfig(arguments, environment).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
  return std::string(status.message());
}

TEST(ConfigTest, DefaultsNeedOnlyAHome) {
  const auto config = ReadConfig({}, kHome);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->daemon.state_dir, "/home/ada/.local/state/powerdown");
  EXPECT_EQ(config->daemon.listen_address, "");
  EXPECT_EQ(config->daemon.idle_exit, absl::InfiniteDuration());
  EXPECT_TRUE(config->daemon.factors.is_default());
  EXPECT_FALSE(config->daemon.factors.price.source.empty());
}

TEST(ConfigTest, StateFollowsXdg) {
  EXPECT_EQ(ReadConfig({}, {{"HOME", "/h"}, {"XDG_STATE_HOME", "/x"}})->daemon.state_dir,
            "/x/powerdown");
  EXPECT_THAT(ErrorOf({}, {}), HasSubstr("--state-dir"));
}

TEST(ConfigTest, EveryFlagIsRead) {
  const auto config = ReadConfig({"--state-dir",
                                  "/s",
                                  "--socket=/run/p.sock",
                                  "--listen",
                                  "127.0.0.1:0",
                                  "--sysfs-root",
                                  "/fake/sys",
                                  "--procfs-root",
                                  "/fake/proc",
                                  "--worker",
                                  "/bin/worker",
                                  "--max-running",
                                  "3",
                                  "--max-running-per-user",
                                  "2",
                                  "--max-queued-per-user",
                                  "40",
                                  "--idle-exit",
                                  "600",
                                  "--rated-cpu-watts",
                                  "65",
                                  "--carbon-region",
                                  "DE",
                                  "--pue",
                                  "1.2"},
                                 {});
  ASSERT_TRUE(config.ok()) << config.status();
  const DaemonOptions& daemon = config->daemon;
  EXPECT_EQ(daemon.socket_path, "/run/p.sock");
  EXPECT_EQ(daemon.sysfs_root + daemon.procfs_root, "/fake/sys/fake/proc");
  EXPECT_EQ(daemon.worker_program, "/bin/worker");
  EXPECT_EQ(daemon.max_running, 3);
  EXPECT_EQ(daemon.max_running_per_user, 2);
  EXPECT_EQ(daemon.max_queued_per_user, 40);
  EXPECT_EQ(daemon.idle_exit, absl::Minutes(10));
  EXPECT_EQ(daemon.rated_cpu_watts, 65);
  EXPECT_EQ(daemon.factors.carbon.region, "de");
  EXPECT_EQ(daemon.factors.pue, 1.2);
}

TEST(ConfigTest, FlagWinsOverVariableWinsOverFileWinsOverDefault) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/p.toml")
      << "max_running = 1\nlisten = \"127.0.0.1:1\"\npue = 1.5\n";
  const Environment environment = {{"HOME", "/h"},
                                   {"POWERDOWN_CONFIG", folder.path() + "/p.toml"},
                                   {"POWERDOWN_MAX_RUNNING", "2"},
                                   {"POWERDOWN_LISTEN", "127.0.0.1:2"}};
  const auto config = ReadConfig({"--max-running", "3"}, environment);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->daemon.max_running, 3);
  EXPECT_EQ(config->daemon.listen_address, "127.0.0.1:2");
  EXPECT_EQ(config->daemon.factors.pue, 1.5);
  EXPECT_EQ(config->daemon.rated_cpu_watts, 0);
}

TEST(ConfigTest, FileBelowXdgConfigIsReadWhenThereIsOne) {
  const TemporaryFolder folder;
  const Environment environment = {{"HOME", "/h"}, {"XDG_CONFIG_HOME", folder.path()}};
  EXPECT_TRUE(ReadConfig({}, environment).ok());
  std::filesystem::create_directory(folder.path() + "/powerdown");
  std::ofstream(folder.path() + "/powerdown/daemon.toml") << "idle_exit = 5\n";
  EXPECT_EQ(ReadConfig({}, environment)->daemon.idle_exit, absl::Seconds(5));
}

TEST(ConfigTest, ACurrencyWithoutAPriceIsAnError) {
  const auto config = ReadConfig({"--price-currency", "jpy"}, kHome);
  EXPECT_EQ(config.status().message(),
            "--price-currency: no price is set in JPY, and the default is in USD; set "
            "--price-per-kwh as well");
  EXPECT_TRUE(ReadConfig({"--price-currency", "usd"}, kHome).ok());
}

TEST(ConfigTest, PriceIsNoLongerTheDefault) {
  const auto config = ReadConfig({"--price-per-kwh", "0.31", "--price-currency", "eur"}, kHome);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->daemon.factors.price.per_kwh, 0.31);
  EXPECT_EQ(config->daemon.factors.price.currency, "EUR");
  EXPECT_FALSE(config->daemon.factors.price.is_default);
}

TEST(ConfigTest, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(ErrorOf({"--nope"}, kHome), HasSubstr("unknown argument --nope"));
  EXPECT_THAT(ErrorOf({"stray"}, kHome), HasSubstr("unknown argument stray"));
  EXPECT_THAT(ErrorOf({"--listen"}, kHome), HasSubstr("--listen needs a value"));
  EXPECT_THAT(ErrorOf({"--max-running", "-1"}, kHome), HasSubstr("--max-running: value is -1"));
  EXPECT_THAT(ErrorOf({"--idle-exit", "soon"}, kHome), HasSubstr("--idle-exit: value is soon"));
  EXPECT_THAT(ErrorOf({"--pue", "nan"}, kHome), HasSubstr("--pue"));
  EXPECT_THAT(ErrorOf({}, {{"HOME", "/h"}, {"POWERDOWN_PUE", "0.5"}}),
              HasSubstr("POWERDOWN_PUE: value is 0.5"));
  EXPECT_THAT(ErrorOf({"--config", "/nonexistent.toml"}, kHome), HasSubstr("/nonexistent.toml"));
}

TEST(ConfigTest, MistakesInTheFileAreNamedWithTheirPlace) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/p.toml";
  std::ofstream(file) << "colour = 1\n";
  EXPECT_THAT(ErrorOf({"--config", file}, kHome), HasSubstr("p.toml: unknown setting colour"));
  std::ofstream(file) << "pue = 0\n";
  EXPECT_THAT(ErrorOf({"--config", file}, kHome), HasSubstr("p.toml: pue: value is 0"));
  std::ofstream(file) << "pue = \n";
  EXPECT_THAT(ErrorOf({"--config", file}, kHome), HasSubstr("p.toml:1"));
}

TEST(ConfigTest, HelpNamesEveryFlag) {
  EXPECT_TRUE(ReadConfig({"--help"}, {})->asks_for_help);
  EXPECT_TRUE(ReadConfig({"--version"}, {})->asks_for_version);
  for (const char* flag : {"--state-dir", "--listen", "--socket", "--config", "--sysfs-root",
                           "--procfs-root", "--worker", "--max-running", "--idle-exit",
                           "--rated-cpu-watts", "--carbon-region", "--version"}) {
    EXPECT_THAT(ConfigHelp(), HasSubstr(flag));
  }
}

}  // namespace
}  // namespace powerdown
