#include "client/connection/status_from_wire.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

using grpc::StatusCode;

std::string TextOf(const grpc::Status& status) {
  return std::string(StatusFromWire(status, "unix:/d.sock", absl::Seconds(5)).message());
}

TEST(StatusFromWireTest, TheDaemonsWordsAreKept) {
  const grpc::Status status(StatusCode::NOT_FOUND, "run 01x: there is none", "details");
  const absl::Status read = StatusFromWire(status, "unix:/d.sock", absl::Seconds(5));
  EXPECT_EQ(read, absl::NotFoundError("run 01x: there is none"));
  EXPECT_TRUE(StatusFromWire(grpc::Status::OK, "", absl::Seconds(5)).ok());
}

TEST(StatusFromWireTest, TheTransportsWordsNameTheAddressOnce) {
  EXPECT_EQ(TextOf({StatusCode::UNAVAILABLE,
                    "failed to connect to all addresses; last error: UNKNOWN: unix:/d.sock: No "
                    "such file or directory"}),
            "cannot reach the daemon at unix:/d.sock: No such file or directory");
  EXPECT_EQ(TextOf({StatusCode::UNAVAILABLE,
                    "failed to connect to all addresses; last error: UNKNOWN: "
                    "ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused"}),
            "cannot reach the daemon at unix:/d.sock: Connection refused");
  EXPECT_EQ(TextOf({StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"}),
            "the daemon at unix:/d.sock did not answer within 5s");
  EXPECT_EQ(TextOf({StatusCode::UNIMPLEMENTED, ""}),
            "the daemon at unix:/d.sock is older than this program; update it");
}

TEST(StatusFromWireTest, OnlyLostConnectionsAreWorthAnotherTry) {
  EXPECT_TRUE(IsLost({StatusCode::UNAVAILABLE, "socket closed"}));
  EXPECT_TRUE(IsLost({StatusCode::UNAVAILABLE, "shutting down", "details"}));
  EXPECT_TRUE(IsLost({StatusCode::INTERNAL, "received RST_STREAM"}));
  EXPECT_FALSE(IsLost({StatusCode::INTERNAL, "damaged", "details"}));
  EXPECT_FALSE(IsLost({StatusCode::NOT_FOUND, "none", "details"}));
  EXPECT_FALSE(IsLost({StatusCode::UNIMPLEMENTED, ""}));
}

}  // namespace
}  // namespace powerdown
