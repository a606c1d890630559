#include "client/app/server_session.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "client/connection/local_daemon.h"
#include "client/connection/server_address.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/energy/energy.h"
#include "common/run/run.h"

namespace powerdown {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(10);
constexpr absl::Duration kQuizTimeout = absl::Seconds(60);
constexpr absl::Duration kShortestPause = absl::Milliseconds(250);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr int64_t kComparisonsShown = 50;
// Runs with more reports come as buckets first.
constexpr int kMostBuckets = 4096;
constexpr size_t kMostWatches = 24;
constexpr absl::Duration kLedgerPeriod = absl::Seconds(15);
constexpr size_t kMostRefreshed = 4;
constexpr double kEnd = 0;

// Has it more reports than buckets?
bool IsLong(const Connection::SeriesPart& part) {
  for (const auto& [metric, buckets] : part.series) {
    for (const SeriesBucket& bucket : buckets) {
      if (bucket.points > 1) return true;
    }
  }
  return false;
}

absl::StatusOr<std::string> AddressOf(const ServerProfile& server) {
  if (!server.address.empty()) return ParseServerAddress(server.address);
  return FindOrStartDaemon(kCallTimeout);
}

std::string Past(const std::string& verb) {
  if (verb == "stop") return "will stop at the next step";
  if (verb == "pause") return "will pause at the next step";
  return Concat("was asked to ", verb);
}

}  // namespace

ServerSession::ServerSession(ServerProfile server, std::function<void()> wake)
    : server_(std::move(server)), wake_(std::move(wake)) {
  threads_.emplace_back([this] { FollowServer(); });
  threads_.emplace_back([this] { FollowPower(); });
  threads_.emplace_back([this] { Work(); });
}

ServerSession::~ServerSession() {
  std::map<std::string, Watch> watches;
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
    for (Connection* connection : streams_) connection->CancelWatches();
    for (auto& [run_id, watch] : watches_) watch.connection->CancelWatches();
    watches.swap(watches_);
  }
  for (auto& [run_id, watch] : watches) watch.thread.join();
  for (std::thread& thread : threads_) thread.join();
}

std::vector<AppUpdate> ServerSession::TakeUpdates(absl::Time* arrived) {
  absl::MutexLock lock(&mutex_);
  if (arrived != nullptr) *arrived = std::min(*arrived, oldest_update_);
  oldest_update_ = absl::InfiniteFuture();
  return std::exchange(updates_, {});
}

void ServerSession::Push(AppUpdate update) {
  {
    absl::MutexLock lock(&mutex_);
    oldest_update_ = std::min(oldest_update_, absl::Now());
    auto* trace = std::get_if<TraceChanged>(&update);
    auto* last = updates_.empty() ? nullptr : std::get_if<TraceChanged>(&updates_.back());
    if (trace != nullptr && last != nullptr && last->run_id == trace->run_id) {
      std::move(trace->updates.begin(), trace->updates.end(), std::back_inserter(last->updates));
    } else {
      updates_.push_back(std::move(update));
    }
  }
  wake_();
}

void ServerSession::Tell(const absl::Status& status) {
  if (status.ok()) return;
  Push(Notice{Notice::Kind::kProblem, std::string(status.message()), absl::Now()});
}

bool ServerSession::SleepUnlessClosed(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&is_closed_), duration);
}

void ServerSession::Lost(const absl::Status& status, absl::Duration pause) {
  Link link;
  {
    absl::MutexLock lock(&mutex_);
    if (link_.state != LinkState::kReconnecting) link_.since = absl::Now();
    link_.state = LinkState::kReconnecting;
    link_.server = server_;
    link_.problem = std::string(status.message());
    link_.retry_at = absl::Now() + pause;
    link = link_;
  }
  Push(LinkChanged{link});
}

bool ServerSession::AddStream(Connection* connection) {
  absl::MutexLock lock(&mutex_);
  if (!is_closed_) streams_.push_back(connection);
  return !is_closed_;
}

void ServerSession::RemoveStream(Connection* connection) {
  absl::MutexLock lock(&mutex_);
  std::erase(streams_, connection);
}

absl::StatusOr<std::unique_ptr<Connection>> ServerSession::Open(absl::Duration timeout) {
  std::string address;
  {
    absl::MutexLock lock(&mutex_);
    address = address_;
  }
  if (address.empty()) return absl::UnavailableError("the server is not connected yet");
  return Connection::Open(address, timeout);
}

