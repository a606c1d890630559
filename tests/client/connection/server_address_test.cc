#include "client/connection/server_address.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace powerdown {
namespace {

TEST(ServerAddressTest, KnowsSocketsAndPorts) {
  EXPECT_EQ(ParseServerAddress("unix:/run/x.sock").value(), "unix:/run/x.sock");
  EXPECT_EQ(ParseServerAddress("box.example:4711").value(), "box.example:4711");
  EXPECT_EQ(ParseServerAddress("[::1]:4711").value(), "[::1]:4711");
  EXPECT_EQ(ParseServerAddress("lab").value(), "lab");  // the name of a paired server
}

TEST(ServerAddressTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"unix:", "box:", "box:0", "box:70000", ":4711", "box:http"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseServerAddress(text).status())) << text;
  }
}

TEST(ServerAddressTest, StateFolderFollowsXdgAndIgnoresRelativePaths) {
  setenv("HOME", "/home/ada", 1);
  setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(PrivateStateFolder().value(), "/state/powerdown");
  setenv("XDG_STATE_HOME", "relative", 1);
  EXPECT_EQ(PrivateStateFolder().value(), "/home/ada/.local/state/powerdown");
}

}  // namespace
}  // namespace powerdown
