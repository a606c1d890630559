#include "tests/support/simulation/simulated_watches.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "proto/convert.h"
#include "tests/support/simulation/simulated_watch_server.h"

namespace powerdown {
namespace {

constexpr size_t kMostWatches = 12;
// As client/connection/run_watching.cc: a connection that is silent for so long is dead.
constexpr absl::Duration kLongestSilence = absl::Seconds(15);

}  // namespace

struct SimulatedWatches::Watch {
  std::string name;
  std::string run_id;
  int64_t next_revision = 0;
  std::unique_ptr<SimulatedWatchServer::RunCall> call;  // null: not connected
  struct Message {
    absl::Duration arrives_at;  // monotonic
    v1::WatchRunResponse content;
  };
  std::deque<Message> under_way;
  absl::Duration heard_at;
  absl::Duration connect_at;
  bool is_half_open = false;
  bool is_slow = false;
  bool is_done = false;
};

// One client that watches all runs, as the desktop client does.
struct SimulatedWatches::RunList {
  int64_t next_revision = 0;
  bool has_all = false;
  std::map<std::string, RunState> states;
  std::unique_ptr<SimulatedWatchServer::RunsCall> call;  // null: not connected
  absl::Duration connect_at;
};

SimulatedWatches::SimulatedWatches(uint64_t seed, Witness* witness, Trace* trace)
    : random_(seed), witness_(*witness), trace_(*trace), list_(std::make_unique<RunList>()) {}

SimulatedWatches::~SimulatedWatches() {
  Disconnect();
}

void SimulatedWatches::Connect(SimulatedDaemon* daemon, SimulationClock* clock) {
  server_ = std::make_unique<SimulatedWatchServer>(*daemon, clock);
  // The clock may be another boot's.
  for (const auto& watch : watches_) watch->connect_at = absl::ZeroDuration();
  list_->connect_at = absl::ZeroDuration();
}

void SimulatedWatches::Disconnect() {
  if (server_ == nullptr) return;
  for (const auto& watch : watches_) Close(*watch, {});
  CloseList({});
  server_.reset();
}

void SimulatedWatches::Drain() {
  if (server_ != nullptr) server_->Drain();
}

void SimulatedWatches::Begin(const std::string& run_id) {
  if (watches_.size() >= kMostWatches) return;
  auto watch = std::make_unique<Watch>();
  watch->name = absl::StrCat("watch-", ++begun_);
  watch->run_id = run_id;
  if (random_.Chance(0.3)) watch->next_revision = witness_.newest_revision() + 1;
  watch->is_slow = random_.Chance(0.3);
  witness_.NoteWatch(watch->name, watch->next_revision);
  watches_.push_back(std::move(watch));
}

void SimulatedWatches::Open(Watch& watch) {
  watch.call = server_->Open(watch.run_id, watch.next_revision);
  watch.is_half_open = false;
}

void SimulatedWatches::Close(Watch& watch, Instant now) {
  watch.under_way.clear();
  watch.connect_at = now.monotonic + random_.Spread(absl::Milliseconds(200), absl::Seconds(5));
  if (watch.call == nullptr) return;
  End(watch.call);
  if (lie == WatchLie::kLateResume) watch.next_revision += 2;
}

template <typename Call>
void SimulatedWatches::End(std::unique_ptr<Call>& call) {
  call->Cut();
  server_->Work();  // it may just be reading, and then write
  call->Cut();
  call.reset();
}

void SimulatedWatches::CloseList(Instant now) {
  list_->connect_at = now.monotonic + random_.Spread(absl::Milliseconds(200), absl::Seconds(5));
  if (list_->call != nullptr) End(list_->call);
}

void SimulatedWatches::ReceiveList(Instant now) {
  RunList& list = *list_;
  if (list.call == nullptr) return;
  if (const auto message = list.call->Take()) {
    for (const v1::Run& wire : message->runs()) {
      const absl::StatusOr<Run> run = FromWire(wire);
      if (run.ok()) list.states[run->run_id] = run->state;
    }
    list.has_all = message->has_all();
    if (list.has_all) {
      if (message->progress_revision() == witness_.newest_revision()) {
        witness_.CheckList(list.states);
      }
      list.next_revision = message->progress_revision() + 1;
    }
    list.call->Acknowledge();
  }
  if (list.call->end() || random_.Chance(0.002)) CloseList(now);
}

void SimulatedWatches::Deliver(Instant now) {
  if (server_ == nullptr) return;
  for (const auto& watch : watches_) {
    if (watch->call == nullptr && now.monotonic >= watch->connect_at) {
      watch->heard_at = now.monotonic;
      Open(*watch);
    }
  }
  if (list_->call == nullptr && now.monotonic >= list_->connect_at) {
    list_->call = server_->OpenAll(list_->next_revision);
  }
  server_->Tick(now);
  // A message, what follows it, and a stream's end.
  for (int round = 0; round < 3; ++round) {
    server_->Work();
    for (const auto& watch : watches_) Receive(*watch, now);
    ReceiveList(now);
  }
  std::erase_if(watches_, [](const auto& watch) { return watch->is_done && !watch->call; });
}

void SimulatedWatches::Receive(Watch& watch, Instant now) {
  if (watch.call == nullptr) return;
  if (random_.Chance(0.003)) watch.is_half_open = true;
  if (const auto message = watch.call->Take(); message && !watch.is_half_open) {
    const absl::Duration way = watch.is_slow
                                   ? random_.Spread(absl::Milliseconds(1), absl::Seconds(20))
                                   : absl::ZeroDuration();
    watch.under_way.push_back({now.monotonic + way, *message});
  }
  while (!watch.under_way.empty() && watch.under_way.front().arrives_at <= now.monotonic) {
    v1::WatchRunResponse content = std::move(watch.under_way.front().content);
    watch.under_way.pop_front();
    watch.heard_at = now.monotonic;
    Take(watch, std::move(content));
    if (watch.is_done) break;
    watch.call->Acknowledge();
  }
  const auto& end = watch.call->end();
  const bool is_cut = random_.Chance(0.004);
  const bool is_silent = now.monotonic - watch.heard_at > kLongestSilence;
  if (end && end->error_code() == grpc::StatusCode::NOT_FOUND) watch.is_done = true;
  const bool is_over = end && watch.under_way.empty();
  if (is_over || is_cut || watch.is_done || (watch.is_half_open && is_silent)) Close(watch, now);
}

void SimulatedWatches::Take(Watch& watch, v1::WatchRunResponse message) {
  std::vector<RunUpdate> updates;
  for (const v1::RunUpdate& wire : message.updates()) {
    if (std::optional<RunUpdate> update = FromWire(wire)) updates.push_back(*std::move(update));
  }
  int64_t bookmark = message.progress_revision();
  Lie(updates, bookmark);
  for (const RunUpdate& update : updates) {
    witness_.CheckDelivered(watch.name, watch.run_id, update);
    watch.next_revision = std::max(watch.next_revision, RevisionOf(update) + 1);
    ++delivered_;
  }
  if (bookmark >= watch.next_revision) {
    witness_.CheckBookmark(watch.name, watch.run_id, bookmark);
    watch.next_revision = bookmark + 1;
  }
  watch.is_done = message.has_ended();
  trace_.Note(absl::StrCat("  ", watch.name, ": ", updates.size(), " updates, next ",
                           watch.next_revision, watch.is_done ? ", ended" : ""));
}

void SimulatedWatches::Lie(std::vector<RunUpdate>& updates, int64_t& bookmark) {
  const size_t size = updates.size();
  switch (lie) {
    case WatchLie::kNone:
    case WatchLie::kLateResume:
      return;
    case WatchLie::kSwap:
      if (size > 1) std::swap(updates[0], updates[1]);
      return;
    case WatchLie::kRepeat:
      if (size > 0) updates.push_back(updates.back());
      return;
    case WatchLie::kDrop:
      if (size > 2) updates.erase(updates.begin() + 1);
      return;
    case WatchLie::kHalf:
      updates.resize(size / 2);
      bookmark = witness_.newest_revision();
      return;
    case WatchLie::kEarlyBookmark:
      bookmark = witness_.newest_revision() + 1;
      return;
    case WatchLie::kAlter:
      for (RunUpdate& update : updates) {
        if (auto* report = std::get_if<StepReport>(&update))
          report->gradient_norm = report->gradient_norm.value_or(0) + 1;
      }
      return;
  }
}

}  // namespace powerdown
