// What of RunService changes runs as such, takes them in and gives them out.
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/compression.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/wording.h"
#include "common/run/run_bundle.h"
#include "server/rpc/run_service.h"
#include "server/rpc/unary_call.h"
#include "server/run/run_logs.h"

namespace powerdown {
namespace {

constexpr size_t kMostImportedRuns = 1000;

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

// What a message may hold, with room for what is around it.
constexpr size_t kMostExportBytes = size_t{60} << 20;

absl::StatusOr<v1::RunBundle> Export(const RunQueue& queue, const std::string& run_id,
                                     const grpc::CallbackServerContext& context) {
  StreamCompressor compressor;
  RETURN_IF_ERROR(queue.ExportText(run_id, [&](std::string_view piece) -> absl::Status {
    if (context.IsCancelled()) return absl::CancelledError("the client has disconnected");
    RETURN_IF_ERROR(compressor.Add(piece));
    if (compressor.size() <= kMostExportBytes) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        absl::StrCat("run ", run_id, " is larger than ", kMostExportBytes >> 20,
                     " MiB as a bundle; copy the database with `powerdown server backup`"));
  }));
  v1::RunBundle wire;
  ASSIGN_OR_RETURN(*wire.mutable_content(), compressor.Finish());
  return wire;
}

// The answer carries each run, and an id that is a mere beginning would hide the runs that it is
// the beginning of.
absl::Status CheckImport(const std::vector<RunBundle>& bundles) {
  if (bundles.size() > kMostImportedRuns) {
    return absl::InvalidArgumentError(absl::StrCat(
        "import: has ", bundles.size(), " runs; allowed: up to ", kMostImportedRuns, " at once"));
  }
  for (const RunBundle& bundle : bundles) {
    const std::string& run_id = bundle.run.run_id;
    if (run_id.empty() || IsId(run_id)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("import: run_id ", Quoted(run_id), " is not the whole id of a run"));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportRunsResponse> Import(RunQueue& queue, const v1::ImportRunsRequest& request,
                                              const Caller& caller, RequestTurns& turns) {
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles,
                   ReadBundles(request.content(), "import", kMostImportBytes));
  RETURN_IF_ERROR(CheckImport(bundles));
  // A call that asks again waits for the first one, of which it would find the first runs only.
  std::optional<RequestTurns::Turn> turn;
  if (!request.request_id().empty()) {
    turn.emplace(turns, absl::StrCat("ImportRuns ", OwnRequestId(caller, request.request_id())));
  }
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
  return AnswerOn(Rpc::kRunServiceExportRun, pools_.transfers, pools_, context, request, response,
                  [this, context](const v1::GetRunRequest& wire) {
                    return Export(*parts_.queue, wire.run_id(), *context);
                  });
}

grpc::ServerUnaryReactor* RunService::ImportRuns(grpc::CallbackServerContext* context,
                                                 const v1::ImportRunsRequest* request,
                                                 v1::ImportRunsResponse* response) {
  return AnswerOn(Rpc::kRunServiceImportRuns, pools_.transfers, pools_, context, request, response,
                  [this](const v1::ImportRunsRequest& wire, const Caller& caller) {
                    return Import(*parts_.queue, wire, caller, pools_.turns);
                  });
}

}  // namespace powerdown
