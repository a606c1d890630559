#include "common/base/pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PairingTest, ComesBackFromItsText) {
  const Pairing pairing{"[::1]:7000", std::string(64, 'a'), std::string(32, '0')};
  const auto parsed = ParsePairing("  " + PairingText(pairing) + "\n");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->address, pairing.address);
  EXPECT_EQ(parsed->fingerprint, pairing.fingerprint);
  EXPECT_EQ(parsed->code, pairing.code);
}

TEST(PairingTest, AnErrorDoesNotRepeatTheSecret) {
  const std::string secret(32, 'c');
  for (const std::string& text :
       {"powerdown://box:7000/" + std::string(63, 'a') + "/" + secret, "http://x/" + secret,
        "powerdown://box/" + std::string(64, 'a') + "/" + secret + "/more", secret}) {
    const auto status = ParsePairing(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(secret)));
  }
}

TEST(PairingTest, AddressesAreReadWithAndWithoutBrackets) {
  EXPECT_EQ(ParseHostPort("[fe80::1]:7000")->host, "fe80::1");
  EXPECT_EQ(HostPortText({"fe80::1", 7000}), "[fe80::1]:7000");
  EXPECT_EQ(HostPortText(*ParseHostPort("box.local:1")), "box.local:1");
  for (const char* bad :
       {"", ":1", "box", "box:", "box:x", "box:70000", "a b:1", "::1:70", "x/y:1"}) {
    EXPECT_FALSE(ParseHostPort(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace powerdown
