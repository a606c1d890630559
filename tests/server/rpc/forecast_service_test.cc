#include "common/base/json.h"
#include "common/run/run_json.h"
#include "powerdown/v1/forecast_service.grpc.pb.h"
#include "tests/fakes/trained_predictor.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace powerdown {
namespace {

class ForecastServiceTest : public RpcTest {
 protected:
  // The server is started again, as its weights are those of its start.
  void UseWeights() {
    predictor_ = TrainedPredictor();
    StartServer();
    channel_ = server_->InProcessChannel();
    runs_ = v1::RunService::NewStub(channel_);
  }
  grpc::Status OfSpec(const RunSpec& spec, v1::Forecast* forecast) {
    grpc::ClientContext context;
    v1::ForecastSpecRequest request;
    *request.mutable_spec() = ToWire(spec);
    return v1::ForecastService::NewStub(channel_)->ForecastSpec(&context, request, forecast);
  }
  grpc::Status OfRun(const std::string& run_id, v1::Forecast* forecast) {
    grpc::ClientContext context;
    v1::GetForecastRequest request;
    request.set_run_id(run_id);
    return v1::ForecastService::NewStub(channel_)->GetForecast(&context, request, forecast);
  }
};

TEST_F(ForecastServiceTest, ForecastsASpecAsThePredictorDoes) {
  UseWeights();
  const RunSpec spec = GrokkingRuns().front().run.spec;
  v1::Forecast forecast;
  const grpc::Status status = OfSpec(spec, &forecast);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(FromWire(forecast), predictor_->Before(SpecFeatures(spec), spec.max_steps));
}

TEST_F(ForecastServiceTest, RunWithoutAForecastIsForecastFromItsReports) {
  UseWeights();
  const std::string run_id = Submit();
  v1::Forecast before;
  ASSERT_TRUE(OfRun(run_id, &before).ok());
  EXPECT_EQ(before.made_at_step(), 0);
  Report(run_id, 1, 60);
  v1::Forecast later;
  ASSERT_TRUE(OfRun(run_id, &later).ok());
  EXPECT_EQ(later.made_at_step(), 50);
}

TEST_F(ForecastServiceTest, RunsOwnForecastIsAnsweredAsItStands) {
  powerdown::Run run;
  run.run_id = ids_.Next(clock_.Now().wall);
  run.state = RunState::kFinished;
  run.created_at = clock_.Now().wall;
  ASSERT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
  const Forecast made = {.made_at_step = 75, .grok_step = 800, .bands = {{0.8, 700, 900}}};
  RunEvent event;
  event.run_id = run.run_id;
  event.time = clock_.Now().wall;
  event.kind = EventKind::kForecast;
  event.details_json = JsonText(ForecastJson(made));
  store_->group().Append(event);
  ASSERT_TRUE(store_->group().Commit().ok());
  v1::Forecast forecast;
  ASSERT_TRUE(OfRun(run.run_id, &forecast).ok());
  EXPECT_EQ(FromWire(forecast).grok_step, made.grok_step);
  EXPECT_EQ(FromWire(forecast).made_at_step, made.made_at_step);
}

TEST_F(ForecastServiceTest, WithoutWeightsItSaysSo) {
  v1::Forecast forecast;
  const grpc::Status status = OfSpec(RunSpec(), &forecast);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("--predictor"));
}

TEST_F(ForecastServiceTest, MalformedSpecAndUnknownRunAreRefused) {
  UseWeights();
  RunSpec spec;
  spec.modulus = -1;
  v1::Forecast forecast;
  EXPECT_EQ(OfSpec(spec, &forecast).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(OfRun("01nothere", &forecast).error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace powerdown
