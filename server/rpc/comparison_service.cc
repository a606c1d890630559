#include "server/rpc/comparison_service.h"

#include <vector>

#include "common/base/status.h"
#include "server/rpc/run_listing.h"
#include "server/rpc/unary_call.h"

namespace powerdown {
namespace {

absl::StatusOr<CompareRequest> ReadRequest(const v1::CreateComparisonRequest& wire,
                                           const Caller& caller) {
  CompareRequest request;
  ASSIGN_OR_RETURN(request.spec, SpecOfRequest(wire.spec()));
  request.mode = wire.parallel() ? ComparisonMode::kParallel : ComparisonMode::kShared;
  if (!wire.schedule().empty()) {
    ASSIGN_OR_RETURN(request.schedule, ParseSchedule(wire.schedule()));
  }
  request.owner = caller.user;
  request.request_id = OwnRequestId(caller, wire.request_id());
  request.validate_only = wire.validate_only();
  return request;
}

}  // namespace

grpc::ServerUnaryReactor* ComparisonService::CreateComparison(
    grpc::CallbackServerContext* context, const v1::CreateComparisonRequest* request,
    v1::Comparison* response) {
  return AnswerOn(Rpc::kComparisonServiceCreateComparison, pools_.calls, pools_, context, request,
                  response,
                  [this](const v1::CreateComparisonRequest& wire,
                         const Caller& caller) -> absl::StatusOr<v1::Comparison> {
                    ASSIGN_OR_RETURN(const CompareRequest comparison, ReadRequest(wire, caller));
                    return WireOf(parts_.comparisons->Create(comparison));
                  });
}

grpc::ServerUnaryReactor* ComparisonService::GetComparison(grpc::CallbackServerContext* context,
                                                           const v1::GetComparisonRequest* request,
                                                           v1::Comparison* response) {
  return AnswerOn(Rpc::kComparisonServiceGetComparison, pools_.calls, pools_, context, request,
                  response, [this](const v1::GetComparisonRequest& wire) {
                    return WireOf(parts_.comparisons->Get(wire.comparison_id()));
                  });
}

grpc::ServerUnaryReactor* ComparisonService::ListComparisons(
    grpc::CallbackServerContext* context, const v1::ListComparisonsRequest* request,
    v1::ListComparisonsResponse* response) {
  return AnswerOn(Rpc::kComparisonServiceListComparisons, pools_.calls, pools_, context, request,
                  response,
                  [this](const v1::ListComparisonsRequest& wire,
                         const Caller& caller) -> absl::StatusOr<v1::ListComparisonsResponse> {
                    ASSIGN_OR_RETURN(const int64_t limit, PageSize(wire.page_size()));
                    ASSIGN_OR_RETURN(const std::vector<Comparison> comparisons,
                                     parts_.comparisons->List(limit, VisibleTo(caller)));
                    v1::ListComparisonsResponse answer;
                    for (const Comparison& comparison : comparisons) {
                      *answer.add_comparisons() = ToWire(comparison);
                    }
                    return answer;
                  });
}

}  // namespace powerdown
