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

TEST_F(PowerServiceTest, TheLedgerOfABoxThatBookedNothingIsEmpty) {
  const auto read = [this] {
    grpc::ClientContext context;
    v1::BoxLedger ledger;
    EXPECT_TRUE(power_->GetLedger(&context, v1::GetLedgerRequest(), &ledger).ok());
    return ledger;
  };
  EXPECT_FALSE(read().has_total_joules());
  LedgerInterval interval;
  interval.device = "cpu";
  interval.consumer = "run/01a/1";
  interval.joules = Joules(40);
  interval.source = "rapl";
  store_->group().Append(interval, "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  EXPECT_EQ(read().total_joules(), 40);
  EXPECT_EQ(read().runs_joules(), 40);
  EXPECT_EQ(read().source(), "rapl");
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

TEST_F(PowerServiceTest, MeasuringABaselineTellsHowFarItIs) {
  const auto measure = [this] {
    grpc::ClientContext context;
    v1::MeasureBaselineResponse response;
    EXPECT_TRUE(power_->MeasureBaseline(&context, v1::MeasureBaselineRequest(), &response).ok());
    return response;
  };
  v1::MeasureBaselineResponse response = measure();
  ASSERT_EQ(response.devices_size(), 1);
  EXPECT_FALSE(response.devices(0).has_deep());
  EXPECT_NE(response.devices(0).obstacle(), "");
  const absl::Time asked_at = FromWire(response.asked_at());
  for (int i = 0; i < 12; ++i) {
    clock_.Advance(absl::Seconds(1));
    sampler_.Tick(clock_.Now());
  }
  response = measure();
  EXPECT_EQ(response.devices(0).deep().watts(), 30);
  EXPECT_GT(FromWire(response.devices(0).deep().measured_at()), asked_at);
  EXPECT_EQ(response.devices(0).obstacle(), "");
}

TEST_F(PowerServiceTest, CalibratesAgainstAPlugMeterAndForgets) {
  const auto calibrate = [this](double plug, bool forget) {
    grpc::ClientContext context;
    v1::CalibrateRequest request;
    request.set_device("cpu");
    request.set_plug_watts(plug);
    request.set_forget(forget);
    v1::Calibration response;
    const grpc::Status status = power_->Calibrate(&context, request, &response);
    return std::make_pair(status.error_code(), response);
  };
  EXPECT_EQ(calibrate(40, false).first, grpc::StatusCode::UNAVAILABLE);  // nothing measured yet
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    sampler_.Tick(clock_.Now());
  }
  const auto [code, level] = calibrate(40, false);
  EXPECT_EQ(code, grpc::StatusCode::OK);
  EXPECT_EQ(level.levels(), 1);
  EXPECT_EQ(level.sensor_watts(), 30);
  EXPECT_FALSE(level.applied());
  EXPECT_NE(level.advice(), "");
  EXPECT_EQ(calibrate(-40, false).first, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(calibrate(0, true).second.levels(), 0);
}

}  // namespace
}  // namespace powerdown
