#include "common/platform/system_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace powerdown {
namespace {

TEST(SystemErrorTest, SaysTheCauseAndWhatToDo) {
  EXPECT_EQ(
      SystemError("cannot write /a", ENOSPC),
      absl::ResourceExhaustedError("cannot write /a: No space left on device; free some space"));
  EXPECT_EQ(SystemError("cannot read /a", ENOENT),
            absl::NotFoundError("cannot read /a: No such file or directory"));
  EXPECT_EQ(
      SystemError("cannot read /a", EACCES),
      absl::PermissionDeniedError("cannot read /a: Permission denied; check its owner and mode"));
  EXPECT_EQ(SystemError("cannot read /a", EIO),
            absl::UnavailableError("cannot read /a: Input/output error"));
}

}  // namespace
}  // namespace powerdown
