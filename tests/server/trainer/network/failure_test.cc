#include "server/trainer/network/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <new>
#include <stdexcept>

namespace powerdown {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(FailureTest, APlainResultPasses) {
  EXPECT_TRUE(WithoutExceptions<absl::Status>(3, [] { return absl::OkStatus(); }).ok());
}

TEST(FailureTest, NoMemoryIsSaidInOneLine) {
  const absl::Status status =
      WithoutExceptions<absl::Status>(41, []() -> absl::Status { throw std::bad_alloc(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "out of memory at step 41");
}

TEST(FailureTest, ATensorThatFitsNowhereIsOutOfMemory) {
  const absl::Status status = WithoutExceptions<absl::Status>(7, []() -> absl::Status {
    torch::empty({int64_t{1} << 50});
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), StartsWith("out of memory at step 7"));
}

TEST(FailureTest, LibTorchsReasonIsCutToItsFirstLine) {
  const absl::Status status = WithoutExceptions<absl::Status>(5, []() -> absl::Status {
    torch::mm(torch::ones({2, 3}), torch::ones({2, 3}));
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), StartsWith("LibTorch at step 5: mat1 and mat2"));
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
}

TEST(FailureTest, OtherExceptionsKeepTheirReason) {
  const absl::Status status = WithoutExceptions<absl::Status>(
      5, []() -> absl::Status { throw std::runtime_error("odd\nthing"); });
  EXPECT_THAT(std::string(status.message()), HasSubstr("at step 5: odd"));
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
}

}  // namespace
}  // namespace powerdown
