#include "server/rpc/forecast_service.h"

#include "common/base/status.h"
#include "common/run/run_bundle.h"
#include "common/study/replay.h"
#include "server/rpc/unary_call.h"

namespace powerdown {

absl::StatusOr<Forecast> ForecastService::OfSpec(const RunSpec& spec) const {
  if (parts_.predictor == nullptr) {
    return absl::FailedPreconditionError(
        "predictor: the daemon has no forecast weights; start powerdownd with --predictor FILE");
  }
  return parts_.predictor->BeforeRun(spec, spec.max_steps);
}

absl::StatusOr<Forecast> ForecastService::OfRun(const std::string& run_id) const {
  ASSIGN_OR_RETURN(const Run run, parts_.queue->Get(run_id));
  if (run.forecast) return *run.forecast;
  if (parts_.predictor == nullptr) return OfSpec(run.spec);
  ASSIGN_OR_RETURN(const RunBundle bundle, parts_.queue->Export(run.run_id));
  return ReplayRun(ReportsOf(bundle), run.max_steps, run.spec, parts_.predictor).forecasts.back();
}

grpc::ServerUnaryReactor* ForecastService::ForecastSpec(grpc::CallbackServerContext* context,
                                                        const v1::ForecastSpecRequest* request,
                                                        v1::Forecast* response) {
  return AnswerOn(Rpc::kForecastServiceForecastSpec, pools_.calls, pools_, context, request,
                  response,
                  [this](const v1::ForecastSpecRequest& wire) -> absl::StatusOr<v1::Forecast> {
                    ASSIGN_OR_RETURN(const RunSpec spec, SpecOfRequest(wire.spec()));
                    RETURN_IF_ERROR(ValidateSpec(spec));
                    return WireOf(OfSpec(spec));
                  });
}

grpc::ServerUnaryReactor* ForecastService::GetForecast(grpc::CallbackServerContext* context,
                                                       const v1::GetForecastRequest* request,
                                                       v1::Forecast* response) {
  return AnswerOn(
      Rpc::kForecastServiceGetForecast, pools_.calls, pools_, context, request, response,
      [this](const v1::GetForecastRequest& wire) { return WireOf(OfRun(wire.run_id())); });
}

}  // namespace powerdown
