#include "server/rpc/status_mapping.h"

#include <gtest/gtest.h>

#include "common/base/utf8.h"
#include "powerdown/v1/run_service.pb.h"
#include "powerdown/v1/types.pb.h"

namespace powerdown {
namespace {

TEST(StatusMappingTest, OkHasNoDetails) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_EQ(ToGrpcStatus(absl::OkStatus()).error_details(), "");
}

TEST(StatusMappingTest, CodesAreTheSameOnBothSides) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status =
        ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), "why"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(status.error_message(), "why");
  }
}

TEST(StatusMappingTest, DetailsHoldReasonDomainAndMetadata) {
  const grpc::Status status =
      ToGrpcStatus(absl::NotFoundError("run 01x: there is none"), {{"run_id", "01x"}});
  v1::ErrorStatus details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(details.message(), "run 01x: there is none");
  v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(details.details(0).value()));
  EXPECT_EQ(info.reason(), "NOT_FOUND");
  EXPECT_EQ(info.domain(), "powerdown");
  EXPECT_EQ(info.metadata().at("run_id"), "01x");
}

// gRPC refuses trailers over 8 KB, and the client would see that instead of the error.
TEST(StatusMappingTest, LongTextsAreCut) {
  const std::string huge(1 << 20, 'x');
  const grpc::Status status = ToGrpcStatus(absl::NotFoundError(huge), {{"run_id", huge}});
  EXPECT_LT(status.error_message().size() + status.error_details().size(), 5000u);
}

// Half a character in the message would cost the client the whole details.
TEST(StatusMappingTest, TextsAreCutBetweenCharacters) {
  std::string accents = "x";
  for (int i = 0; i < 2000; ++i) accents += "é";
  const grpc::Status status = ToGrpcStatus(absl::NotFoundError(accents), {{"run_id", accents}});
  EXPECT_TRUE(IsUtf8(status.error_message()));
  v1::ErrorStatus details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  v1::ErrorInfo info;
  EXPECT_TRUE(info.ParseFromString(details.details(0).value()));
}

TEST(StatusMappingTest, IdentifiersAreThoseThatTheRequestHas) {
  v1::GetRunRequest request;
  EXPECT_TRUE(IdentifiersOf(request).empty());
  request.set_run_id("01x");
  EXPECT_EQ(IdentifiersOf(request), (ErrorMetadata{{"run_id", "01x"}}));
  EXPECT_TRUE(IdentifiersOf(v1::ListRunsRequest()).empty());
}

}  // namespace
}  // namespace powerdown
