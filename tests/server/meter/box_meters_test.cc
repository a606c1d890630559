#include "server/meter/box_meters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/server/meter/hwmon_folder.h"
#include "tests/server/meter/rapl_zone.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BoxMetersTest : public ::testing::Test {
 protected:
  void AddRapl() { AddRaplZone(folder_.path()); }
  void AddGpu() {
    std::ofstream(folder_.path() + "/script") << "count 1\nuuid0 GPU-a\nname0 A\nenergy_mj0 1\n";
    setenv("SCRIPTED_NVML", (folder_.path() + "/script").c_str(), 1);
    library_ = Program("../lib/libscripted_nvml.so");
  }
  void AddAcpi() {
    AddHwmon(folder_.path(), "hwmon1", "power_meter", {{"power1_average", "80000000"}});
  }
  BoxSearch Search() const {
    return BoxSearch({.sysfs_root = folder_.path(),
                      .procfs_root = folder_.path(),
                      .nvml = {.library = library_},
                      .rated_cpu = Watts(65)});
  }
  std::vector<std::string> Sources() {
    BoxSearch search = Search();
    return Sources(search);
  }
  std::vector<std::string> Sources(BoxSearch& search) {
    BoxMeters box = search.Find(Instant());
    statuses_ = box.statuses;
    std::vector<std::string> sources;
    for (const auto& meter : box.meters) sources.push_back(meter->description().source);
    return sources;
  }
  MeterStatus StatusOf(const std::string& source) const {
    for (const MeterStatus& status : statuses_) {
      if (status.description.source == source) return status;
    }
    return {};
  }

  TemporaryFolder folder_;
  std::string library_ = "libno-such-nvml.so.1";
  std::vector<MeterStatus> statuses_;
};

TEST_F(BoxMetersTest, RaplReplacesTheEstimate) {
  AddRapl();
  EXPECT_THAT(Sources(), ElementsAre("rapl"));
  EXPECT_TRUE(StatusOf("rapl").is_used);
  EXPECT_THAT(StatusOf("rapl").reason, HasSubstr("package-0"));
  EXPECT_FALSE(StatusOf("estimate").is_used);
  EXPECT_THAT(StatusOf("nvml-power").reason, HasSubstr("not installed"));
}

TEST_F(BoxMetersTest, WithoutAMeterThereIsAnEstimateThatSaysWhatItIs) {
  EXPECT_THAT(Sources(), ElementsAre("estimate"));
  EXPECT_THAT(StatusOf("estimate").reason, HasSubstr("65 W of rated power"));
  EXPECT_FALSE(StatusOf("rapl").is_used);
  EXPECT_NE(StatusOf("rapl").remedy, "");
}

TEST_F(BoxMetersTest, WhereOnlyTheGpuCanBeReadTheEstimateSaysThatItStandsBeside) {
  AddGpu();
  EXPECT_THAT(Sources(), ElementsAre("estimate", "nvml-counter"));
  EXPECT_THAT(StatusOf("estimate").reason, HasSubstr("gpu-only"));
}

TEST_F(BoxMetersTest, AllIsMetered) {
  AddRapl();
  AddGpu();
  EXPECT_THAT(Sources(), ElementsAre("rapl", "nvml-counter"));
}

TEST_F(BoxMetersTest, ASensorOfTheWholeMachineReplacesTheEstimate) {
  AddAcpi();
  BoxSearch search = Search();
  EXPECT_THAT(Sources(search), ElementsAre("hwmon-power"));
  EXPECT_TRUE(StatusOf("hwmon-power").is_used);
  EXPECT_THAT(StatusOf("hwmon-power").reason, HasSubstr("the whole machine"));
  // What it contains and what can be read later would count twice.
  AddRapl();
  AddGpu();
  EXPECT_THAT(Sources(search), ElementsAre());
}

TEST_F(BoxMetersTest, WherePartsAreReadTheWholeIsNot) {
  AddAcpi();
  AddRapl();
  EXPECT_THAT(Sources(), ElementsAre("rapl"));
  const MeterStatus whole = StatusOf("hwmon-power");
  EXPECT_FALSE(whole.is_used);
  EXPECT_THAT(whole.reason, HasSubstr("of which the processor is read already"));
}

TEST_F(BoxMetersTest, ACardOfAmdIsReadBesideTheProcessor) {
  AddRapl();
  AddHwmon(folder_.path(), "hwmon2", "amdgpu",
           {{"power1_average", "20000000"}, {"power1_cap", "250000000"}});
  EXPECT_THAT(Sources(), ElementsAre("rapl", "hwmon-power"));
}

}  // namespace
}  // namespace powerdown
