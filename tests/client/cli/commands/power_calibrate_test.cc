#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(PowerCalibrateTest, NeedsOneThingToDo) {
  const std::string needs = "power calibrate needs either --plug-watts or --forget";
  EXPECT_EQ(CommandLineError({"power", "calibrate", "cpu"}), needs);
  EXPECT_EQ(CommandLineError({"power", "calibrate", "cpu", "--forget", "--plug-watts", "5"}),
            needs);
}

TEST(PowerCalibrateTest, ThePlugShowsMoreThanTheRestDraws) {
  EXPECT_EQ(
      CommandLineError({"power", "calibrate", "cpu", "--plug-watts", "30", "--rest-watts", "31"}),
      "--plug-watts must be more than --rest-watts");
  EXPECT_EQ(CommandLineError({"power", "calibrate", "cpu", "--plug-watts", "many"}),
            "--plug-watts: \"many\" is not allowed; allowed: watts from 0 to 1e+06");
}

}  // namespace
}  // namespace powerdown
