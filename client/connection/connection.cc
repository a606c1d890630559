#include "client/connection/connection.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/connection/profiles.h"
#include "client/connection/request_id.h"
#include "client/connection/run_watching.h"
#include "client/connection/stubs.h"
#include "common/base/pairing.h"
#include "common/base/status.h"
#include "proto/convert.h"
#include "proto/convert_summary.h"

namespace powerdown {
namespace {

// A thousand runs with all their checkpoints would come near gRPC's 4 MB a message.
constexpr int32_t kRunsPerPage = 200;
constexpr int32_t kSummariesPerPage = 1000;  // of some 200 bytes

// In bytes. The daemon takes up to 2 MiB of whom it does not know yet.
constexpr size_t kLongRequest = 1 << 20;

constexpr char kUnix[] = "unix:";

// What is needed to call `address`: nothing for a socket, a pairing for TCP.
absl::StatusOr<Endpoint> FindEndpoint(const std::string& address) {
  absl::string_view path = address;
  if (absl::ConsumePrefix(&path, kUnix) && !path.empty()) return Endpoint{.address = address};
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  const absl::StatusOr<Profile> profile = FindProfile(folder, address);
  if (profile.ok()) {
    Endpoint endpoint = profile->endpoint;
    endpoint.profile = profile->name;
    return endpoint;
  }
  if (!absl::IsNotFound(profile.status())) return profile.status();
  const absl::StatusOr<HostPort> host_port = ParseHostPort(address);
  if (host_port.ok() && host_port->port > 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "this computer is not paired with ", address,
        ": run `powerdown server pair` on that box, then `powerdown server add PAIRING` here"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("server address: value is ", address,
                   "; allowed: unix:PATH, HOST:PORT, or the name of a paired server"));
}

// gRPC writes its own lines to stderr, which is ours to talk on.
void SilenceGrpc() {
  static std::once_flag once;
  std::call_once(once, [] { setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0); });
}

// What all pages of a list have; `ask` calls with the request, whose token this moves on.
template <typename Item, typename Page, typename Ask>
absl::StatusOr<std::vector<Item>> AllPages(v1::ListRunsRequest& request, Ask ask) {
  std::vector<Item> items;
  do {
    Page page;
    RETURN_IF_ERROR(ask(&page));
    for (const auto& wire : page.runs()) {
      ASSIGN_OR_RETURN(Item item, FromWire(wire));
      items.push_back(std::move(item));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return items;
}

}  // namespace

Connection::Connection() = default;
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& address,
                                                             absl::Duration timeout) {
  ASSIGN_OR_RETURN(const Endpoint endpoint, FindEndpoint(address));
  return Open(endpoint, timeout);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Endpoint& endpoint,
                                                             absl::Duration timeout) {
  SilenceGrpc();
  std::unique_ptr<Connection> connection(new Connection());
  connection->stubs_ = std::make_unique<Stubs>(endpoint, timeout);
  return connection;
}

absl::StatusOr<ServerFacts> Connection::GetServerInfo() {
  v1::ServerInfo wire;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->admin_, &v1::AdminService::Stub::GetServerInfo,
                               v1::GetServerInfoRequest(), &wire));
  ServerFacts server{.version = wire.version(),
                     .hostname = wire.hostname(),
                     .state_dir = wire.state_dir(),
                     .running_runs = wire.running_runs(),
                     .queued_runs = wire.queued_runs(),
                     .watchers = wire.watchers(),
                     .started_at = FromWire(wire.started_at()),
                     .features = {wire.features().begin(), wire.features().end()},
                     .addresses = wire.addresses(),
                     .pid = wire.pid(),
                     .receipt_key = wire.receipt_key()};
  if (wire.has_own_core_share()) server.own_core_share = wire.own_core_share();
  if (wire.has_own_power_watts()) server.own_power = Watts(wire.own_power_watts());
  return server;
}

absl::Status Connection::WaitUntilServing(absl::Duration timeout) {
  using grpc::health::v1::HealthCheckResponse;
  const absl::Time deadline = absl::Now() + timeout;
  for (;;) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(absl::ToChronoTime(deadline));
    HealthCheckResponse health;
    const grpc::Status status =
        stubs_->health_->Check(&context, grpc::health::v1::HealthCheckRequest(), &health);
    if (status.ok() && health.status() == HealthCheckResponse::SERVING) return absl::OkStatus();
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration() || (!status.ok() && !IsLost(status))) {
      return absl::UnavailableError(absl::StrCat("the daemon at ", stubs_->endpoint_.address,
                                                 " did not serve within ",
                                                 absl::FormatDuration(timeout)));
    }
    absl::SleepFor(std::min(left, absl::Milliseconds(20)));
  }
}

namespace {

// What a network and a command have alike.
template <typename Request>
Request OrderOf(const Connection::Submission& submission) {
  Request request;
  request.set_auto_stop(ToWire(submission.auto_stop));
  request.set_abandon(ToWire(submission.abandon));
  request.set_name(submission.name);
  request.mutable_tags()->Add(submission.tags.begin(), submission.tags.end());
  request.set_request_id(NewRequestId());
  request.set_validate_only(submission.validate_only);
  request.set_is_private(submission.is_private);
  request.set_priority(submission.priority);
  request.set_budget(submission.budget);
  return request;
}

}  // namespace

