#include "server/rpc/power_service.h"

#include <set>

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

v1::ListMetersResponse ListOf(const Sampler& sampler) {
  v1::ListMetersResponse response;
  std::set<std::string> devices;
  for (const MeterStatus& status : sampler.Meters()) {
    *response.add_meters() = ToWire(status);
    if (status.is_used) devices.insert(status.description.device);
  }
  for (const std::string& device : devices) {
    if (const std::optional<Baseline> baseline = sampler.baseline(device)) {
      *response.add_baselines() = ToWire(device, *baseline);
    }
  }
  return response;
}

}  // namespace

grpc::ServerUnaryReactor* PowerService::ListMeters(grpc::CallbackServerContext* context,
                                                   const v1::ListMetersRequest* request,
                                                   v1::ListMetersResponse* response) {
  return AnswerOn(Rpc::kPowerServiceListMeters, pools_.calls, pools_, context, request, response,
                  [this](const v1::ListMetersRequest&) {
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
