// RunService on the wire: converts, calls RunQueue, converts. Thread-safe.
#pragma once

#include "powerdown/v1/run_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"
#include "server/run/series_book.h"

namespace powerdown {

// WatchRun is answered with bytes; see RunWatch.
using RunServiceBase =
    v1::RunService::WithRawCallbackMethod_WatchRun<v1::RunService::CallbackService>;

class RunService final : public RunServiceBase {
 public:
  RunService(const RpcParts& parts, CallPools* pools)
      : parts_(parts), pools_(*pools), series_(parts.store) {}

  grpc::ServerUnaryReactor* SubmitRun(grpc::CallbackServerContext* context,
                                      const v1::SubmitRunRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* SubmitCommand(grpc::CallbackServerContext* context,
                                          const v1::SubmitCommandRequest* request,
                                          v1::Run* response) override;
  grpc::ServerUnaryReactor* GetRunOutput(grpc::CallbackServerContext* context,
                                         const v1::GetRunOutputRequest* request,
                                         v1::RunOutput* response) override;
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context,
                                   const v1::GetRunRequest* request, v1::Run* response) override;
  grpc::ServerUnaryReactor* ListRuns(grpc::CallbackServerContext* context,
                                     const v1::ListRunsRequest* request,
                                     v1::ListRunsResponse* response) override;
  grpc::ServerUnaryReactor* ListRunSummaries(grpc::CallbackServerContext* context,
                                             const v1::ListRunsRequest* request,
                                             v1::ListRunSummariesResponse* response) override;
  using RunServiceBase::WatchRun;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchRun(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request) override;
  grpc::ServerWriteReactor<v1::WatchRunsResponse>* WatchRuns(
      grpc::CallbackServerContext* context, const v1::WatchRunsRequest* request) override;
  grpc::ServerUnaryReactor* GetSeries(grpc::CallbackServerContext* context,
                                      const v1::GetSeriesRequest* request,
                                      v1::GetSeriesResponse* response) override;
  grpc::ServerUnaryReactor* PauseRun(grpc::CallbackServerContext* context,
                                     const v1::RunActionRequest* request,
                                     v1::Run* response) override;
  grpc::ServerUnaryReactor* ResumeRun(grpc::CallbackServerContext* context,
                                      const v1::RunActionRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* StopRun(grpc::CallbackServerContext* context,
                                    const v1::RunActionRequest* request,
                                    v1::Run* response) override;
  grpc::ServerUnaryReactor* ContinueRun(grpc::CallbackServerContext* context,
                                        const v1::RunActionRequest* request,
                                        v1::Run* response) override;
  grpc::ServerUnaryReactor* CancelRun(grpc::CallbackServerContext* context,
                                      const v1::RunActionRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* DeleteRun(grpc::CallbackServerContext* context,
                                      const v1::RunActionRequest* request,
                                      v1::DeleteRunResponse* response) override;
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* context,
                                       const v1::GetRunRequest* request,
                                       v1::Receipt* response) override;
  grpc::ServerUnaryReactor* ListCheckpoints(grpc::CallbackServerContext* context,
                                            const v1::GetRunRequest* request,
                                            v1::ListCheckpointsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRun(grpc::CallbackServerContext* context,
                                      const v1::UpdateRunRequest* request,
                                      v1::Run* response) override;
  grpc::ServerUnaryReactor* ExportRun(grpc::CallbackServerContext* context,
                                      const v1::GetRunRequest* request,
                                      v1::RunBundle* response) override;
  grpc::ServerUnaryReactor* GetRunLogs(grpc::CallbackServerContext* context,
                                       const v1::GetRunRequest* request,
                                       v1::RunLogs* response) override;
  grpc::ServerUnaryReactor* ImportRuns(grpc::CallbackServerContext* context,
                                       const v1::ImportRunsRequest* request,
                                       v1::ImportRunsResponse* response) override;

 private:
  using Action = absl::StatusOr<Run> (RunQueue::*)(const std::string& run_id,
                                                   const std::string& request_id);
  grpc::ServerUnaryReactor* Act(Rpc rpc, Action action, grpc::CallbackServerContext* context,
                                const v1::RunActionRequest* request, v1::Run* response);

  const RpcParts parts_;
  CallPools& pools_;
  SeriesBook series_;
};

}  // namespace powerdown
