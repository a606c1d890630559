#include "server/meter/hwmon_sensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/server/meter/hwmon_folder.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HwmonSensorsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Devices(const std::vector<HwmonSensor>& sensors) {
    std::vector<std::string> devices;
    for (const HwmonSensor& sensor : sensors) devices.push_back(sensor.description.device);
    return devices;
  }
  // A card's hwmon folder as the kernel links it.
  void AddCard(const std::string& name, const std::string& driver, const std::string& address,
               const SysfsFiles& files) {
    const std::string folder = AddHwmon(root_.path(), name, driver, files);
    const std::string device = root_.path() + "/devices/pci0000:00/" + address;
    WriteSysfs(device, {{"power/runtime_status", "active"}, {"gpu_busy_percent", "0"}});
    std::filesystem::create_directory_symlink(device, folder + "/device");
  }

  const TemporaryFolder root_;
};

TEST_F(HwmonSensorsTest, CardsOfAmdAndIntelAreNamedByTheirAddress) {
  AddCard("hwmon3", "amdgpu", "0000:03:00.0",
          {{"power1_average", "21000000"}, {"power1_cap", "250000000"}});
  AddCard("hwmon4", "xe", "0000:04:00.0", {{"energy1_input", "5"}, {"power1_max", "190000000"}});
  AddHwmon(root_.path(), "hwmon0", "nvme", {{"temp1_input", "40000"}});
  const HwmonSensors found = FindHwmonSensors(root_.path());
  EXPECT_THAT(Devices(found.gpus), ElementsAre("gpu-0000:03:00.0", "gpu-0000:04:00.0"));
  EXPECT_EQ(found.gpus[0].description.source, "hwmon-power");
  EXPECT_EQ(found.gpus[0].description.most_power, Watts(250));
  EXPECT_THAT(found.gpus[0].busy_file, HasSubstr("gpu_busy_percent"));
  EXPECT_EQ(found.gpus[1].description.source, "hwmon-counter");
  EXPECT_EQ(found.gpus[1].description.most_power, Watts(190));
  EXPECT_THAT(found.systems, IsEmpty());
  EXPECT_THAT(found.refused, IsEmpty());
}

TEST_F(HwmonSensorsTest, NewerCardsOfAmdTellAnInstantPower) {
  AddCard("hwmon3", "amdgpu", "0000:03:00.0",
          {{"power1_input", "21000000"}, {"power1_cap", "250000000"}});
  EXPECT_THAT(FindHwmonSensors(root_.path()).gpus.at(0).power_file, HasSubstr("power1_input"));
}

// Its figure contains the processor, which would count twice.
TEST_F(HwmonSensorsTest, AGpuWithinAProcessorIsRefused) {
  AddCard("hwmon3", "amdgpu", "0000:c3:00.0", {{"power1_average", "21000000"}});
  const HwmonSensors found = FindHwmonSensors(root_.path());
  EXPECT_THAT(found.gpus, IsEmpty());
  EXPECT_THAT(found.refused.at(0).reason, HasSubstr("contains the processor"));
}

TEST_F(HwmonSensorsTest, AcpiSaysHowFarItMayBeTrusted) {
  AddHwmon(root_.path(), "hwmon1", "power_meter",
           {{"power1_average", "80000000"},
            {"power1_accuracy", "95.00%"},
            {"power1_average_interval", "30000"}});
  const HwmonSensors found = FindHwmonSensors(root_.path());
  EXPECT_THAT(Devices(found.systems), ElementsAre("system"));
  EXPECT_NEAR(found.systems[0].description.relative_band, 0.05, 1e-9);
  EXPECT_EQ(found.systems[0].description.lag, absl::Seconds(30));
  EXPECT_EQ(found.systems[0].description.most_power, Watts(500));  // until more is seen
}

TEST_F(HwmonSensorsTest, AJetsonIsReadAtTheRailThatFeedsIt) {
  AddHwmon(root_.path(), "hwmon1", "ina3221",
           {{"in1_label", "VDD_CPU"},
            {"in1_input", "5000"},
            {"curr1_input", "200"},
            {"in3_label", "VDD_IN"},
            {"in3_input", "5000"},
            {"curr3_input", "1000"}});
  const HwmonSensors found = FindHwmonSensors(root_.path());
  ASSERT_EQ(found.systems.size(), 1u);
  EXPECT_THAT(found.systems[0].current_file, HasSubstr("curr3_input"));
}

TEST_F(HwmonSensorsTest, PsysIsTheWholeOnlyWhereNoPackageIs) {
  const std::string zones = root_.path() + "/class/powercap/";
  WriteSysfs(zones + "intel-rapl:1", {{"name", "psys"}, {"energy_uj", "7"}});
  EXPECT_THAT(Devices(FindHwmonSensors(root_.path()).systems), ElementsAre("system"));
  WriteSysfs(zones + "intel-rapl:0", {{"name", "package-0"}, {"energy_uj", "7"}});
  EXPECT_THAT(FindHwmonSensors(root_.path()).systems, IsEmpty());
}

TEST_F(HwmonSensorsTest, TheNarrowestBandComesFirst) {
  AddHwmon(root_.path(), "hwmon1", "power_meter", {{"power1_average", "80000000"}});
  AddHwmon(root_.path(), "hwmon2", "ina3221",
           {{"in1_label", "VDD_IN"}, {"in1_input", "5000"}, {"curr1_input", "1000"}});
  const HwmonSensors found = FindHwmonSensors(root_.path());
  ASSERT_EQ(found.systems.size(), 2u);
  EXPECT_THAT(found.systems[0].description.meter, HasSubstr("ina3221"));
}

TEST_F(HwmonSensorsTest, WhatCannotBeReadIsToldWithItsRemedy) {
  AddHwmon(root_.path(), "hwmon1", "power_meter", {{"power1_average", "much"}});
  HwmonSensors found = FindHwmonSensors(root_.path());
  EXPECT_THAT(found.systems, IsEmpty());
  EXPECT_THAT(found.refused.at(0).reason, HasSubstr("\"much\" is not a number"));
  if (getuid() == 0) return;  // may read all
  const std::string folder =
      AddHwmon(root_.path(), "hwmon1", "power_meter", {{"power1_average", "80000000"}});
  std::filesystem::permissions(folder + "/power1_average", std::filesystem::perms::none);
  found = FindHwmonSensors(root_.path());
  EXPECT_THAT(found.refused.at(0).remedy, HasSubstr("chmod a+r"));
}

}  // namespace
}  // namespace powerdown
