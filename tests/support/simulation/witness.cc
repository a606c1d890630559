#include "tests/support/simulation/witness.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/text.h"
#include "common/run/event_details.h"

namespace powerdown {
namespace {

// What a daemon needs for a step that waits for nothing but its next ticks.
constexpr int64_t kMostTicks = 4;
constexpr double kRounding = 1 + 1e-6;  // of sums in another order
// A queue that could start nothing looks again after a second, or a minute where an energy budget
// has to renew.
constexpr absl::Duration kLongestStart = absl::Seconds(70);

std::string Describe(const std::string& what, int64_t ticks, absl::Duration time) {
  return absl::StrCat(what, " for ", ticks, " ticks and ", absl::FormatDuration(time));
}

}  // namespace

std::string DigestOf(const RunUpdate& update) {
  if (const auto* report = std::get_if<StepReport>(&update)) {
    return absl::StrFormat("%s/%d step %d %d %.9g %.9g %.9g", report->run_id, report->attempt,
                           report->evaluation.step, absl::ToUnixMicros(report->time),
                           *report->gradient_norm, report->power.value_or(Watts(-1)).value(),
                           report->energy.value_or(Joules(-1)).value());
  }
  const auto& event = std::get<RunEvent>(update);
  return absl::StrFormat("%s/%d %s %d %d %s", event.run_id, event.attempt,
                         std::string(event.kind.name()), event.step.value_or(-1),
                         absl::ToUnixMicros(event.time), event.message);
}

void Witness::Blame(const std::string& violation) {
  if (violation_.empty()) violation_ = violation;
}

void Witness::NoteSubmitted(const Run& run) {
  Known& known = runs_[run.run_id];
  known.is_submitted = true;
  known.owner = run.owner;
  if (run.budget) known.budget = Joules(run.budget->amount);  // the simulation budgets in joules
}

bool Witness::NoteAnswer(const std::string& request_id, const std::string& method,
                         const absl::StatusOr<std::string>& run_id, bool is_in_trouble) {
  const auto [entry, is_first] = answers_.try_emplace({request_id, method}, "");
  if (is_first || entry->second.empty()) {
    if (run_id.ok()) {
      entry->second = *run_id;
    } else {
      answers_.erase(entry);  // nothing was promised
    }
    return true;
  }
  if (run_id.ok() && *run_id == entry->second) return false;
  if (!run_id.ok() && (is_in_trouble || MayBeDeleted(entry->second))) return false;
  Blame(absl::StrCat("request ids: ", method, " ", request_id, " was answered ", entry->second,
                     " and, when repeated, ",
                     run_id.ok() ? *run_id : std::string(run_id.status().ToString())));
  return false;
}

void Witness::NoteAsked(Store& store, const std::string& run_id) {
  // What came before is followed first.
  if (Look(store)) runs_[run_id].is_asked = true;
}

void Witness::CheckAnswer(Store& store, const std::string& request_id, const std::string& method) {
  const auto stored = store.answers().Find(request_id, method);
  if (!stored.ok() || stored->has_value()) return;
  Blame(absl::StrCat("request ids: ", method, " ", request_id, " was answered and is not stored"));
}

bool Witness::Look(Store& store) {
  const auto updates = store.updates().Read("", looked_through_ + 1, -1);
  if (!updates.ok()) return false;
  for (const RunUpdate& update : *updates) {
    const int64_t revision = RevisionOf(update);
    if (revision <= looked_through_) {
      Blame(absl::StrCat("revisions: ", revision, " came after ", looked_through_));
    }
    looked_through_ = revision;
    const auto* event = std::get_if<RunEvent>(&update);
    const std::string& run_id =
        event != nullptr ? event->run_id : std::get<StepReport>(update).run_id;
    visible_[revision] = {run_id, DigestOf(update)};
    revisions_[run_id].insert(revision);
    if (event != nullptr && !run_id.empty()) Follow(*event);
  }
  return true;
}

void Witness::Follow(const RunEvent& event) {
  Known& run = runs_[event.run_id];
  if (run.is_copy) return;
  if (event.kind == EventKind::kFinished) {
    ++run.ends;
    ++ends_;
    if (run.ends > run.returns + 1) {
      Blame(absl::StrCat("one end: run ", event.run_id, " ended ", run.ends, " times, and was put ",
                         "back ", run.returns, " times"));
    }
    return;
  }
  const auto details = StateDetailsOf(event);
  if (details && event.kind == EventKind::kState) Enter(event.run_id, run, details->state);
}

void Witness::Enter(const std::string& run_id, Known& run, RunState state) {
  const RunState before = std::exchange(run.state, state);
  const auto change = [&] {
    return Concat("run ", run_id, " went from ", NameOf(before), " to ", NameOf(state));
  };
  if (run.is_asked && (state == RunState::kQueued || state == RunState::kRunning)) {
    Blame(absl::StrCat("asked to end: ", change(), " and nobody had put it back"));
  }
  if (!HasEnded(before)) {
    if (before == RunState::kPaused && state == RunState::kRunning) {
      Blame(absl::StrCat("states: ", change()));
    }
    return;
  }
  ++run.returns;
  const bool may_return = before == RunState::kFailed || before == RunState::kStopped;
  if (!may_return || state != RunState::kQueued || run.returns > run.requeues) {
    Blame(absl::StrCat("one end: ", change(), "; asked for ", run.requeues, " times, done ",
                       run.returns, " times"));
  }
}

Witness::Wait Witness::Waiting(const std::string& what, bool is_waiting, Instant now) {
  if (!is_waiting) {
    waits_.erase(what);
    return {};
  }
  touched_.insert(what);
  Wait& wait = waits_.try_emplace(what, Wait{now.monotonic, 0}).first->second;
  ++wait.ticks;
  return {now.monotonic - wait.since, wait.ticks};
}

void Witness::ForgetWaits() {
  waits_.clear();
}

void Witness::CheckTick(SimulatedDaemon& daemon, const SimulatedWorkers& workers, Instant now,
                        bool is_in_trouble) {
  touched_.clear();
  CheckWorkers(workers, now);
  if (!is_in_trouble) {
    CheckQueue(daemon, workers, now);
    CheckBudgets(daemon, workers, now);
  }
  // What was true before and is not now waits no longer.
  std::erase_if(waits_, [&](const auto& wait) { return !touched_.contains(wait.first); });
}

void Witness::CheckWorkers(const SimulatedWorkers& workers, Instant now) {
  if (workers.most_alive_of_a_run > 1) Blame("one worker: two workers trained one run");
  int64_t attached = 0;
  for (const SimulatedWorkers::Life& life : workers.Alive()) {
    if (!life.is_attached) continue;
    ++attached;
    const std::string what = absl::StrCat("run ", life.run_id, "/", life.attempt,
                                          " was asked to end, or said that it had (worker ",
                                          NameOf(life.fate), "), and its worker lives");
    const bool is_ending = life.is_asked || life.has_said_end;
    const Wait wait = Waiting(what, is_ending, now);
    // The first tick after the grace kills.
    if (wait.since > promises_.end_grace) {
      Blame(absl::StrCat("bounded waits: ", Describe(what, wait.ticks, wait.since)));
    }
  }
  if (attached > promises_.max_running) {
    Blame(absl::StrCat("at most ", promises_.max_running, " runs at once: ", attached, " run"));
  }
}

void Witness::CheckQueue(SimulatedDaemon& daemon, const SimulatedWorkers& workers, Instant now) {
  std::set<std::string> alive;
  int64_t attached = 0;
  for (const SimulatedWorkers::Life& life : workers.Alive()) {
    alive.insert(life.run_id);
    if (life.is_attached) ++attached;
  }
  const auto running = daemon.store().runs().ListInState(RunState::kRunning);
  const auto queued = daemon.store().runs().ListInState(RunState::kQueued);
  if (!running.ok() || !queued.ok()) return;
  for (const Run& run : *running) {
    const std::string what = absl::StrCat("run ", run.run_id, " is running without a worker");
    const Wait wait = Waiting(what, !alive.contains(run.run_id), now);
    if (wait.ticks > kMostTicks) {
      Blame(absl::StrCat("bounded waits: ", Describe(what, wait.ticks, wait.since)));
    }
  }
  for (const Run& run : *queued) {
    bool is_free = attached < promises_.max_running && !alive.contains(run.run_id);
    for (const AllowanceUse& use : daemon.queue().AllowancesOf(run.owner)) {
      if (use.allowed && use.used >= *use.allowed) is_free = false;
    }
    const std::string what = absl::StrCat("run ", run.run_id, " waits for a free place");
    const Wait wait = Waiting(what, is_free, now);
    // Time can go by in one step, which is one chance to start it.
    const Wait late = Waiting(what + " too long", wait.since > kLongestStart, now);
    if (late.ticks > kMostTicks) {
      Blame(absl::StrCat("bounded waits: ", Describe(what, wait.ticks, wait.since)));
    }
  }
}

void Witness::CheckBudgets(SimulatedDaemon& daemon, const SimulatedWorkers& workers, Instant now) {
  for (const SimulatedWorkers::Life& life : workers.Alive()) {
    const auto found = runs_.find(life.run_id);
    if (!life.is_attached || life.is_asked || life.has_said_end || found == runs_.end()) continue;
    const Known& known = found->second;
    if (life.fate == Fate::kDeaf) continue;
    std::string used_up;
    const auto totals = daemon.store().ledger().ReadTotals({RunConsumerPrefix(life.run_id)});
    const auto used = totals.ok() ? SumIntervals(totals->front()) : std::nullopt;
    if (used && known.budget && used->gross > *known.budget * kRounding) {
      used_up =
          absl::StrFormat("%.1f J of the run's %.1f J", used->gross.value(), known.budget->value());
    }
    for (const AllowanceUse& use : daemon.queue().AllowancesOf(known.owner)) {
      if (!use.allowed || use.used <= *use.allowed * kRounding) continue;
      used_up = absl::StrFormat("%.1f J of %s's %.1f J", use.used.value(), known.owner,
                                use.allowed->value());
    }
    const std::string what =
        absl::StrCat("run ", life.run_id, "/", life.attempt, " was not asked to end");
    // A run that starts with its budget used up is asked in the next tick.
    const Wait wait = Waiting(what, !used_up.empty(), now);
    if (wait.ticks > 1) {
      Blame(absl::StrCat("budgets: used ", used_up, "; ", Describe(what, wait.ticks, wait.since)));
    }
  }
}

void Witness::CheckStored(SimulatedDaemon& daemon, bool is_all) {
  const int64_t first = is_all ? 1 : stored_through_ + 1;
  const auto updates = daemon.store().updates().Read("", first, -1);
  if (!updates.ok()) {
    return Blame(absl::StrCat("stored: updates cannot be read: ", updates.status().ToString()));
  }
  std::map<int64_t, std::string> stored;
  for (const RunUpdate& update : *updates) stored[RevisionOf(update)] = DigestOf(update);
  for (auto seen = visible_.lower_bound(first); seen != visible_.end(); ++seen) {
    const auto& [revision, visible] = *seen;
    const auto found = stored.find(revision);
    if (found == stored.end() && MayBeDeleted(visible.run_id)) continue;
    if (found == stored.end() || found->second != visible.digest) {
      Blame(absl::StrCat("durable before visible: revision ", revision, " was \"", visible.digest,
                         "\" and is ",
                         found == stored.end() ? "gone" : absl::StrCat("\"", found->second, "\"")));
      return;
    }
  }
  stored_through_ = looked_through_;
  for (const auto& [run_id, known] : runs_) {
    if (!known.is_submitted || MayBeDeleted(run_id)) continue;
    const auto is_there = daemon.store().runs().Has(run_id);
    if (is_there.ok() && !*is_there) {
      Blame(absl::StrCat("durable before visible: run ", run_id, " was submitted and is gone"));
    }
  }
  for (const std::string& run_id : deleted_) {
    const auto is_there = daemon.store().runs().Has(run_id);
    if (is_there.ok() && *is_there) {
      Blame(absl::StrCat("durable before visible: run ", run_id, " was deleted and is back"));
    }
  }
  try {
    SQLite::Database database(kSimulatedDatabase, SQLite::OPEN_READWRITE);
    const std::string whole = database.execAndGet("PRAGMA integrity_check").getString();
    if (whole != "ok") Blame(absl::StrCat("integrity: ", whole));
    const std::string orphans =
        database.execAndGet("SELECT count(*) FROM pragma_foreign_key_check").getString();
    if (orphans != "0") Blame(absl::StrCat("integrity: ", orphans, " rows of no run"));
  } catch (const SQLite::Exception& error) {
    Blame(absl::StrCat("integrity: ", error.what()));
  }
}

void Witness::CheckEnergy(const std::string& boot_id, SimulatedBox& box) {
  try {
    SQLite::Database database(kSimulatedDatabase, SQLite::OPEN_READWRITE);
    SQLite::Statement overlap(
        database,
        "SELECT consumer, device, start_us FROM (SELECT *, lag(end_us) OVER pairs AS before FROM "
        "ledger WHERE boot_id = ?1 WINDOW pairs AS (PARTITION BY consumer, device ORDER BY "
        "start_us)) WHERE end_us <= start_us OR before > start_us LIMIT 1");
    overlap.bind(1, boot_id);
    if (overlap.executeStep()) {
      Blame(absl::StrCat("intervals do not overlap: ", overlap.getColumn(0).getString(), " on ",
                         overlap.getColumn(1).getString(), " at ", overlap.getColumn(2).getInt64(),
                         " us"));
    }
    SQLite::Statement sums(database,
                           "SELECT c.device, c.read_us, coalesce((SELECT sum(joules) FROM ledger l "
                           "WHERE l.device = c.device AND l.boot_id = c.boot_id), 0) FROM "
                           "counters_read c WHERE c.boot_id = ?1");
    sums.bind(1, boot_id);
    while (sums.executeStep()) {
      const std::string name = sums.getColumn(0).getString();
      const absl::Duration read_at = absl::Microseconds(sums.getColumn(1).getInt64());
      const double booked = sums.getColumn(2).getDouble();
      const SimulatedDevice& device = box.devices().at(name);
      const MeteredTruth truth = device.TruthAt(read_at);
      const double rounding = 1e-3 + 1e-9 * truth.known.value();
      const double most = (truth.known + truth.gap).value();
      if (booked < truth.known.value() - rounding || booked > most + rounding) {
        Blame(absl::StrFormat(
            "energy: %s in %s: the ledger has %.6f J; the meter told %.6f J, and "
            "at most %.3f J more in gaps",
            name, boot_id, booked, truth.known.value(), most - truth.known.value()));
      }
    }
  } catch (const SQLite::Exception& error) {
    Blame(absl::StrCat("energy: ", error.what()));
  }
}

int64_t Witness::FirstOf(const std::string& run_id, int64_t from) const {
  const auto run = revisions_.find(run_id);
  if (run == revisions_.end()) return 0;
  const auto first = run->second.lower_bound(from);
  return first == run->second.end() ? 0 : *first;
}

void Witness::CheckDelivered(const std::string& watch, const std::string& run_id,
                             const RunUpdate& update) {
  const int64_t next = watches_[watch];
  const int64_t revision = RevisionOf(update);
  const std::string sent = absl::StrCat(watch, " was sent revision ", revision, " of run ", run_id);
  if (revision < next) Blame(absl::StrCat("ordered, unique: ", sent, " after ", next - 1));
  const auto visible = visible_.find(revision);
  if (visible == visible_.end()) {
    return Blame(absl::StrCat("durable before visible: ", sent, ", which is not stored"));
  }
  if (visible->second.digest != DigestOf(update)) {
    Blame(absl::StrCat("atomic: ", sent, " as \"", DigestOf(update), "\", not \"",
                       visible->second.digest, "\""));
  }
  const int64_t first = FirstOf(run_id, next);
  if (first != revision && revision >= next && !MayBeDeleted(run_id)) {
    Blame(absl::StrCat("reliable, resumable: ", sent, "; it was not sent ", first, " before"));
  }
  watches_[watch] = std::max(next, revision + 1);
}

void Witness::CheckList(const std::map<std::string, RunState>& states) {
  for (const auto& [run_id, known] : runs_) {
    if (!known.is_submitted || known.is_copy || MayBeDeleted(run_id)) continue;
    const auto listed = states.find(run_id);
    if (listed != states.end() && listed->second == known.state) continue;
    Blame(Concat("list: run ", run_id, " is ", NameOf(known.state),
                 " and a watcher of all runs was told ",
                 listed == states.end() ? "nothing" : NameOf(listed->second)));
  }
}

void Witness::CheckBookmark(const std::string& watch, const std::string& run_id, int64_t bookmark) {
  const int64_t next = watches_[watch];
  watches_[watch] = std::max(next, bookmark + 1);
  const int64_t first = FirstOf(run_id, next);
  const bool is_missing = first != 0 && first <= bookmark && !MayBeDeleted(run_id);
  if (is_missing || bookmark > looked_through_) {
    Blame(absl::StrCat("bookmarkable: ", watch, " was told that it has all of run ", run_id,
                       " up to ", bookmark, ", and ",
                       is_missing ? absl::StrCat("was not sent ", first)
                                  : absl::StrCat("the newest revision is ", looked_through_)));
  }
}

}  // namespace powerdown
