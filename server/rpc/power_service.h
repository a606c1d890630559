// PowerService on the wire: meters, baselines and live samples of the sampler. Thread-safe.
#pragma once

#include "powerdown/v1/power_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"

namespace powerdown {

class PowerService final : public v1::PowerService::CallbackService {
 public:
  PowerService(const RpcParts& parts, CallPools* pools) : parts_(parts), pools_(*pools) {}

  grpc::ServerUnaryReactor* ListMeters(grpc::CallbackServerContext* context,
                                       const v1::ListMetersRequest* request,
                                       v1::ListMetersResponse* response) override;
  grpc::ServerUnaryReactor* MeasureBaseline(grpc::CallbackServerContext* context,
                                            const v1::MeasureBaselineRequest* request,
                                            v1::MeasureBaselineResponse* response) override;
  grpc::ServerUnaryReactor* Calibrate(grpc::CallbackServerContext* context,
                                      const v1::CalibrateRequest* request,
                                      v1::Calibration* response) override;
  grpc::ServerUnaryReactor* GetLedger(grpc::CallbackServerContext* context,
                                      const v1::GetLedgerRequest* request,
                                      v1::BoxLedger* response) override;
  grpc::ServerWriteReactor<v1::PowerSample>* WatchPower(
      grpc::CallbackServerContext* context, const v1::WatchPowerRequest* request) override;

 private:
  const RpcParts parts_;
  CallPools& pools_;
};

}  // namespace powerdown
