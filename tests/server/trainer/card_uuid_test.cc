#include "server/trainer/card_uuid.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(CardUuidTest, IsWrittenAsTheDriversOtherLibraryWritesIt) {
  const unsigned char bytes[16] = {0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x60, 0x71, 0x82,
                                   0x93, 0xa4, 0xb5, 0xc6, 0xd7, 0xe8, 0xf9, 0x0a};
  EXPECT_EQ(UuidText(bytes), "GPU-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f90a");
}

TEST(CardUuidTest, IsUnknownOnAProcessorAndWithoutADriver) {
  EXPECT_EQ(UuidOfDevice("cpu"), "");
  EXPECT_EQ(UuidOfDevice("mps"), "");
  EXPECT_EQ(BoardUuid(0, "libno-such-cuda.so.1"), "");
  EXPECT_EQ(BoardUuid(0, "libc.so.6"), "");  // has no such calls
}

}  // namespace
}  // namespace powerdown
