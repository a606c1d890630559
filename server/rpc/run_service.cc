#include "server/rpc/run_service.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/process.h"
#include "common/platform/process_tree.h"
#include "proto/convert_summary.h"
#include "server/rpc/run_listing.h"
#include "server/rpc/run_watch.h"
#include "server/rpc/runs_watch.h"
#include "server/rpc/unary_call.h"
#include "server/run/run_overviews.h"

namespace powerdown {
namespace {

constexpr int kMostBuckets = 8192;

// What a network and a command have alike.
template <typename Wire>
absl::Status ReadOrder(const Wire& wire, const Caller& caller, SubmitRequest& request) {
  request.name = wire.name();
  request.owner = caller.user;
  request.tags.assign(wire.tags().begin(), wire.tags().end());
  request.request_id = OwnRequestId(caller, wire.request_id());
  request.is_private = wire.is_private();
  request.priority = wire.priority();
  if (!wire.budget().empty()) {
    ASSIGN_OR_RETURN(request.budget, ParseBudget(wire.budget()));
  }
  if (request.priority > 0 && caller.role != Role::kAdmin) {
    return absl::PermissionDeniedError("priority: only an admin can set a priority above 0");
  }
  request.validate_only = wire.validate_only();
  return absl::OkStatus();
}

absl::StatusOr<SubmitRequest> ReadSubmission(const v1::SubmitRunRequest& wire,
                                             const Caller& caller) {
  SubmitRequest request;
  ASSIGN_OR_RETURN(request.spec, SpecOfRequest(wire.spec()));
  ASSIGN_OR_RETURN(request.auto_stop, FromWire(wire.auto_stop()));
  ASSIGN_OR_RETURN(request.abandon, AbandonFromWire(wire.abandon()));
  RETURN_IF_ERROR(ReadOrder(wire, caller, request));
  return request;
}

// Nobody has another's process metered, or told to end.
absl::Status CheckOwn(const Account& account, int64_t pid) {
  const std::optional<uid_t> owner = OwnerOfProcess(pid);
  if (owner == account.uid) return absl::OkStatus();
  return absl::PermissionDeniedError(
      Concat("attached: process ", pid, " is not one of ", account.name, " on this box"));
}

absl::StatusOr<SubmitRequest> ReadCommand(const v1::SubmitCommandRequest& wire,
                                          const Caller& caller) {
  SubmitRequest request;
  ASSIGN_OR_RETURN(request.command, FromWire(wire.command()));
  request.environment.assign(wire.environment().begin(), wire.environment().end());
  request.command->variables = VariableNames(request.environment);
  request.command->account = caller.account;
  request.auto_stop = AutoStop::kObserve;
  if (wire.auto_stop() != v1::AUTO_STOP_UNSPECIFIED) {
    ASSIGN_OR_RETURN(request.auto_stop, FromWire(wire.auto_stop()));
  }
  ASSIGN_OR_RETURN(request.abandon, AbandonFromWire(wire.abandon()));
  RETURN_IF_ERROR(ReadOrder(wire, caller, request));
  RETURN_IF_ERROR(ValidateCommand(*request.command, request.environment));
  ASSIGN_OR_RETURN(const Account account, FindAccount(caller.account));
  RETURN_IF_ERROR(CheckEnterable(account, request.command->directory));
  if (wire.has_attached()) {
    ASSIGN_OR_RETURN(request.attached, FromWire(wire.attached()));
    RETURN_IF_ERROR(CheckOwn(account, request.attached->pid));
    RETURN_IF_ERROR(CheckOwn(account, request.attached->child));
  }
  request.command->is_attached = request.attached.has_value();
  return request;
}

// Whoever starts a command again is the account that it runs as, or root.
absl::Status CheckMayStart(const Run& run, const Caller& caller) {
  if (!run.command || caller.account == run.command->account) return absl::OkStatus();
  if (geteuid() == 0 && caller.account == OwnAccount().name) return absl::OkStatus();
  return absl::PermissionDeniedError(
      Concat("run ", run.run_id, " is a command of the account ", run.command->account,
             "; only that one can start it again, on the box itself"));
}

// One page of what `list` finds, each item as `convert` sends it.
template <typename Response, typename List, typename Convert>
absl::StatusOr<Response> Page(const v1::ListRunsRequest& request, const Caller& caller, List list,
                              Convert convert) {
  ASSIGN_OR_RETURN(RunFilter filter, ReadListing(request));
  filter.visible_to = VisibleTo(caller);
  const size_t page_size = static_cast<size_t>(filter.limit++);  // one more tells of a next page
  ASSIGN_OR_RETURN(const auto runs, list(filter));
  Response response;
  const size_t added = FillPage(std::span(runs).first(std::min(runs.size(), page_size)),
                                *response.mutable_runs(), convert);
  if (added < runs.size()) response.set_next_page_token(PageTokenAfter(runs[added - 1].run_id));
  return response;
}

// Hundreds of runs, and the reports of a long one, are a tenth as long compressed: what a slow line
// waits for. On this machine nobody waits.
void CompressFor(grpc::CallbackServerContext& context) {
  if (!IsFromThisMachine(context)) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
}

absl::StatusOr<SeriesRequest> ReadSeriesRequest(const v1::GetSeriesRequest& wire) {
  SeriesRequest request{.run_id = wire.run_id(),
                        .from_step = wire.from_step(),
                        .to_step = wire.to_step(),
                        .buckets = wire.buckets() == 0 ? 1000 : wire.buckets()};
  if (request.buckets < 1 || request.buckets > kMostBuckets) {
    return absl::InvalidArgumentError(
        Concat("buckets: value is ", request.buckets, "; allowed: 1 to ", kMostBuckets));
  }
  for (const std::string& name : wire.metrics()) {
    const MetricDescription* metric = FindMetric(name);
    if (metric == nullptr) {
      return absl::InvalidArgumentError(Concat("metrics: ", Quoted(name), " is not a metric"));
    }
    request.metrics.push_back(metric->metric);
  }
  if (wire.metrics().empty()) {
    for (const MetricDescription& metric : Metrics()) request.metrics.push_back(metric.metric);
  }
  return request;
}

}  // namespace

grpc::ServerUnaryReactor* RunService::SubmitRun(grpc::CallbackServerContext* context,
                                                const v1::SubmitRunRequest* request,
                                                v1::Run* response) {
  return AnswerOn(
      Rpc::kRunServiceSubmitRun, pools_.calls, pools_, context, request, response,
      [this](const v1::SubmitRunRequest& wire, const Caller& caller) -> absl::StatusOr<v1::Run> {
        ASSIGN_OR_RETURN(const SubmitRequest submission, ReadSubmission(wire, caller));
        return WireOf(parts_.queue->Submit(submission));
      });
}

grpc::ServerUnaryReactor* RunService::SubmitCommand(grpc::CallbackServerContext* context,
                                                    const v1::SubmitCommandRequest* request,
                                                    v1::Run* response) {
  return AnswerOn(Rpc::kRunServiceSubmitCommand, pools_.calls, pools_, context, request, response,
                  [this](const v1::SubmitCommandRequest& wire,
                         const Caller& caller) -> absl::StatusOr<v1::Run> {
                    ASSIGN_OR_RETURN(const SubmitRequest submission, ReadCommand(wire, caller));
                    return WireOf(parts_.queue->Submit(submission));
                  });
}

grpc::ServerUnaryReactor* RunService::GetRun(grpc::CallbackServerContext* context,
                                             const v1::GetRunRequest* request, v1::Run* response) {
  return AnswerOn(
      Rpc::kRunServiceGetRun, pools_.calls, pools_, context, request, response,
      [this](const v1::GetRunRequest& wire) { return WireOf(parts_.queue->Get(wire.run_id())); });
}

grpc::ServerUnaryReactor* RunService::ListRuns(grpc::CallbackServerContext* context,
                                               const v1::ListRunsRequest* request,
                                               v1::ListRunsResponse* response) {
  CompressFor(*context);
  return AnswerOn(Rpc::kRunServiceListRuns, pools_.calls, pools_, context, request, response,
                  [this](const v1::ListRunsRequest& wire, const Caller& caller) {
                    return Page<v1::ListRunsResponse>(
                        wire, caller,
                        [&](const RunFilter& filter) { return parts_.queue->List(filter); },
                        ListedRun);
                  });
}

grpc::ServerUnaryReactor* RunService::ListRunSummaries(grpc::CallbackServerContext* context,
                                                       const v1::ListRunsRequest* request,
                                                       v1::ListRunSummariesResponse* response) {
  CompressFor(*context);
  Store& store = *parts_.store;
  return AnswerOn(Rpc::kRunServiceListRunSummaries, pools_.calls, pools_, context, request,
                  response, [&store](const v1::ListRunsRequest& wire, const Caller& caller) {
                    return Page<v1::ListRunSummariesResponse>(
                        wire, caller,
                        [&](const RunFilter& filter) { return ListOverviews(store, filter); },
                        [](const RunOverview& run) { return ToWire(run); });
                  });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* RunService::WatchRun(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  CompressFor(*context);
  v1::WatchRunRequest wire;
  grpc::ByteBuffer bytes(*request);
  const grpc::Status parsed =
      grpc::SerializationTraits<v1::WatchRunRequest>::Deserialize(&bytes, &wire);
  CallOrigin origin = OriginOf(*context, wire);
  if (!parsed.ok()) {
    origin.texts = absl::InvalidArgumentError("the request is not a WatchRunRequest");
  }
  auto* watch = new RunWatch(parts_, &pools_, std::move(origin), wire);  // deletes itself in OnDone
  watch->Start();
  return watch;
}

grpc::ServerWriteReactor<v1::WatchRunsResponse>* RunService::WatchRuns(
    grpc::CallbackServerContext* context, const v1::WatchRunsRequest* request) {
  CompressFor(*context);
  auto* watch = new RunsWatch(parts_, &pools_, OriginOf(*context, *request),
                              *request);  // deletes itself in OnDone
  watch->Start();
  return watch;
}

grpc::ServerUnaryReactor* RunService::GetSeries(grpc::CallbackServerContext* context,
                                                const v1::GetSeriesRequest* request,
                                                v1::GetSeriesResponse* response) {
  CompressFor(*context);
  return AnswerOn(
      Rpc::kRunServiceGetSeries, pools_.series, pools_, context, request, response,
      [this](const v1::GetSeriesRequest& wire) -> absl::StatusOr<v1::GetSeriesResponse> {
        ASSIGN_OR_RETURN(const SeriesRequest wanted, ReadSeriesRequest(wire));
        ASSIGN_OR_RETURN(const SeriesAnswer answer, series_.Read(wanted));
        v1::GetSeriesResponse message;
        for (const MetricBuckets& one : answer.series) {
          *message.add_series() = ToWire(one.metric, one.buckets);
        }
        message.set_progress_revision(answer.revision);
        return message;
      });
}

grpc::ServerUnaryReactor* RunService::Act(Rpc rpc, Action action,
                                          grpc::CallbackServerContext* context,
                                          const v1::RunActionRequest* request, v1::Run* response) {
  const bool is_start = rpc == Rpc::kRunServiceResumeRun || rpc == Rpc::kRunServiceContinueRun;
  return AnswerOn(rpc, pools_.calls, pools_, context, request, response,
                  [this, action, is_start](const v1::RunActionRequest& wire,
                                           const Caller& caller) -> absl::StatusOr<v1::Run> {
                    if (is_start) {
                      ASSIGN_OR_RETURN(const Run run, parts_.queue->Get(wire.run_id()));
                      RETURN_IF_ERROR(CheckMayStart(run, caller));
                    }
                    return WireOf((parts_.queue->*action)(wire.run_id(),
                                                          OwnRequestId(caller, wire.request_id())));
                  });
}

grpc::ServerUnaryReactor* RunService::PauseRun(grpc::CallbackServerContext* context,
                                               const v1::RunActionRequest* request,
                                               v1::Run* response) {
  return Act(Rpc::kRunServicePauseRun, &RunQueue::Pause, context, request, response);
}

grpc::ServerUnaryReactor* RunService::ResumeRun(grpc::CallbackServerContext* context,
                                                const v1::RunActionRequest* request,
                                                v1::Run* response) {
  return Act(Rpc::kRunServiceResumeRun, &RunQueue::Resume, context, request, response);
}

grpc::ServerUnaryReactor* RunService::StopRun(grpc::CallbackServerContext* context,
                                              const v1::RunActionRequest* request,
                                              v1::Run* response) {
  return Act(Rpc::kRunServiceStopRun, &RunQueue::Stop, context, request, response);
}

grpc::ServerUnaryReactor* RunService::ContinueRun(grpc::CallbackServerContext* context,
                                                  const v1::RunActionRequest* request,
                                                  v1::Run* response) {
  return Act(Rpc::kRunServiceContinueRun, &RunQueue::Continue, context, request, response);
}

grpc::ServerUnaryReactor* RunService::CancelRun(grpc::CallbackServerContext* context,
                                                const v1::RunActionRequest* request,
                                                v1::Run* response) {
  return Act(Rpc::kRunServiceCancelRun, &RunQueue::Cancel, context, request, response);
}

grpc::ServerUnaryReactor* RunService::DeleteRun(grpc::CallbackServerContext* context,
                                                const v1::RunActionRequest* request,
                                                v1::DeleteRunResponse* response) {
  return AnswerOn(Rpc::kRunServiceDeleteRun, pools_.calls, pools_, context, request, response,
                  [this](const v1::RunActionRequest& wire,
                         const Caller& caller) -> absl::StatusOr<v1::DeleteRunResponse> {
                    RETURN_IF_ERROR(parts_.queue->Delete(wire.run_id(),
                                                         OwnRequestId(caller, wire.request_id())));
                    return v1::DeleteRunResponse();
                  });
}

grpc::ServerUnaryReactor* RunService::ListCheckpoints(grpc::CallbackServerContext* context,
                                                      const v1::GetRunRequest* request,
                                                      v1::ListCheckpointsResponse* response) {
  return AnswerOn(
      Rpc::kRunServiceListCheckpoints, pools_.calls, pools_, context, request, response,
      [this](const v1::GetRunRequest& wire) -> absl::StatusOr<v1::ListCheckpointsResponse> {
        ASSIGN_OR_RETURN(const Run run, parts_.queue->Get(wire.run_id()));
        v1::ListCheckpointsResponse answer;
        for (const Checkpoint& checkpoint : run.checkpoints) {
          *answer.add_checkpoints() = ToWire(checkpoint);
        }
        return answer;
      });
}

}  // namespace powerdown
