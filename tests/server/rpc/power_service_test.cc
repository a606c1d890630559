#include "tests/server/rpc/rpc_fixture.h"

namespace powerdown {
namespace {

class PowerServiceTest : public RpcTest {
 protected:
  std::unique_ptr<v1::PowerService::Stub> power_ = v1::PowerService::NewStub(channel_);
};

TEST_F(PowerServiceTest, ListsMetersAndStandingBaselines) {
  sampler_.RestoreBaseline("cpu", {Watts(20), Watts(15), Watts(25), clock_.Now().wall});
  grpc::ClientContext context;
  v1::ListMetersResponse response;
  ASSERT_TRUE(power_->ListMeters(&context, v1::ListMetersRequest(), &response).ok());
  ASSERT_EQ(response.meters_size(), 1);
  EXPECT_EQ(response.meters(0).meter(), "constant");
  EXPECT_TRUE(response.meters(0).used());
  ASSERT_EQ(response.baselines_size(), 1);
  EXPECT_EQ(response.baselines(0).watts(), 20);
}

TEST_F(PowerServiceTest, WatchersSeeSamplesFromNowOnOnceEach) {
  const auto sample = [this] {
    clock_.Advance(absl::Seconds(1));
    sampler_.Tick(clock_.Now());
    server_->Tick(clock_.Now());
  };
  sample();
  sample();
  grpc::ClientContext context;
  const auto reader = power_->WatchPower(&context, v1::WatchPowerRequest());
  ASSERT_TRUE(Becomes([&] { return server_->has_calls(); }));
  absl::Time last;
  for (int i = 0; i < 3; ++i) {
    sample();
    v1::PowerSample message;
    ASSERT_TRUE(reader->Read(&message));
    EXPECT_EQ(message.device(), "cpu");
    EXPECT_EQ(message.power_watts(), 30);
    EXPECT_GT(FromWire(message.time()), last);
    EXPECT_EQ(FromWire(message.time()), clock_.Now().wall);
    last = FromWire(message.time());
  }
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace powerdown
