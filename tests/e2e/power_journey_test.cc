// Power as users meet it: a scripted GPU, no RAPL, and a box from which nothing can be read.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "common/base/json.h"
#include "common/run/worker_lines.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

const std::vector<std::string> kShortRun = {
    "run",       "submit", "--wait",      "--max-steps", "60",       "--task", "addition",
    "--modulus", "23",     "--auto-stop", "off",         "--output", "json"};

class PowerJourneyTest : public ::testing::Test {
 protected:
  PowerJourneyTest() {
    std::ofstream(script_) << "count 1\nuuid0 GPU-a\nname0 NVIDIA RTX A4000\ninstant_mw0 37000\n"
                              "limit_mw0 140000\nutilization0 0\ncontexts0 0\n";
    setenv("SCRIPTED_NVML", script_.c_str(), 1);
    std::filesystem::create_directories(nothing_);
  }
  ~PowerJourneyTest() override { unsetenv("SCRIPTED_NVML"); }
  std::vector<std::string> WithGpu() const {
    return {"--sysfs-root", nothing_, "--nvml-library", Program("../lib/libscripted_nvml.so")};
  }
  std::vector<std::string> WithNothing() const {
    return {"--sysfs-root", nothing_,         "--procfs-root",
            nothing_,       "--nvml-library", "libno-such-nvml.so.1"};
  }
  static Json LinesOf(const std::string& text) {
    Json lines = Json::array();
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(Json::parse(line));
    return lines;
  }

  TemporaryFolder folder_;
  const std::string script_ = folder_.path() + "/nvml";
  const std::string nothing_ = folder_.path() + "/nothing";
};

