#include "common/platform/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace powerdown {
namespace {

bool IsOpen(int number) {
  return fcntl(number, F_GETFD) >= 0;
}

TEST(DescriptorTest, ClosesAtTheEndOfItsScope) {
  int number = -1;
  {
    const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = file.number();
    EXPECT_TRUE(file.is_open());
    EXPECT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST(DescriptorTest, MovesAndReleasesWhatItOwns) {
  Descriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.number();
  Descriptor second(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int replaced = second.number();
  second = std::move(first);
  EXPECT_FALSE(IsOpen(replaced));
  EXPECT_EQ(second.number(), number);
  const Descriptor released(second.Release());
  EXPECT_FALSE(second.is_open());
  EXPECT_TRUE(IsOpen(number));
}

TEST(DescriptorTest, CloseTellsOfAnError) {
  Descriptor none;
  EXPECT_EQ(none.Close(), 0);
  Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  close(file.number());
  EXPECT_EQ(file.Close(), EBADF);
  EXPECT_FALSE(file.is_open());
}

TEST(DescriptorTest, APipeCarriesBytesAndIsNotInherited) {
  absl::StatusOr<Pipe> pipe = OpenPipe();
  ASSERT_TRUE(pipe.ok()) << pipe.status();
  EXPECT_EQ(write(pipe->write.number(), "ab", 2), 2);
  char text[8];
  EXPECT_EQ(read(pipe->read.number(), text, sizeof text), 2);
  EXPECT_NE(fcntl(pipe->read.number(), F_GETFD) & FD_CLOEXEC, 0);
  SetNonBlocking(pipe->read);
  EXPECT_EQ(read(pipe->read.number(), text, sizeof text), -1);
  EXPECT_EQ(errno, EAGAIN);
}

}  // namespace
}  // namespace powerdown
