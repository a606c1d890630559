// What a Connection asks of the PowerService.
#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "client/connection/connection.h"
#include "client/connection/request_id.h"
#include "client/connection/stubs.h"
#include "common/base/status.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

Connection::RestLevel LevelOf(const v1::Baseline& wire) {
  return {Watts(wire.watts()), Watts(wire.low_watts()), Watts(wire.high_watts()),
          FromWire(wire.measured_at())};
}

Connection::TimedSample SampleOf(const v1::PowerSample& wire) {
  PowerSample sample;
  sample.meter = wire.meter();
  sample.device = wire.device();
  sample.source = wire.source();
  sample.power = Watts(wire.power_watts());
  sample.low = Watts(wire.low_watts());
  sample.high = Watts(wire.high_watts());
  return {FromWire(wire.time()), std::move(sample)};
}

}  // namespace

absl::StatusOr<BoxPower> Connection::ListMeters() {
  v1::ListMetersResponse response;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->power_, &v1::PowerService::Stub::ListMeters,
                               v1::ListMetersRequest(), &response));
  BoxPower answer;
  for (const v1::Meter& wire : response.meters()) {
    answer.meters.push_back(
        {wire.meter(), wire.device(), wire.source(), wire.used(), wire.reason(), wire.remedy()});
  }
  for (const v1::Baseline& wire : response.baselines()) {
    answer.baselines.push_back(
        {wire.device(), Watts(wire.watts()), Watts(wire.low_watts()), Watts(wire.high_watts())});
  }
  return answer;
}

absl::StatusOr<Connection::BaselineAnswer> Connection::MeasureBaseline() {
  v1::MeasureBaselineResponse response;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->power_, &v1::PowerService::Stub::MeasureBaseline,
                               v1::MeasureBaselineRequest(), &response));
  BaselineAnswer answer{{}, FromWire(response.asked_at())};
  for (const v1::BaselineProgress& wire : response.devices()) {
    BaselineProgress progress{wire.device(), {}, {}, wire.obstacle()};
    if (wire.has_deep()) progress.deep = LevelOf(wire.deep());
    if (wire.has_context_open()) progress.context_open = LevelOf(wire.context_open());
    answer.devices.push_back(std::move(progress));
  }
  return answer;
}

absl::Status Connection::WatchPower(std::optional<absl::Duration> limit,
                                    const std::function<bool(const TimedSample&)>& on_sample) {
  grpc::ClientContext context;
  if (limit) context.set_deadline(absl::ToChronoTime(absl::Now() + *limit));
  if (!stubs_->AddContext(&context)) return absl::CancelledError("the watch was cancelled");
  const auto reader = stubs_->power_->WatchPower(&context, v1::WatchPowerRequest());
  v1::PowerSample wire;
  bool goes_on = true;
  while (goes_on && reader->Read(&wire)) goes_on = on_sample(SampleOf(wire));
  if (!goes_on) context.TryCancel();
  const grpc::Status status = reader->Finish();
  stubs_->RemoveContext(&context);
  const bool is_over = limit && status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  return !goes_on || is_over ? absl::OkStatus() : stubs_->ToAbsl(status);
}

absl::StatusOr<std::optional<BoxLedger>> Connection::GetLedger() {
  v1::BoxLedger wire;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->power_, &v1::PowerService::Stub::GetLedger,
                               v1::GetLedgerRequest(), &wire));
  if (!wire.has_total_joules()) return std::optional<BoxLedger>();
  BoxLedger ledger{.runs = Joules(wire.runs_joules()), .quizzes = Joules(wire.quizzes_joules())};
  if (wire.has_at_rest_joules()) ledger.at_rest = Joules(wire.at_rest_joules());
  ledger.unattributed = Joules(wire.unattributed_joules());
  ledger.total = Joules(wire.total_joules());
  ledger.low = Joules(wire.low_joules());
  ledger.high = Joules(wire.high_joules());
  ledger.source = wire.source();
  return std::make_optional(ledger);
}

absl::StatusOr<Connection::CalibrationAnswer> Connection::Calibrate(const PlugReading& reading) {
  v1::CalibrateRequest request;
  request.set_device(reading.device);
  request.set_plug_watts(reading.plug.value());
  request.set_forget(reading.forget);
  request.set_request_id(NewRequestId());
  v1::Calibration wire;
  RETURN_IF_ERROR(
      stubs_->CallAgain(*stubs_->power_, &v1::PowerService::Stub::Calibrate, request, &wire));
  return CalibrationAnswer{.levels = wire.levels(),
                           .sensor = Watts(wire.sensor_watts()),
                           .is_applied = wire.applied(),
                           .gain = wire.gain(),
                           .offset = Watts(wire.offset_watts()),
                           .relative_band = wire.relative_band(),
                           .advice = wire.advice()};
}

}  // namespace powerdown