TEST_F(PowerJourneyTest, EachSourceSaysWhetherItIsReadAndWhatWouldHelp) {
  DaemonProcess daemon(folder_.path(), WithGpu());
  const CommandResult result = daemon.Cli({"power", "meters", "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.errors << daemon.errors();
  std::map<std::string, Json> meters;
  for (const Json& meter : Json::parse(result.output)) meters[meter.at("source")] = meter;
  EXPECT_EQ(meters["nvml-power"].at("used"), true);
  EXPECT_EQ(meters["nvml-power"].at("device"), "gpu-GPU-a");
  EXPECT_EQ(meters["rapl"].at("used"), false);
  EXPECT_NE(meters["rapl"].at("remedy"), "");
  EXPECT_EQ(meters["estimate"].at("used"), true);
}

TEST_F(PowerJourneyTest, WatchAndCalibrateGoByWhatTheSensorSays) {
  DaemonProcess daemon(folder_.path(), WithGpu());
  const auto watch = daemon.Cli({"power", "watch", "--count", "6", "--output", "jsonl"});
  ASSERT_EQ(watch.exit_code, 0) << watch.errors << daemon.errors();
  int of_gpu = 0;
  for (const Json& sample : LinesOf(watch.output)) {
    if (sample.at("device") != "gpu-GPU-a") continue;
    ++of_gpu;
    EXPECT_DOUBLE_EQ(sample.at("power_watts"), 37);
    EXPECT_LT(sample.at("low_watts"), 37);
    EXPECT_GT(sample.at("high_watts"), 37);
  }
  EXPECT_GE(of_gpu, 2);
  const auto level =
      daemon.Cli({"power", "calibrate", "gpu-GPU-a", "--plug-watts", "40", "--output", "json"});
  ASSERT_EQ(level.exit_code, 0) << level.errors;
  EXPECT_DOUBLE_EQ(Json::parse(level.output).at("sensor_watts"), 37);
  EXPECT_EQ(daemon.Cli({"power", "calibrate", "cpu", "--plug-watts", "40"}).exit_code, 1);
}

TEST_F(PowerJourneyTest, ABoxThatTellsNothingTrainsOnAndItsEnergyIsAbsentNotZero) {
  DaemonProcess daemon(folder_.path(), WithNothing());
  const CommandResult result = daemon.Cli(kShortRun);
  ASSERT_EQ(result.exit_code, 0) << result.errors << daemon.errors();
  const Json run = Json::parse(result.output);
  EXPECT_EQ(run.at("state"), "finished");
  EXPECT_FALSE(run.contains("energy")) << run.at("energy");
}

TEST_F(PowerJourneyTest, WithoutAMeterTheEnergyIsAnEstimateThatSaysSo) {
  DaemonProcess daemon(folder_.path(), {"--sysfs-root", nothing_, "--nvml-library", "libnone.so"});
  const CommandResult result = daemon.Cli(kShortRun);
  ASSERT_EQ(result.exit_code, 0) << result.errors << daemon.errors();
  const Json energy = Json::parse(result.output).at("energy");
  EXPECT_EQ(energy.at("source"), "estimate");
  const double gross = energy.at("gross_joules");
  EXPECT_GT(gross, 0);
  EXPECT_LE(energy.at("low_joules").get<double>(), 0.6 * gross * (1 + 1e-9));
  EXPECT_GE(energy.at("high_joules").get<double>(), 1.4 * gross * (1 - 1e-9));
}

// A worker that says it trains on the GPU of the script, until it is asked to end.
class HungDriverTest : public PowerJourneyTest {
 protected:
  HungDriverTest() {
    std::ofstream(worker_)
        << "#!/bin/sh\n"
           "[ \"$1\" = --devices ] && { echo '{\"devices\":[\"cpu\",\"cuda\"]}'; exit 0; }\n"
           "read start\n"
           "echo '{\"line\":\"hello\",\"version\":"
        << kWorkerLineVersion
        << ",\"boot_id\":\"b\",\"engine\":\"none\"}'\n"
           "echo '{\"line\":\"started\",\"step\":0,\"device\":\"cuda\",\"hardware\":\"card\","
           "\"gpu_uuid\":\"GPU-a\",\"parameters\":1,\"train_pairs\":1,\"validation_pairs\":1}'\n"
           "read end\n"
           "echo '{\"line\":\"ended\",\"step\":1,\"outcome\":\"stopped\",\"reason\":\"user\"}'\n";
    std::filesystem::permissions(worker_, std::filesystem::perms::owner_all);
  }
  Json Answer(DaemonProcess& daemon, std::vector<std::string> words) {
    words.insert(words.end(), {"--output", "json"});
    const CommandResult result = daemon.Cli(words);
    EXPECT_EQ(result.exit_code, 0) << words[0] << ": " << result.errors << daemon.errors();
    return result.exit_code == 0 ? Json::parse(result.output) : Json();
  }
  // Asks until it is so.
  void Await(DaemonProcess& daemon, const std::vector<std::string>& words, const std::string& key,
             const std::string& value) {
    while (!HasFailure() && Answer(daemon, words).value(key, "") != value) {
    }
  }

  const std::string worker_ = folder_.path() + "/worker";
};

TEST_F(HungDriverTest, ADriverThatHangsForEverInMidRunStopsNothingAndTheFigureSaysWhatIsMissing) {
  std::vector<std::string> flags = WithGpu();
  flags.insert(flags.end(), {"--worker", worker_});
  DaemonProcess daemon(folder_.path(), flags);
  const std::vector<std::string> submit = {"run", "submit", "--device", "cuda"};
  const std::string run = Answer(daemon, submit).at("run_id");
  Await(daemon, {"run", "show", run}, "device", "cuda");
  std::ofstream(script_, std::ios::app) << "hang_instant 1\nhang_energy 1\n";
  bool is_told = false;
  while (!HasFailure() && !is_told) {
    for (const Json& meter : Answer(daemon, {"power", "meters"})) {
      is_told |=
          meter.at("reason").get<std::string>().find("has not answered") != std::string::npos;
    }
  }
  EXPECT_FALSE(Answer(daemon, {"run", "list"}).empty());
  const std::string second = Answer(daemon, submit).at("run_id");
  daemon.Cli({"server", "doctor"});  // answers, whatever it finds
  for (const std::string& id : {run, second}) {
    Answer(daemon, {"run", "stop", id});
    Await(daemon, {"run", "show", id}, "state", "stopped");
    const Json energy = Answer(daemon, {"run", "show", id}).at("energy");
    EXPECT_LT(energy.at("coverage"), 1);
    EXPECT_EQ(energy.at("scope"), "gpu-only");
    EXPECT_GT(energy.at("high_joules"), energy.at("gross_joules"));
  }
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().Wait(), 0) << daemon.errors();
}

}  // namespace
}  // namespace powerdown