void ServerSession::FollowServer() {
  absl::Duration pause = kShortestPause;
  Push(LinkChanged{{.state = LinkState::kConnecting, .server = server_, .since = absl::Now()}});
  for (;;) {
    const absl::Time start = absl::Now();
    absl::Status status;
    const absl::StatusOr<std::string> address = AddressOf(server_);
    auto connection = address.ok() ? Connection::Open(*address, kCallTimeout) : address.status();
    if (connection.ok()) {
      {
        absl::MutexLock lock(&mutex_);
        address_ = *address;
      }
      if (!AddStream(connection->get())) return;
      status = FollowRunsOnce(**connection);
      RemoveStream(connection->get());
    } else {
      status = connection.status();
    }
    if (absl::Now() - start > kLongestPause) pause = kShortestPause;
    Lost(status, pause);
    if (!SleepUnlessClosed(pause)) return;
    pause = std::min(pause * 2, kLongestPause);
  }
}

absl::Status ServerSession::FollowRunsOnce(Connection& connection) {
  const absl::Time asked = absl::Now();
  ASSIGN_OR_RETURN(const ServerFacts facts, connection.GetServerInfo());
  int64_t start = 0;
  {
    absl::MutexLock lock(&mutex_);
    link_ = {.state = LinkState::kConnected,
             .server = server_,
             .since = absl::Now(),
             .last_message = absl::Now(),
             .round_trip = absl::Now() - asked};
    if (link_.server.name.empty()) link_.server.name = facts.hostname;
    updates_.push_back(LinkChanged{link_});
    start = next_revision_;
  }
  Push(facts);
  ReadServer(connection);
  bool is_first = start == 0;
  const absl::Status status =
      connection.WatchRuns(start, [&](const Connection::RunsUpdate& update) {
        return OnRuns(connection, update, std::exchange(is_first, false));
      });
  // The daemon has fewer revisions than we saw: another state folder. Read everything anew.
  if (absl::IsOutOfRange(status)) {
    absl::MutexLock lock(&mutex_);
    next_revision_ = 0;
  }
  return status;
}

bool ServerSession::OnRuns(Connection& connection, const Connection::RunsUpdate& update,
                           bool is_first) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_closed_) return false;
    link_.last_message = absl::Now();
    if (update.progress_revision > 0) next_revision_ = update.progress_revision + 1;
    if (update.runs.empty() && !is_first) return true;
    updates_.push_back(LinkChanged{link_});
  }
  RefreshComparisons(connection, update.runs);
  RestartWatches(update.runs);
  Push(RunsChanged{update.runs, is_first});
  return true;
}

void ServerSession::ReadServer(Connection& connection) {
  if (auto power = connection.ListMeters(); power.ok()) Push(MetersChanged{*std::move(power)});
  ReadLedger(connection);
  bool is_new = false;
  {
    absl::MutexLock lock(&mutex_);
    is_new = next_revision_ == 0;
  }
  const auto comparisons = connection.ListComparisons(kComparisonsShown);
  if (!comparisons.ok()) return;
  for (size_t i = 0; i < comparisons->size(); ++i) {
    const Comparison& comparison = (*comparisons)[i];
    const bool is_shown = i == 0 && is_new;
    Push(ComparisonChanged{comparison, is_shown});
    if (!is_shown) continue;
    StartWatch(comparison.usual.run_id);
    if (comparison.stopped.run_id != comparison.usual.run_id) StartWatch(comparison.stopped.run_id);
  }
}

void ServerSession::RefreshComparisons(Connection& connection, const std::vector<Run>& runs) {
  std::set<std::string> changed;
  for (const Run& run : runs) {
    if (!run.comparison_id.empty()) changed.insert(run.comparison_id);
  }
  // The first list has many, which came with their comparisons.
  if (changed.size() > kMostRefreshed) return;
  for (const std::string& comparison_id : changed) {
    if (const auto comparison = connection.GetComparison(comparison_id); comparison.ok()) {
      Push(ComparisonChanged{*comparison});
    }
  }
}

// A run that had ended goes on: it was continued or resumed, here or elsewhere.
void ServerSession::RestartWatches(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (HasEnded(run.state)) continue;
    bool goes_on = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto watch = watches_.find(run.run_id);
      goes_on = watch != watches_.end() && watch->second.has_ended;
    }
    if (goes_on) StartWatch(run.run_id);
  }
}