absl::StatusOr<Run> Connection::SubmitCommand(const Submission& submission,
                                              const CommandSpec& command,
                                              const std::vector<std::string>& environment,
                                              const std::optional<Attachment>& attached) {
  v1::SubmitCommandRequest request = OrderOf<v1::SubmitCommandRequest>(submission);
  *request.mutable_command() = ToWire(command);
  request.mutable_environment()->Add(environment.begin(), environment.end());
  if (attached) *request.mutable_attached() = ToWire(*attached);
  v1::Run run;
  RETURN_IF_ERROR(
      stubs_->CallAgain(*stubs_->runs_, &v1::RunService::Stub::SubmitCommand, request, &run));
  return FromWire(run);
}

absl::StatusOr<Connection::Output> Connection::GetRunOutput(const std::string& run_id,
                                                            int64_t attempt, int64_t offset) {
  v1::GetRunOutputRequest request;
  request.set_run_id(run_id);
  request.set_attempt(attempt);
  request.set_offset(offset);
  v1::RunOutput answer;
  RETURN_IF_ERROR(
      stubs_->CallAgain(*stubs_->runs_, &v1::RunService::Stub::GetRunOutput, request, &answer));
  return Output{answer.attempt(), answer.offset(), answer.text(), answer.has_ended()};
}

absl::StatusOr<Run> Connection::SubmitRun(const Submission& submission) {
  v1::SubmitRunRequest request = OrderOf<v1::SubmitRunRequest>(submission);
  *request.mutable_spec() = ToWire(submission.spec);
  v1::Run run;
  RETURN_IF_ERROR(
      stubs_->CallAgain(*stubs_->runs_, &v1::RunService::Stub::SubmitRun, request, &run));
  return FromWire(run);
}

absl::StatusOr<Run> Connection::GetRun(const std::string& run_id) {
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  v1::Run run;
  RETURN_IF_ERROR(stubs_->CallAgain(*stubs_->runs_, &v1::RunService::Stub::GetRun, request, &run));
  return FromWire(run);
}

absl::StatusOr<std::vector<Run>> Connection::ListRuns(const ListOptions& options) {
  v1::ListRunsRequest request;
  request.set_page_size(kRunsPerPage);
  request.set_filter(options.filter);
  return AllPages<Run, v1::ListRunsResponse>(request, [&](auto* page) {
    const absl::Status status =
        stubs_->Call(*stubs_->runs_, &v1::RunService::Stub::ListRuns, request, page);
    if (options.is_first_page) page->clear_next_page_token();
    return status;
  });
}

absl::StatusOr<std::vector<RunOverview>> Connection::ListRunSummaries(const std::string& filter) {
  v1::ListRunsRequest request;
  request.set_page_size(kSummariesPerPage);
  request.set_filter(filter);
  auto runs = AllPages<RunOverview, v1::ListRunSummariesResponse>(request, [&](auto* page) {
    return stubs_->Call(*stubs_->runs_, &v1::RunService::Stub::ListRunSummaries, request, page);
  });
  return absl::IsUnimplemented(runs.status()) ? OverviewsWithoutSummaries(filter) : runs;
}

absl::StatusOr<std::vector<RunOverview>> Connection::OverviewsWithoutSummaries(
    const std::string& filter) {
  ASSIGN_OR_RETURN(const std::vector<Run> runs, ListRuns({.filter = filter}));
  std::vector<RunOverview> overviews;
  for (const Run& run : runs) overviews.push_back({.run_id = run.run_id, .state = run.state});
  return overviews;
}

absl::StatusOr<Run> Connection::Act(const std::string& verb, const std::string& run_id) {
  using Stub = v1::RunService::Stub;
  using Action =
      grpc::Status (Stub::*)(grpc::ClientContext*, const v1::RunActionRequest&, v1::Run*);
  static const auto& actions = *new std::map<std::string, Action>{
      {"pause", &Stub::PauseRun},       {"resume", &Stub::ResumeRun}, {"stop", &Stub::StopRun},
      {"continue", &Stub::ContinueRun}, {"cancel", &Stub::CancelRun},
  };
  v1::RunActionRequest request;
  request.set_run_id(run_id);
  request.set_request_id(NewRequestId());
  if (verb == "delete") {
    ASSIGN_OR_RETURN(Run run, GetRun(run_id));  // what is shown of it afterwards
    v1::DeleteRunResponse response;
    RETURN_IF_ERROR(stubs_->CallAgain(*stubs_->runs_, &Stub::DeleteRun, request, &response));
    return run;
  }
  const auto action = actions.find(verb);
  if (action == actions.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "verb: value is ", verb, "; allowed: pause, resume, stop, continue, cancel, delete"));
  }
  v1::Run run;
  RETURN_IF_ERROR(stubs_->CallAgain(*stubs_->runs_, action->second, request, &run));
  return FromWire(run);
}

