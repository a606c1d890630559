#include "common/base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace powerdown {
namespace {

// RFC 3720, appendix B.4, and the check value of every catalogue of checksums.
TEST(Crc32cTest, ChecksumsAreThoseOfTheStandard) {
  EXPECT_EQ(ExtendCrc32c(0, "123456789"), 0xE3069283u);
  EXPECT_EQ(ExtendCrc32c(0, std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(ExtendCrc32c(0, std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(ExtendCrc32c(0, ""), 0u);
}

TEST(Crc32cTest, PiecesHaveTheChecksumOfTheWhole) {
  EXPECT_EQ(ExtendCrc32c(ExtendCrc32c(0, "1234"), "56789"), 0xE3069283u);
}

// The header of an event file that TensorFlow wrote: the length of a record of 24 bytes.
TEST(Crc32cTest, MaskedChecksumsAreThoseOfTfRecords) {
  const std::string length("\x18\0\0\0\0\0\0\0", 8);
  EXPECT_EQ(MaskedCrc32c(ExtendCrc32c(0, length)), 0x224B7FA3u);
}

}  // namespace
}  // namespace powerdown