void ServerSession::FollowPower() {
  for (absl::Duration pause = kShortestPause;; pause = std::min(pause * 2, kLongestPause)) {
    const auto connection = Open(kCallTimeout);
    if (connection.ok()) {
      if (!AddStream(connection->get())) return;
      absl::Time ledger_at = absl::InfinitePast();
      // Its loss shows on the run list's stream, which says why.
      (*connection)
          ->WatchPower(std::nullopt,
                       [&](const Connection::TimedSample& timed) {
                         pause = kShortestPause;
                         if (absl::Now() - ledger_at > kLedgerPeriod) {
                           ledger_at = absl::Now();
                           ReadLedger(**connection);
                         }
                         const PowerSample& sample = timed.sample;
                         Push(PowerChanged{{{timed.time, sample.device, sample.source, sample.power,
                                             sample.low, sample.high}}});
                         return true;
                       })
          .IgnoreError();
      RemoveStream(connection->get());
    }
    if (!SleepUnlessClosed(pause)) return;
  }
}

void ServerSession::ReadLedger(Connection& connection) {
  if (const auto ledger = connection.GetLedger(); ledger.ok()) Push(LedgerChanged{*ledger});
}

void ServerSession::StartWatch(const std::string& run_id) {
  auto connection = Open(kCallTimeout);
  if (!connection.ok()) return Tell(connection.status());
  absl::MutexLock lock(&mutex_);
  if (is_closed_) return;
  const auto known = watches_.find(run_id);
  if (known != watches_.end() && !known->second.has_ended) return;
  if (known == watches_.end() && watches_.size() >= kMostWatches) DropEndedWatch();
  if (known == watches_.end() && watches_.size() >= kMostWatches) return;
  Watch& watch = watches_[run_id];
  // It ends without this lock once has_ended is set.
  if (watch.thread.joinable()) watch.thread.join();
  watch.has_ended = false;
  watch.connection = *std::move(connection);
  Connection* own = watch.connection.get();
  watch.thread = std::thread([this, own, run_id] { FollowCurves(*own, run_id); });
}

void ServerSession::DropEndedWatch() {
  const auto ended = std::find_if(watches_.begin(), watches_.end(),
                                  [](const auto& known) { return known.second.has_ended; });
  if (ended == watches_.end()) return;
  // It ends without this lock once has_ended is set.
  if (ended->second.thread.joinable()) ended->second.thread.join();
  watches_.erase(ended);
}

void ServerSession::FollowCurves(Connection& connection, const std::string& run_id) {
  int64_t next = 0;
  {
    absl::MutexLock lock(&mutex_);
    next = watches_[run_id].next_revision;
  }
  const absl::Time began = absl::Now();
  const auto on_update = [&](const RunUpdate& update) {
    next = RevisionOf(update) + 1;
    const auto* report = std::get_if<StepReport>(&update);
    // What was committed before this watch is history, not lag.
    if (report != nullptr && report->time > began) {
      absl::MutexLock lock(&mutex_);
      link_.lag = std::max(absl::ZeroDuration(), absl::Now() - report->time);
    }
    Push(TraceChanged{run_id, {update}});
    return true;
  };
  absl::Duration pause = kShortestPause;
  for (bool goes_on = true; goes_on; pause = std::min(pause * 2, kLongestPause)) {
    if (next == 0) {
      const auto part = connection.GetSeries(run_id, 0, kEnd, kMostBuckets);
      if (part.ok() && IsLong(*part)) {
        Push(SeriesArrived{run_id, part->series});
        next = part->progress_revision + 1;
      }
    }
    const absl::Status status = connection.WatchRun(run_id, next, on_update, nullptr);
    goes_on = absl::IsUnavailable(status) && SleepUnlessClosed(pause);
  }
  absl::MutexLock lock(&mutex_);
  const auto watch = watches_.find(run_id);
  if (watch == watches_.end()) return;  // closed
  watch->second.next_revision = next;
  watch->second.has_ended = true;
}

