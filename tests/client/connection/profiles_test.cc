#include "client/connection/profiles.h"

#include <gtest/gtest.h>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

std::string NameFor(const std::string& address) {
  return ProfileNameFor({.address = address});
}

TEST(ProfilesTest, AProfileIsNamedAfterItsHost) {
  EXPECT_EQ(NameFor("Box.example:7443"), "box.example");
  EXPECT_EQ(NameFor("[::1]:7443"), "--1");
  EXPECT_EQ(NameFor("[fe80::1%eth0]:7443"), "fe80--1-eth0");
  EXPECT_EQ(NameFor(".box:7443"), "-box");
  EXPECT_EQ(NameFor("caf\u00e9.example:7443"), "server");  // no address
}

// A host may be longer than a name, and has letters that a name has not.
TEST(ProfilesTest, ANameMadeOfAHostCanBeSavedAndFound) {
  TemporaryFolder folder;
  const std::string config = folder.path() + "/powerdown";
  for (const std::string& host :
       {std::string(31, 'a'), std::string(33, 'a'), std::string(".box"), std::string("[fe80::1%e]"),
        "[" + std::string(31, 'f') + "::1]"}) {
    Profile profile;
    profile.endpoint.address = host + ":7443";
    profile.name = ProfileNameFor(profile.endpoint);
    const absl::Status saved = SaveProfile(config, profile);
    ASSERT_TRUE(saved.ok()) << saved;
    EXPECT_EQ(FindProfile(config, profile.name)->endpoint.address, profile.endpoint.address);
  }
}

TEST(ProfilesTest, AProfileIsRenamedAndRemoved) {
  TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    Profile profile;
    profile.name = name;
    profile.endpoint.address = std::string(name) + ":7443";
    ASSERT_TRUE(SaveProfile(folder.path(), profile).ok());
  }
  EXPECT_TRUE(absl::IsAlreadyExists(RenameProfile(folder.path(), "a", "b")));
  EXPECT_TRUE(absl::IsNotFound(RenameProfile(folder.path(), "c", "d")));
  EXPECT_FALSE(RenameProfile(folder.path(), "a", "../x").ok());
  ASSERT_TRUE(RenameProfile(folder.path(), "a", "box").ok());
  EXPECT_EQ(FindProfile(folder.path(), "box")->endpoint.address, "a:7443");
  EXPECT_TRUE(absl::IsNotFound(FindProfile(folder.path(), "a").status()));
  ASSERT_TRUE(RemoveProfile(folder.path(), "box").ok());
  EXPECT_TRUE(absl::IsNotFound(RemoveProfile(folder.path(), "box")));
  EXPECT_TRUE(absl::IsNotFound(RemoveProfile(folder.path(), "../servers/b")));
}

}  // namespace
}  // namespace powerdown
