#include "common/base/ed25519.h"

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

namespace powerdown {
namespace {

// RFC 8032, 7.1, test 2.
const std::string kPrivate =
    absl::HexStringToBytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
constexpr char kPublic[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr char kSignature[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(Ed25519Test, SignsAsTheRfcDoes) {
  EXPECT_EQ(absl::BytesToHexString(*Ed25519PublicKey(kPrivate)), kPublic);
  EXPECT_EQ(absl::BytesToHexString(*Ed25519Sign(kPrivate, "\x72")), kSignature);
}

TEST(Ed25519Test, AnyChangedBitIsSeen) {
  const std::string key = *Ed25519PublicKey(kPrivate);
  const std::string message = "saved 45.5%";
  const std::string signature = *Ed25519Sign(kPrivate, message);
  EXPECT_TRUE(IsSignedBy(key, message, signature));
  for (size_t at = 0; at < signature.size(); ++at) {
    std::string changed = signature;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(IsSignedBy(key, message, changed)) << at;
  }
  for (size_t at = 0; at < message.size(); ++at) {
    std::string changed = message;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(IsSignedBy(key, changed, signature)) << at;
  }
  std::string other = key;
  other[0] = static_cast<char>(other[0] ^ 1);
  EXPECT_FALSE(IsSignedBy(other, message, signature));
}

TEST(Ed25519Test, OtherLengthsAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Ed25519PublicKey("short").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Ed25519Sign("", "text").status()));
  EXPECT_FALSE(IsSignedBy("", "text", std::string(64, 'x')));
  EXPECT_FALSE(IsSignedBy(*Ed25519PublicKey(kPrivate), "text", ""));
}

}  // namespace
}  // namespace powerdown
