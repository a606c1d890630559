#include "client/cli/exit_code.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(ExitCodeTest, IsWhatTheInterfacePromises) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kDone);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), ExitCode::kFailed);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), ExitCode::kNotFound);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), ExitCode::kNotAllowed);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), ExitCode::kNotAllowed);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), ExitCode::kCannotReach);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), ExitCode::kTimedOut);
  EXPECT_EQ(static_cast<int>(ExitCode::kRunFailed), 6);
}

TEST(ExitCodeTest, ErrorIsAlwaysOneLine) {
  EXPECT_EQ(ErrorLine(absl::InternalError("two\nlines\n")), "powerdown: two lines\n");
  EXPECT_EQ(ErrorLine(absl::InternalError("")), "powerdown: INTERNAL\n");
  EXPECT_EQ(ErrorLine(absl::InternalError("\x1b[2J")), "powerdown: ?[2J\n");
}

}  // namespace
}  // namespace powerdown
