// ForecastService on the wire. Thread-safe: the weights are constant.
#pragma once

#include "powerdown/v1/forecast_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"

namespace powerdown {

class ForecastService final : public v1::ForecastService::CallbackService {
 public:
  ForecastService(const RpcParts& parts, CallPools* pools) : parts_(parts), pools_(*pools) {}

  grpc::ServerUnaryReactor* ForecastSpec(grpc::CallbackServerContext* context,
                                         const v1::ForecastSpecRequest* request,
                                         v1::Forecast* response) override;
  grpc::ServerUnaryReactor* GetForecast(grpc::CallbackServerContext* context,
                                        const v1::GetForecastRequest* request,
                                        v1::Forecast* response) override;

 private:
  absl::StatusOr<Forecast> OfSpec(const RunSpec& spec) const;
  absl::StatusOr<Forecast> OfRun(const std::string& run_id) const;

  const RpcParts parts_;
  CallPools& pools_;
};

}  // namespace powerdown