absl::StatusOr<Run> Connection::UpdateRun(const std::string& run_id, const Edit& edit) {
  v1::UpdateRunRequest request;
  request.set_run_id(run_id);
  request.set_request_id(NewRequestId());
  if (edit.name) {
    request.set_name(*edit.name);
    request.mutable_update_mask()->add_paths("name");
  }
  if (edit.notes) {
    request.set_notes(*edit.notes);
    request.mutable_update_mask()->add_paths("notes");
  }
  if (edit.tags) {
    request.mutable_tags()->Add(edit.tags->begin(), edit.tags->end());
    request.mutable_update_mask()->add_paths("tags");
  }
  v1::Run run;
  RETURN_IF_ERROR(
      stubs_->CallAgain(*stubs_->runs_, &v1::RunService::Stub::UpdateRun, request, &run));
  return FromWire(run);
}

absl::StatusOr<std::string> Connection::ExportRun(const std::string& run_id) {
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  v1::RunBundle bundle;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->runs_, &v1::RunService::Stub::ExportRun, request, &bundle));
  return std::move(*bundle.mutable_content());
}

absl::StatusOr<std::vector<Run>> Connection::ImportRuns(const std::string& bundle,
                                                        bool may_rename) {
  // By a call that is admitted, the daemon knows this connection.
  if (bundle.size() > kLongRequest) RETURN_IF_ERROR(GetServerInfo().status());
  v1::ImportRunsRequest request;
  request.set_content(bundle);
  request.set_may_rename(may_rename);
  request.set_request_id(NewRequestId());
  v1::ImportRunsResponse response;
  RETURN_IF_ERROR(
      stubs_->CallAgain(*stubs_->runs_, &v1::RunService::Stub::ImportRuns, request, &response));
  std::vector<Run> runs;
  for (const v1::Run& wire : response.runs()) {
    ASSIGN_OR_RETURN(runs.emplace_back(), FromWire(wire));
  }
  return runs;
}

absl::Status Connection::WatchRun(const std::string& run_id, int64_t start_revision,
                                  const OnUpdate& on_update, const OnState& on_state) {
  return RunWatching(*stubs_, run_id, start_revision, on_update, on_state, give_up_after_).Follow();
}

void Connection::CancelWatches() {
  stubs_->CancelWatches();
}

absl::StatusOr<Comparison> Connection::CreateComparison(const ComparisonSubmission& submission) {
  v1::CreateComparisonRequest request;
  *request.mutable_spec() = ToWire(submission.spec);
  request.set_parallel(submission.mode == ComparisonMode::kParallel);
  request.set_schedule(submission.schedule);
  request.set_request_id(NewRequestId());
  request.set_validate_only(submission.validate_only);
  v1::Comparison comparison;
  RETURN_IF_ERROR(stubs_->CallAgain(
      *stubs_->comparisons_, &v1::ComparisonService::Stub::CreateComparison, request, &comparison));
  return FromWire(comparison);
}

absl::StatusOr<Comparison> Connection::GetComparison(const std::string& comparison_id) {
  v1::GetComparisonRequest request;
  request.set_comparison_id(comparison_id);
  v1::Comparison comparison;
  RETURN_IF_ERROR(stubs_->CallAgain(
      *stubs_->comparisons_, &v1::ComparisonService::Stub::GetComparison, request, &comparison));
  return FromWire(comparison);
}

absl::StatusOr<Forecast> Connection::ForecastSpec(const RunSpec& spec) {
  v1::ForecastSpecRequest request;
  *request.mutable_spec() = ToWire(spec);
  v1::Forecast forecast;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->forecasts_, &v1::ForecastService::Stub::ForecastSpec,
                               request, &forecast));
  return FromWire(forecast);
}

absl::StatusOr<Forecast> Connection::GetForecast(const std::string& run_id) {
  v1::GetForecastRequest request;
  request.set_run_id(run_id);
  v1::Forecast forecast;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->forecasts_, &v1::ForecastService::Stub::GetForecast,
                               request, &forecast));
  return FromWire(forecast);
}

absl::StatusOr<QuizResult> Connection::Ask(const Question& question) {
  v1::AskRequest request;
  request.set_run_id(question.run_id);
  request.set_at(question.at);
  request.mutable_questions()->Add(question.questions.begin(), question.questions.end());
  request.set_count(question.count);
  request.set_seed(question.seed);
  v1::AskResponse answer;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->quiz_, &v1::QuizService::Stub::Ask, request, &answer));
  return FromWire(answer);
}

absl::StatusOr<AnswerGrid> Connection::GetAnswerGrid(const std::string& run_id,
                                                     const std::string& at) {
  v1::GetAnswerGridRequest request;
  request.set_run_id(run_id);
  request.set_at(at);
  v1::AnswerGrid grid;
  RETURN_IF_ERROR(
      stubs_->Call(*stubs_->quiz_, &v1::QuizService::Stub::GetAnswerGrid, request, &grid));
  return FromWire(grid);
}

}  // namespace powerdown
