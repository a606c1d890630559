// What hangs outside of the daemon keeps nobody waiting, and does not keep it from ending: each of
// these stopped it for ever (issue 17).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/json.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr double kLongestStop = 12;   // seconds, of SIGTERM, whatever hangs
constexpr double kLongestAnswer = 5;  // of a read; most of it is this loaded machine
constexpr int kStoppedInOrder = 0;
constexpr int kStopTimedOut = 70;

class StopJourneyTest : public ::testing::Test {
 protected:
  ~StopJourneyTest() override {
    for (const char* name : {"SCRIPTED_NVML", "LD_PRELOAD", "HANGING_DISK"}) unsetenv(name);
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  void WriteScript(const std::string& more) const {
    const std::string text =
        "count 1\nuuid0 GPU-a\nname0 NVIDIA RTX A4000\ninstant_mw0 37000\n"
        "limit_mw0 140000\nutilization0 0\ncontexts0 0\n" +
        more;
    std::ofstream(Path("next")) << text;
    std::filesystem::rename(Path("next"), Path("nvml"));
  }
  // A worker that neither reads nor ends.
  std::string DeafWorker() const {
    const std::string file = Path("worker");
    std::ofstream(file) << "#!/bin/sh\necho > " << Path("worker-begun") << "\nexec sleep 1000\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }
  static void AwaitFile(const std::string& file) {
    while (!std::filesystem::exists(file)) std::this_thread::yield();
  }
  static double SecondsSince(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  double AnswerSeconds(const DaemonProcess& daemon, const std::vector<std::string>& arguments) {
    const auto begin = std::chrono::steady_clock::now();
    const CommandResult result = daemon.Cli(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors << daemon.errors();
    return SecondsSince(begin);
  }
  // Seconds until it ended, as which its exit code is expected.
  double Stop(DaemonProcess& daemon, int exit_code) {
    const auto begin = std::chrono::steady_clock::now();
    daemon.process().Signal(SIGTERM);
    EXPECT_EQ(daemon.process().Wait(), exit_code) << daemon.errors();
    const double seconds = SecondsSince(begin);
    RecordProperty("stop_seconds", std::to_string(seconds));
    return seconds;
  }

  TemporaryFolder folder_;
};

TEST_F(StopJourneyTest, ADriverAndANoticeCommandThatHang) {
  setenv("SCRIPTED_NVML", Path("nvml").c_str(), 1);
  WriteScript("");
  DaemonProcess daemon(
      folder_.path(),
      {"--sysfs-root", Path("nothing"), "--nvml-library", Program("../lib/libscripted_nvml.so"),
       "--notify-idle", "0", "--notify-command", "echo > " + Path("told") + "; exec sleep 1000"});
  ASSERT_FALSE(daemon.serving_line().empty()) << daemon.errors();
  WriteScript("hang_instant 1\n");
  AwaitFile(Path("told"));
  std::string meters;
  while (meters.find("the NVIDIA driver has not answered for 1s") == std::string::npos) {
    meters = daemon.Cli({"power", "meters", "--output", "json"}).output;
  }
  EXPECT_LT(AnswerSeconds(daemon, {"run", "list"}), kLongestAnswer);
  EXPECT_LT(Stop(daemon, kStoppedInOrder), kLongestStop);
}

TEST_F(StopJourneyTest, ADriverThatHangsFromTheBeginning) {
  setenv("SCRIPTED_NVML", Path("nvml").c_str(), 1);
  WriteScript("hang_init 1\n");
  DaemonProcess daemon(folder_.path(), {"--sysfs-root", Path("nothing"), "--nvml-library",
                                        Program("../lib/libscripted_nvml.so")});
  ASSERT_FALSE(daemon.serving_line().empty()) << daemon.errors();
  EXPECT_THAT(daemon.Cli({"power", "meters", "--output", "json"}).output,
              HasSubstr("the NVIDIA driver has not answered for 10s"));
  EXPECT_LT(Stop(daemon, kStoppedInOrder), kLongestStop);
}

TEST_F(StopJourneyTest, AWorkerThatHeedsNothingAndAWatcherThatDoesNotRead) {
  DaemonProcess daemon(folder_.path(), {"--worker", DeafWorker()});
  const CommandResult submitted = daemon.Cli({"run", "submit", "--output", "json"});
  ASSERT_EQ(submitted.exit_code, 0) << submitted.errors << daemon.errors();
  AwaitFile(Path("worker-begun"));
  const std::string run_id = Json::parse(submitted.output).at("run_id");
  const auto watcher = daemon.StartCli({"run", "watch", run_id, "--output", "jsonl"});
  ASSERT_TRUE(watcher->ReadLine(10).has_value());
  watcher->Signal(SIGSTOP);
  EXPECT_LT(Stop(daemon, kStoppedInOrder), kLongestStop);
  watcher->Signal(SIGCONT);
}

TEST_F(StopJourneyTest, ADiskThatHangs) {
  setenv("LD_PRELOAD", Program("../lib/libhanging_disk.so").c_str(), 1);
  setenv("HANGING_DISK", Path("hang").c_str(), 1);
  setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0);  // of a build under it
  DaemonProcess daemon(folder_.path(), {"--worker", DeafWorker()});
  ASSERT_FALSE(daemon.serving_line().empty()) << daemon.errors();
  std::ofstream(Path("hang")) << "";
  const auto stuck = daemon.StartCli({"run", "submit"});
  CommandResult refused;
  while (refused.exit_code == 0) refused = daemon.Cli({"run", "submit", "--dry-run"});
  EXPECT_THAT(refused.errors, HasSubstr("nothing was changed, try again"));
  EXPECT_LT(AnswerSeconds(daemon, {"run", "list"}), kLongestAnswer);
  EXPECT_LT(Stop(daemon, kStopTimedOut), kLongestStop);
  EXPECT_THAT(daemon.errors(), HasSubstr("did not stop within 11.5s: it still waits for"));
  stuck->Signal(SIGKILL);
}

}  // namespace
}  // namespace powerdown
