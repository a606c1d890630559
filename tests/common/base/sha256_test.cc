#include "common/base/sha256.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

// FIPS 180-4's example for "abc".
constexpr char kOfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Test, GivesTheStandardsExample) {
  EXPECT_EQ(Sha256Hex("abc"), kOfAbc);
}

TEST(Sha256Test, PiecesGiveWhatTheWholeGives) {
  Sha256 sha256;
  sha256.Add("a");
  sha256.Add("");
  sha256.Add("bc");
  EXPECT_EQ(sha256.Digest(), Sha256Of("abc"));
}

}  // namespace
}  // namespace powerdown
