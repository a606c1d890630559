// The real dlopen path on a scripted libnvidia-ml.so.1.
#include "server/meter/nvml_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTwo[] =
    "count 2\nuuid0 GPU-aaaa\nname0 A\npower_mw0 1\nuuid1 GPU-bbbb\nname1 A\npower_mw1 1\n";

class NvmlSearchTest : public ::testing::Test {
 protected:
  void Script(const std::string& text) {
    std::ofstream(folder_.path() + "/script") << text;
    setenv("SCRIPTED_NVML", (folder_.path() + "/script").c_str(), 1);
  }
  // The devices that are metered.
  std::vector<std::string> Find(std::optional<std::string> visible = std::nullopt,
                                const std::string& order = "",
                                const std::string& library = "../lib/libscripted_nvml.so") {
    statuses_.clear();
    std::vector<std::string> devices;
    for (const auto& meter :
         FindNvmlMeters({Program(library), visible, order}, Instant(), &statuses_)) {
      devices.push_back(meter->description().device);
    }
    return devices;
  }

  TemporaryFolder folder_;
  std::vector<MeterStatus> statuses_;
};

TEST_F(NvmlSearchTest, WhatKeepsNvmlFromOpeningIsToldWithItsRemedy) {
  EXPECT_THAT(Find({}, "", "no-such-nvml.so.1"), IsEmpty());
  ASSERT_EQ(statuses_.size(), 1u);
  EXPECT_THAT(statuses_[0].reason, HasSubstr("not installed"));
  EXPECT_THAT(statuses_[0].remedy, HasSubstr("--gpus all"));
  Script("error_init 9\n");
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(statuses_[0].remedy, HasSubstr("modprobe nvidia"));
  Script("error_init 4\n");
  EXPECT_THAT(Find(), IsEmpty());
  EXPECT_THAT(statuses_[0].remedy, HasSubstr("/dev/nvidiactl"));
}

TEST_F(NvmlSearchTest, NoGpuIsNotNoAnswer) {
  Script("count 0\n");
  EXPECT_THAT(Find(), IsEmpty());
  ASSERT_EQ(statuses_.size(), 1u);
  EXPECT_THAT(statuses_[0].reason, HasSubstr("finds no GPU"));
}

TEST_F(NvmlSearchTest, VisibleDevicesAreNamedByIndexOrUuid) {
  Script(kTwo);
  EXPECT_THAT(Find(), ElementsAre("gpu-GPU-aaaa", "gpu-GPU-bbbb"));
  EXPECT_THAT(Find("1"), ElementsAre("gpu-GPU-bbbb"));
  EXPECT_THAT(statuses_[0].reason, HasSubstr("hidden by CUDA_VISIBLE_DEVICES"));
  EXPECT_THAT(Find(" GPU-bb , 0"), ElementsAre("gpu-GPU-aaaa", "gpu-GPU-bbbb"));
  EXPECT_THAT(Find(""), IsEmpty());
}

TEST_F(NvmlSearchTest, TheListEndsAtTheFirstEntryThatNamesNothing) {
  Script(kTwo);
  EXPECT_THAT(Find("0,-1,1"), ElementsAre("gpu-GPU-aaaa"));
  EXPECT_THAT(Find("GPU-x,0"), IsEmpty());
}

TEST_F(NvmlSearchTest, IndicesOfDifferentModelsAreOnlyTrustedInBusOrder) {
  Script(std::string(kTwo) + "name1 B\n");
  EXPECT_EQ(Find("1").size(), 2u);
  EXPECT_THAT(statuses_[0].reason, HasSubstr("CUDA_DEVICE_ORDER=PCI_BUS_ID"));
  EXPECT_THAT(Find("1", "PCI_BUS_ID"), ElementsAre("gpu-GPU-bbbb"));
  EXPECT_THAT(Find("GPU-bbbb"), ElementsAre("gpu-GPU-bbbb"));
}

TEST_F(NvmlSearchTest, AMigInstanceIsMeteredAsItsBoardOnce) {
  Script(std::string(kTwo) + "mig1 1\nmig_board 1\n");
  EXPECT_THAT(Find("MIG-1234,MIG-5678"), ElementsAre("gpu-GPU-bbbb"));
  EXPECT_THAT(statuses_[1].reason, HasSubstr("counted once"));
  Script(std::string(kTwo) + "mig1 1\n");  // an old driver: the name holds the board's
  EXPECT_THAT(Find("MIG-GPU-bbbb/1/0"), ElementsAre("gpu-GPU-bbbb"));
}

}  // namespace
}  // namespace powerdown
