// What of RunService changes runs as such, takes them in and gives them out.
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/compression.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/wording.h"
#include "common/run/bundle_reader.h"
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
absl::Status CheckImported(const std::string& run_id) {
  if (run_id.empty() || IsId(run_id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("import: run_id ", Quoted(run_id), " is not the whole id of a run"));
}

// The rows of an import, for as long as somebody waits for it.
class ImportReader {
 public:
  ImportReader(const std::string& content, const grpc::CallbackServerContext& context)
      : reader_(BundleReader::OfBytes(content, "import", kMostImportBytes)), context_(context) {}

  absl::StatusOr<std::optional<BundleRow>> Next() {
    constexpr int64_t kLooks = 1000;  // some 10 ms of reading
    if (rows_++ % kLooks == 0 && context_.IsCancelled()) {
      return absl::CancelledError("the client has disconnected");
    }
    return reader_.Next();
  }

 private:
  BundleReader reader_;
  const grpc::CallbackServerContext& context_;
  int64_t rows_ = 0;
};

// Reads all of it once, so that it is checked before anything is stored, and keeps the runs alone.
absl::StatusOr<std::vector<IncomingRun>> ReadIncoming(ImportReader reader) {
  std::vector<IncomingRun> incoming;
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<BundleRow> row, reader.Next());
    if (!row) break;
    if (auto* head = std::get_if<BundleHead>(&*row)) {
      RETURN_IF_ERROR(CheckImported(head->run.run_id));
      if (incoming.size() == kMostImportedRuns) {
        return absl::InvalidArgumentError(
            absl::StrCat("import: has more runs than are allowed at once: ", kMostImportedRuns));
      }
      incoming.push_back({std::move(head->run), std::move(head->ledger)});
    } else {
      ++incoming.back().updates;
      incoming.back().last = std::get<RunUpdate>(*std::move(row));
    }
  }
  if (incoming.empty()) return absl::InvalidArgumentError("import: has no run");
  return incoming;
}

absl::StatusOr<v1::ImportRunsResponse> Import(RunQueue& queue, const v1::ImportRunsRequest& request,
                                              const Caller& caller, RequestTurns& turns,
                                              const grpc::CallbackServerContext& context) {
  ASSIGN_OR_RETURN(std::vector<IncomingRun> incoming,
                   ReadIncoming(ImportReader(request.content(), context)));
  ImportReader again(request.content(), context);
  const NextUpdate next = [&]() -> absl::StatusOr<RunUpdate> {
    for (;;) {
      ASSIGN_OR_RETURN(std::optional<BundleRow> row, again.Next());
      if (!row) return absl::InternalError("import: ends early");
      if (auto* update = std::get_if<RunUpdate>(&*row)) return std::move(*update);
    }
  };
  // A call that asks again waits for the first one, of which it would find the first runs only.
  std::optional<RequestTurns::Turn> turn;
  if (!request.request_id().empty()) {
    turn.emplace(turns, absl::StrCat("ImportRuns ", OwnRequestId(caller, request.request_id())));
    if (!turn->is_taken()) {
      return absl::UnavailableError(
          "an earlier import of this request is still at work; ask again to be told its outcome");
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Run> runs,
                   queue.Import(std::move(incoming), next, caller.user, request.may_rename(),
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

grpc::ServerUnaryReactor* RunService::GetReceipt(grpc::CallbackServerContext* context,
                                                 const v1::GetRunRequest* request,
                                                 v1::Receipt* response) {
  return AnswerOn(Rpc::kRunServiceGetReceipt, pools_.calls, pools_, context, request, response,
                  [this](const v1::GetRunRequest& wire) -> absl::StatusOr<v1::Receipt> {
                    v1::Receipt receipt;
                    ASSIGN_OR_RETURN(*receipt.mutable_text(),
                                     parts_.receipts->Of(wire.run_id(), parts_.clock->Now().wall));
                    return receipt;
                  });
}

grpc::ServerUnaryReactor* RunService::GetRunOutput(grpc::CallbackServerContext* context,
                                                   const v1::GetRunOutputRequest* request,
                                                   v1::RunOutput* response) {
  return AnswerOn(Rpc::kRunServiceGetRunOutput, pools_.calls, pools_, context, request, response,
                  [this](const v1::GetRunOutputRequest& wire) -> absl::StatusOr<v1::RunOutput> {
                    ASSIGN_OR_RETURN(
                        const CommandOutput output,
                        ReadCommandOutput(*parts_.queue, RunFolders(parts_.state_dir),
                                          wire.run_id(), wire.attempt(), wire.offset()));
                    v1::RunOutput answer;
                    answer.set_attempt(output.attempt);
                    answer.set_offset(output.part.offset);
                    answer.set_text(output.part.text);
                    answer.set_has_ended(output.has_ended);
                    return answer;
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
                  [this, context](const v1::ImportRunsRequest& wire, const Caller& caller) {
                    return Import(*parts_.queue, wire, caller, pools_.turns, *context);
                  });
}

}  // namespace powerdown
