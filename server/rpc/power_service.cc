#include "server/rpc/power_service.h"

#include <set>
#include <utility>

#include "common/base/status.h"
#include "common/energy/box_ledger.h"
#include "server/rpc/power_watch.h"
#include "server/rpc/unary_call.h"

namespace powerdown {
namespace {

v1::Meter ToWire(const MeterStatus& status) {
  v1::Meter wire;
  wire.set_meter(status.description.meter);
  wire.set_device(status.description.device);
  wire.set_source(status.description.source);
  wire.set_used(status.is_used);
  wire.set_reason(status.reason);
  wire.set_remedy(status.remedy);
  return wire;
}

v1::Baseline ToWire(const std::string& device, const Baseline& baseline) {
  v1::Baseline wire;
  wire.set_device(device);
  wire.set_watts(baseline.power.value());
  wire.set_low_watts(baseline.low.value());
  wire.set_high_watts(baseline.high.value());
  *wire.mutable_measured_at() = powerdown::ToWire(baseline.measured_at);
  return wire;
}

// A meter that may rest is read this long after somebody asked.
constexpr absl::Duration kAskedFor = absl::Seconds(5);

std::set<std::string> DevicesOf(const Sampler& sampler) {
  std::set<std::string> devices;
  for (const MeterStatus& status : sampler.Meters()) {
    if (status.is_used) devices.insert(status.description.device);
  }
  return devices;
}

v1::ListMetersResponse ListOf(const Sampler& sampler) {
  v1::ListMetersResponse response;
  for (const MeterStatus& status : sampler.Meters()) *response.add_meters() = ToWire(status);
  for (const std::string& device : DevicesOf(sampler)) {
    if (const std::optional<Baseline> baseline = sampler.baseline(device)) {
      *response.add_baselines() = ToWire(device, *baseline);
    }
  }
  return response;
}

v1::BaselineProgress ProgressOf(const Sampler& sampler, const std::string& device) {
  v1::BaselineProgress progress;
  progress.set_device(device);
  progress.set_obstacle(sampler.baseline_obstacle(device));
  if (const auto deep = sampler.baseline(device, RestLevel::kDeep)) {
    *progress.mutable_deep() = ToWire(device, *deep);
  }
  if (const auto open = sampler.baseline(device, RestLevel::kContextOpen)) {
    *progress.mutable_context_open() = ToWire(device, *open);
  }
  return progress;
}

v1::Calibration ToWire(const std::string& device, const Calibrations::Standing& standing) {
  v1::Calibration wire;
  wire.set_device(device);
  wire.set_levels(standing.levels);
  wire.set_sensor_watts(standing.sensor.value());
  wire.set_applied(standing.fit.is_usable);
  wire.set_gain(standing.fit.calibration.gain);
  wire.set_offset_watts(standing.fit.calibration.offset.value());
  wire.set_relative_band(standing.fit.calibration.relative_band);
  wire.set_advice(standing.fit.advice);
  return wire;
}

v1::BoxLedger ToWire(const BoxLedger& ledger) {
  v1::BoxLedger wire;
  wire.set_total_joules(ledger.total.value());
  wire.set_low_joules(ledger.low.value());
  wire.set_high_joules(ledger.high.value());
  wire.set_runs_joules(ledger.runs.value());
  wire.set_quizzes_joules(ledger.quizzes.value());
  if (ledger.at_rest) wire.set_at_rest_joules(ledger.at_rest->value());
  wire.set_unattributed_joules(ledger.unattributed.value());
  wire.set_source(ledger.source);
  return wire;
}

}  // namespace

grpc::ServerUnaryReactor* PowerService::GetLedger(grpc::CallbackServerContext* context,
                                                  const v1::GetLedgerRequest* request,
                                                  v1::BoxLedger* response) {
  return AnswerOn(Rpc::kPowerServiceGetLedger, pools_.calls, pools_, context, request, response,
                  [this](const v1::GetLedgerRequest&) -> absl::StatusOr<v1::BoxLedger> {
                    ASSIGN_OR_RETURN(const auto totals, parts_.store->ledger().ReadBoxTotals());
                    const std::optional<BoxLedger> ledger = BoxLedgerOf(totals);
                    return ledger ? ToWire(*ledger) : v1::BoxLedger();
                  });
}

grpc::ServerUnaryReactor* PowerService::MeasureBaseline(grpc::CallbackServerContext* context,
                                                        const v1::MeasureBaselineRequest* request,
                                                        v1::MeasureBaselineResponse* response) {
  return AnswerOn(Rpc::kPowerServiceMeasureBaseline, pools_.calls, pools_, context, request,
                  response, [this](const v1::MeasureBaselineRequest&) {
                    const Instant now = parts_.clock->Now();
                    parts_.sampler->NeedUntil(now.monotonic + kAskedFor);
                    v1::MeasureBaselineResponse answer;
                    for (const std::string& device : DevicesOf(*parts_.sampler)) {
                      *answer.add_devices() = ProgressOf(*parts_.sampler, device);
                    }
                    *answer.mutable_asked_at() = powerdown::ToWire(now.wall);
                    return absl::StatusOr<v1::MeasureBaselineResponse>(std::move(answer));
                  });
}

grpc::ServerUnaryReactor* PowerService::Calibrate(grpc::CallbackServerContext* context,
                                                  const v1::CalibrateRequest* request,
                                                  v1::Calibration* response) {
  using Standing = Calibrations::Standing;
  return AnswerOn(
      Rpc::kPowerServiceCalibrate, pools_.calls, pools_, context, request, response,
      [this](const v1::CalibrateRequest& asked,
             const Caller& caller) -> absl::StatusOr<v1::Calibration> {
        ASSIGN_OR_RETURN(
            const Standing standing,
            Once(
                *parts_.store, pools_.turns, Rpc::kPowerServiceCalibrate,
                OwnRequestId(caller, asked.request_id()),
                [&](NewAnswer answer) -> absl::StatusOr<Standing> {
                  answer.answer = asked.device();
                  if (asked.forget()) return parts_.calibrations->Forget(asked.device(), answer);
                  const Watts plug(asked.plug_watts() - asked.rest_watts());
                  return parts_.calibrations->Add(asked.device(), plug, parts_.clock->Now(),
                                                  answer);
                },
                [&](const std::string& device) { return parts_.calibrations->Get(device); }));
        return ToWire(asked.device(), standing);
      });
}

grpc::ServerUnaryReactor* PowerService::ListMeters(grpc::CallbackServerContext* context,
                                                   const v1::ListMetersRequest* request,
                                                   v1::ListMetersResponse* response) {
  return AnswerOn(Rpc::kPowerServiceListMeters, pools_.calls, pools_, context, request, response,
                  [this](const v1::ListMetersRequest&) {
                    parts_.sampler->NeedUntil(parts_.clock->Now().monotonic + kAskedFor);
                    return absl::StatusOr<v1::ListMetersResponse>(ListOf(*parts_.sampler));
                  });
}

grpc::ServerWriteReactor<v1::PowerSample>* PowerService::WatchPower(
    grpc::CallbackServerContext* context, const v1::WatchPowerRequest* request) {
  auto* watch = new PowerWatch(parts_, &pools_, OriginOf(*context, *request),
                               parts_.clock->Now());  // deletes itself in OnDone
  watch->Start();
  return watch;
}

}  // namespace powerdown
