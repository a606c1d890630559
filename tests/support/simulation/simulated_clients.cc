#include "tests/support/simulation/simulated_clients.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

constexpr const char* kUsers[] = {"ada", "bob", "eve"};
constexpr size_t kMostEarlier = 30;  // requests that may be asked again
constexpr size_t kMostRuns = 60;     // before old ones are deleted
constexpr const char* kMethods[] = {"submit",   "pause",  "resume", "stop",
                                    "continue", "cancel", "delete", "update"};

}  // namespace

void SimulatedClients::Act(SimulatedDaemon& daemon, const std::function<bool()>& is_in_trouble,
                           Instant now) {
  const int64_t what = random_.Between(0, 99);
  if (what < 3) return SetBudget(daemon);
  if (what < 6) return CopyARun(daemon, now);
  if (what < 16 && !earlier_.empty()) {
    const Request again = earlier_[static_cast<size_t>(
        random_.Between(0, static_cast<int64_t>(earlier_.size()) - 1))];
    return Send(daemon, again, is_in_trouble);
  }
  const Request request = Draw(now);
  Send(daemon, request, is_in_trouble);
  earlier_.push_back(request);
  if (earlier_.size() > kMostEarlier) earlier_.erase(earlier_.begin());
}

SubmitRequest SimulatedClients::DrawSubmission() {
  SubmitRequest request;
  request.owner = kUsers[random_.Between(0, 2)];
  request.spec.seed = random_.Between(0, 5);
  request.spec.max_steps = random_.Between(10, 5000);
  request.auto_stop = random_.Chance(0.5) ? AutoStop::kOn : AutoStop::kObserve;
  request.priority = random_.Between(0, 2);
  request.is_private = random_.Chance(0.2);
  if (random_.Chance(0.3)) request.tags = {"tagged"};
  if (random_.Chance(0.3)) {
    const absl::Duration worth = random_.Spread(absl::Seconds(1), absl::Hours(20));
    request.budget = Budget{"J", 30 * absl::ToDoubleSeconds(worth)};
  }
  return request;
}

SimulatedClients::Request SimulatedClients::Draw(Instant) {
  Request request;
  request.id = absl::StrCat("request-", ++requests_);
  const bool is_full = runs_.size() >= kMostRuns;
  const int64_t what = random_.Between(0, 99);
  if (runs_.empty() || (what < 40 && !is_full)) {
    request.submission = DrawSubmission();
    request.submission.request_id = request.id;
    return request;
  }
  static constexpr Method kOthers[] = {Method::kPause,  Method::kPause,  Method::kResume,
                                       Method::kResume, Method::kStop,   Method::kContinue,
                                       Method::kCancel, Method::kDelete, Method::kDelete,
                                       Method::kDelete, Method::kUpdate};
  request.method = is_full && random_.Chance(0.5)
                       ? Method::kDelete
                       : kOthers[random_.Between(0, std::size(kOthers) - 1)];
  request.run_id =
      runs_[static_cast<size_t>(random_.Between(0, static_cast<int64_t>(runs_.size()) - 1))];
  return request;
}

absl::StatusOr<std::string> SimulatedClients::Ask(SimulatedDaemon& daemon, const Request& request) {
  RunQueue& queue = daemon.queue();
  absl::StatusOr<Run> run = absl::UnknownError("not asked");
  switch (request.method) {
    case Method::kSubmit:
      run = queue.Submit(request.submission);
      break;
    case Method::kPause:
      run = queue.Pause(request.run_id, request.id);
      break;
    case Method::kResume:
      witness_.NoteRequeue(request.run_id);
      run = queue.Resume(request.run_id, request.id);
      break;
    case Method::kStop:
      run = queue.Stop(request.run_id, request.id);
      break;
    case Method::kContinue:
      witness_.NoteRequeue(request.run_id);
      run = queue.Continue(request.run_id, request.id);
      break;
    case Method::kCancel:
      run = queue.Cancel(request.run_id, request.id);
      break;
    case Method::kUpdate:
      run = queue.Update(request.run_id, {.notes = absl::StrCat("by ", request.id)}, request.id);
      break;
    case Method::kDelete: {
      const absl::Status deleted = queue.Delete(request.run_id, request.id);
      // Only an answer of these kinds says for certain that nothing was deleted.
      if (!absl::IsFailedPrecondition(deleted) && !absl::IsNotFound(deleted)) {
        witness_.NoteDeletion(request.run_id);
      }
      if (!deleted.ok()) return deleted;
      witness_.NoteDeleted(request.run_id);
      return request.run_id;
    }
  }
  if (!run.ok()) return run.status();
  if (request.method == Method::kSubmit) {
    witness_.NoteSubmitted(*run);
    if (std::find(runs_.begin(), runs_.end(), run->run_id) == runs_.end()) {
      runs_.push_back(run->run_id);
    }
  }
  return run->run_id;
}

void SimulatedClients::Send(SimulatedDaemon& daemon, const Request& request,
                            const std::function<bool()>& is_in_trouble) {
  const std::string method = kMethods[static_cast<int>(request.method)];
  const absl::StatusOr<std::string> answer = Ask(daemon, request);
  const bool is_first = witness_.NoteAnswer(request.id, method, answer, is_in_trouble());
  if (answer.ok()) witness_.CheckAnswer(daemon.store(), request.id, method);
  const bool asks_to_end = request.method == Method::kPause || request.method == Method::kStop ||
                           request.method == Method::kCancel;
  if (is_first && answer.ok() && asks_to_end) witness_.NoteAsked(daemon.store(), *answer);
  trace_.Note(absl::StrCat("  ", method, " ", request.id, " ", request.run_id, ": ",
                           answer.ok() ? *answer : answer.status().ToString()));
  if (request.method == Method::kDelete && answer.ok()) std::erase(runs_, request.run_id);
}

// Exports a run and imports it under another name.
void SimulatedClients::CopyARun(SimulatedDaemon& daemon, Instant now) {
  if (runs_.empty()) return;
  const std::string from =
      runs_[static_cast<size_t>(random_.Between(0, static_cast<int64_t>(runs_.size()) - 1))];
  absl::StatusOr<RunBundle> bundle = daemon.queue().Export(from);
  if (!bundle.ok()) return;
  const std::string copy = ids_.Next(now.wall);
  bundle->run.run_id = copy;
  for (RunUpdate& update : bundle->updates) {
    std::visit([&](auto& row) { row.run_id = copy; }, update);
  }
  witness_.NoteCopy(copy);
  const std::string request = absl::StrCat("request-", ++requests_);
  const auto imported = daemon.queue().Import({*bundle}, kUsers[0], false, request);
  if (imported.ok()) {
    for (const Run& run : *imported) witness_.NoteSubmitted(run);
    runs_.push_back(copy);
  }
  trace_.Note(absl::StrCat("  import ", request, " of ", from, " as ", copy, ": ",
                           imported.status().ToString()));
}

void SimulatedClients::SetBudget(SimulatedDaemon& daemon) {
  const std::string user = kUsers[random_.Between(0, 2)];
  std::optional<Budget> budget;
  if (random_.Chance(0.6)) {
    const absl::Duration worth = random_.Spread(absl::Minutes(10), absl::Hours(60));
    budget = Budget{"J", 30 * absl::ToDoubleSeconds(worth)};
  }
  const absl::Status set = daemon.queue().SetAllowance(user, Period::kDay, budget);
  trace_.Note(absl::StrCat("  budget of ", user, ": ", set.ToString()));
}

}  // namespace powerdown