void ServerSession::Carry(const Intent& intent) {
  absl::MutexLock lock(&mutex_);
  if (const auto* follow = std::get_if<FollowRun>(&intent)) {
    const auto watch = watches_.find(follow->run_id);
    if (watch != watches_.end()) {
      // Watch again only a run that has ended and whose updates were received.
      if (!watch->second.has_ended || watch->second.next_revision == 0) return;
      watch->second.next_revision = 0;
    }
  }
  intents_.push_back(intent);
}

void ServerSession::Work() {
  const auto has_work = [this] {
    mutex_.AssertHeld();
    return is_closed_ || !intents_.empty();
  };
  for (;;) {
    std::vector<Intent> intents;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (is_closed_) return;
      intents.swap(intents_);
    }
    for (const Intent& intent : intents) {
      if (const auto* start = std::get_if<StartComparison>(&intent)) Tell(Do(*start));
      if (const auto* act = std::get_if<ActOnRun>(&intent)) Tell(Do(*act));
      if (const auto* edit = std::get_if<EditRun>(&intent)) Tell(Do(*edit));
      if (const auto* ask = std::get_if<AskModel>(&intent)) Tell(Do(*ask));
      if (const auto* grid = std::get_if<FetchGrid>(&intent)) Tell(Do(*grid));
      if (const auto* follow = std::get_if<FollowComparison>(&intent)) Tell(Do(*follow));
      if (const auto* follow = std::get_if<FollowRun>(&intent)) StartWatch(follow->run_id);
    }
  }
}

absl::Status ServerSession::Do(const StartComparison& wanted) {
  ASSIGN_OR_RETURN(const auto connection, Open(kCallTimeout));
  ASSIGN_OR_RETURN(
      const Comparison comparison,
      connection->CreateComparison({.spec = wanted.spec, .schedule = wanted.schedule}));
  return Show(comparison);
}

absl::Status ServerSession::Do(const ActOnRun& wanted) {
  ASSIGN_OR_RETURN(const auto connection, Open(kCallTimeout));
  ASSIGN_OR_RETURN(const Run run, connection->Act(wanted.verb, wanted.run_id));
  if (wanted.verb == "delete") {
    Push(RunRemoved{wanted.run_id});
  } else {
    Push(RunsChanged{{run}});
  }
  Push(Notice{Notice::Kind::kDone, Concat(run.name, ": ", Past(wanted.verb), "."), absl::Now()});
  return absl::OkStatus();
}

absl::Status ServerSession::Do(const EditRun& wanted) {
  ASSIGN_OR_RETURN(const auto connection, Open(kCallTimeout));
  ASSIGN_OR_RETURN(const Run run, connection->UpdateRun(
                                      wanted.run_id, {.notes = wanted.notes, .tags = wanted.tags}));
  Push(RunsChanged{{run}});
  Push(Notice{Notice::Kind::kDone, Concat(run.name, ": notes and tags saved."), absl::Now()});
  return absl::OkStatus();
}

absl::Status ServerSession::Do(const AskModel& wanted) {
  ASSIGN_OR_RETURN(const auto connection, Open(kQuizTimeout));
  Connection::Question question{
      .run_id = wanted.run_id, .at = wanted.at, .count = wanted.count, .seed = wanted.seed};
  if (!wanted.question.empty()) question.questions = {wanted.question};
  ASSIGN_OR_RETURN(const QuizResult result, connection->Ask(question));
  Push(QuizAnswered{result});
  return absl::OkStatus();
}

absl::Status ServerSession::Do(const FetchGrid& wanted) {
  ASSIGN_OR_RETURN(const auto connection, Open(kQuizTimeout));
  ASSIGN_OR_RETURN(const AnswerGrid grid,
                   connection->GetAnswerGrid(wanted.run_id, std::to_string(wanted.step)));
  Push(GridAnswered{grid});
  return absl::OkStatus();
}

absl::Status ServerSession::Do(const FollowComparison& wanted) {
  ASSIGN_OR_RETURN(const auto connection, Open(kCallTimeout));
  ASSIGN_OR_RETURN(const Comparison comparison, connection->GetComparison(wanted.comparison_id));
  return Show(comparison);
}

absl::Status ServerSession::Show(const Comparison& comparison) {
  Push(ComparisonChanged{comparison, /*is_shown=*/true});
  StartWatch(comparison.usual.run_id);
  if (comparison.stopped.run_id != comparison.usual.run_id) StartWatch(comparison.stopped.run_id);
  return absl::OkStatus();
}

}  // namespace powerdown
