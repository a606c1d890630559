#include "server/door/peer_address.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(PeerAddressTest, IsTheHostWithoutItsPort) {
  EXPECT_EQ(AddressOf("ipv4:10.0.0.7:41234"), "10.0.0.7");
  EXPECT_EQ(AddressOf("ipv4:10.0.0.7:1"), AddressOf("ipv4:10.0.0.7:2"));
  EXPECT_NE(AddressOf("ipv4:10.0.0.7:1"), AddressOf("ipv4:10.0.0.8:1"));
}

TEST(PeerAddressTest, ANetworkOfIpv6IsOneAddress) {
  EXPECT_EQ(AddressOf("ipv6:[2001:db8:1:2:3:4:5:6]:7"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressOf("ipv6:[2001:db8:1:2::9]:7"), "2001:db8:1:2::/64");
  EXPECT_NE(AddressOf("ipv6:[2001:db8:1:3::9]:7"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressOf("ipv6:[::ffff:10.0.0.7]:7"), "10.0.0.7");
}

TEST(PeerAddressTest, OtherNamesStayAsTheyAre) {
  for (const char* name : {"", "unknown", "fd:7", "uid-1000", "ipv6:[?]:7"}) {
    EXPECT_FALSE(AddressOf(name).empty() && *name != '\0') << name;
  }
  EXPECT_EQ(AddressOf("uid-1000"), "uid-1000");
}

}  // namespace
}  // namespace powerdown
