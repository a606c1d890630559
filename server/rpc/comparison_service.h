// ComparisonService on the wire: converts, calls Comparisons, converts. Thread-safe.
#pragma once

#include "powerdown/v1/comparison_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"

namespace powerdown {

class ComparisonService final : public v1::ComparisonService::CallbackService {
 public:
  ComparisonService(const RpcParts& parts, CallPools* pools) : parts_(parts), pools_(*pools) {}

  grpc::ServerUnaryReactor* CreateComparison(grpc::CallbackServerContext* context,
                                             const v1::CreateComparisonRequest* request,
                                             v1::Comparison* response) override;
  grpc::ServerUnaryReactor* GetComparison(grpc::CallbackServerContext* context,
                                          const v1::GetComparisonRequest* request,
                                          v1::Comparison* response) override;
  grpc::ServerUnaryReactor* ListComparisons(grpc::CallbackServerContext* context,
                                            const v1::ListComparisonsRequest* request,
                                            v1::ListComparisonsResponse* response) override;

 private:
  const RpcParts parts_;
  CallPools& pools_;
};

}  // namespace powerdown
