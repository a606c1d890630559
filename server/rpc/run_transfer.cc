// What of RunService changes runs as such, takes them in and gives them out.
#include "absl/strings/str_cat.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/run/run_bundle.h"
#include "server/rpc/run_service.h"
#include "server/rpc/unary_call.h"
#include "server/run/run_logs.h"

namespace powerdown {
namespace {

absl::StatusOr<RunQueue::Edit> ReadEdit(const v1::UpdateRunRequest& request) {
  RunQueue::Edit edit;
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "name") {
      edit.name = request.name();
    } else if (path == "notes") {
      edit.notes = request.notes();
    } else if (path == "tags") {
      edit.tags.emplace(request.tags().begin(), request.tags().end());
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("update_mask: value is ", path, "; allowed: name, notes, tags"));
    }
  }
  return edit;
}

absl::StatusOr<v1::RunBundle> Export(const RunQueue& queue, const std::string& run_id) {
  ASSIGN_OR_RETURN(const RunBundle bundle, queue.Export(run_id));
  v1::RunBundle wire;
  ASSIGN_OR_RETURN(*wire.mutable_content(), Compress(FormatBundle(bundle)));
  return wire;
}

absl::StatusOr<v1::ImportRunsResponse> Import(RunQueue& queue, const v1::ImportRunsRequest& request,
                                              const Caller& caller) {
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundles(request.content(), "import"));
  ASSIGN_OR_RETURN(const std::vector<Run> runs,
                   queue.Import(std::move(bundles), caller.user, request.may_rename(),
                                OwnRequestId(caller, request.request_id())));
  v1::ImportRunsResponse response;
  for (const Run& run : runs) *response.add_runs() = ToWire(run);
  return response;
}

v1::RunLogs WireOfLogs(const std::vector<AttemptLog>& logs) {
  v1::RunLogs wire;
  for (const AttemptLog& log : logs) {
    v1::RunLogs::AttemptLog* attempt = wire.add_attempts();
    attempt->set_attempt(log.attempt);
    attempt->set_is_cut(log.is_cut);
    attempt->set_text(log.text);
  }
  return wire;
}

}  // namespace

grpc::ServerUnaryReactor* RunService::GetRunLogs(grpc::CallbackServerContext* context,
                                                 const v1::GetRunRequest* request,
                                                 v1::RunLogs* response) {
  return AnswerOn(
      Rpc::kRunServiceGetRunLogs, pools_.calls, pools_, context, request, response,
      [this](const v1::GetRunRequest& wire) -> absl::StatusOr<v1::RunLogs> {
        ASSIGN_OR_RETURN(const Run run, parts_.queue->Get(wire.run_id()));
        return WireOfLogs(ReadRunLogs(absl::StrCat(parts_.state_dir, "/runs/", run.run_id)));
      });
}

grpc::ServerUnaryReactor* RunService::UpdateRun(grpc::CallbackServerContext* context,
                                                const v1::UpdateRunRequest* request,
                                                v1::Run* response) {
  return AnswerOn(
      Rpc::kRunServiceUpdateRun, pools_.calls, pools_, context, request, response,
      [this](const v1::UpdateRunRequest& wire, const Caller& caller) -> absl::StatusOr<v1::Run> {
        ASSIGN_OR_RETURN(const RunQueue::Edit edit, ReadEdit(wire));
        return WireOf(
            parts_.queue->Update(wire.run_id(), edit, OwnRequestId(caller, wire.request_id())));
      });
}

grpc::ServerUnaryReactor* RunService::ExportRun(grpc::CallbackServerContext* context,
                                                const v1::GetRunRequest* request,
                                                v1::RunBundle* response) {
  return AnswerOn(
      Rpc::kRunServiceExportRun, pools_.calls, pools_, context, request, response,
      [this](const v1::GetRunRequest& wire) { return Export(*parts_.queue, wire.run_id()); });
}

grpc::ServerUnaryReactor* RunService::ImportRuns(grpc::CallbackServerContext* context,
                                                 const v1::ImportRunsRequest* request,
                                                 v1::ImportRunsResponse* response) {
  return AnswerOn(Rpc::kRunServiceImportRuns, pools_.calls, pools_, context, request, response,
                  [this](const v1::ImportRunsRequest& wire, const Caller& caller) {
                    return Import(*parts_.queue, wire, caller);
                  });
}

}  // namespace powerdown
