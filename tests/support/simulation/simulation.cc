#include "tests/support/simulation/simulation.h"

#include <SQLiteCpp/Database.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/support/processes.h"
#include "tests/support/simulation/random.h"
#include "tests/support/simulation/simulated_box.h"
#include "tests/support/simulation/simulated_clients.h"
#include "tests/support/simulation/simulated_daemon.h"
#include "tests/support/simulation/simulated_disk.h"
#include "tests/support/simulation/simulated_watches.h"
#include "tests/support/simulation/simulated_workers.h"
#include "tests/support/simulation/simulation_clock.h"
#include "tests/support/simulation/trace.h"
#include "tests/support/simulation/witness.h"

namespace powerdown {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);    // as the daemon's
constexpr absl::Duration kLongestDrain = absl::Seconds(15);  // as the daemon's
constexpr absl::Duration kLongestStep = absl::Hours(2);

WatchLie LieOf(Mutation mutation) {
  switch (mutation) {
    case Mutation::kSwappedUpdates:
      return WatchLie::kSwap;
    case Mutation::kRepeatedUpdate:
      return WatchLie::kRepeat;
    case Mutation::kDroppedUpdate:
      return WatchLie::kDrop;
    case Mutation::kHalfMessage:
      return WatchLie::kHalf;
    case Mutation::kEarlyBookmark:
      return WatchLie::kEarlyBookmark;
    case Mutation::kLateResume:
      return WatchLie::kLateResume;
    case Mutation::kAlteredUpdate:
      return WatchLie::kAlter;
    default:
      return WatchLie::kNone;
  }
}

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);
  SimulationResult Run();

 private:
  void Step();
  absl::Duration StepLength();
  void ChangeWorld();
  void Pass(absl::Duration time);  // time goes by: workers work, the box draws power
  void StartDaemon();
  void TickDaemon();
  void Crash();
  void ShutDown();
  void Heal();
  void Mutate();
  bool is_in_trouble() const;
  bool Is(Mutation mutation) const { return options_.mutation == mutation; }

  const SimulationOptions options_;
  Random random_;
  Trace trace_;
  TemporaryFolder folder_;
  SimulationClock clock_;
  SimulatedDisk disk_;
  SimulatedBox box_;
  SimulatedWorkers workers_;
  Promises promises_;
  Witness witness_;
  SimulatedClients clients_;
  SimulatedWatches watches_;
  std::unique_ptr<SimulatedDaemon> daemon_;  // watches_ is disconnected before it goes
  absl::Duration start_at_;  // of elapsed time: when a daemon that is down starts again
  int64_t hurried_ = 0;      // so many steps are ticks of a busy daemon
  double foreign_ = 0;       // cores that others use
  bool has_mutated_ = false;
  struct LostBoot {
    std::string boot_id;
    SimulatedBox box;  // as it was when the power was cut
  };
  std::optional<LostBoot> lost_boot_;  // whose ledger is to be checked once more
  SimulationResult result_;
};

Simulation::Simulation(const SimulationOptions& options)
    : options_(options),
      random_(options.seed),
      trace_(options.is_printed),
      disk_(random_.Next(),
            [this](absl::Duration time) {
              clock_.Advance(time);
              box_.Draw(time, workers_.Use(), foreign_);
            }),
      workers_(random_.Next()),
      witness_(promises_),
      clients_(random_.Next(), &witness_, &trace_),
      watches_(random_.Next(), &witness_, &trace_) {
  workers_.bad_share = random_.Share() * 0.6;
  workers_.ignores_locks = Is(Mutation::kTwoWorkers);
  watches_.lie = LieOf(options.mutation);
}

bool Simulation::is_in_trouble() const {
  const SimulatedDisk::Faults& faults = disk_.faults;
  return disk_.is_stopped() || faults.is_full || faults.is_locked || faults.failed_syncs > 0 ||
         faults.failed_writes > 0 || workers_.fails_launches || box_.is_activity_failing;
}

void Simulation::StartDaemon() {
  RunQueueOptions options;
  options.state_dir = folder_.path();
  options.max_running = promises_.max_running + (Is(Mutation::kOneRunTooMany) ? 1 : 0);
  options.max_queued_per_user = 20;
  options.end_grace = Is(Mutation::kEndlessPatience) ? absl::Hours(1) : promises_.end_grace;
  disk_.faults.is_lying = Is(Mutation::kLyingDisk);
  auto daemon = SimulatedDaemon::Start(options, random_.Next(), &clock_, &box_, &workers_);
  trace_.Note(absl::StrCat("daemon starts: ", daemon.status().ToString()));
  if (disk_.is_stopped()) {
    daemon_ = daemon.ok() ? *std::move(daemon) : nullptr;
    return Crash();
  }
  if (!daemon.ok()) {
    if (!is_in_trouble()) witness_.Blame(absl::StrCat("start: ", daemon.status().ToString()));
    start_at_ = clock_.elapsed() + absl::Seconds(10);
    return;
  }
  daemon_ = *std::move(daemon);
  watches_.Connect(daemon_.get(), &clock_);
  witness_.ForgetWaits();
  witness_.Look(daemon_->store());
  witness_.CheckStored(*daemon_, /*is_all=*/false);
  if (lost_boot_) witness_.CheckEnergy(lost_boot_->boot_id, lost_boot_->box);
  lost_boot_.reset();
  witness_.CheckEnergy(clock_.boot_id(), box_);
  hurried_ = 5;
}

void Simulation::Crash() {
  const bool is_power_cut = random_.Chance(0.5);
  const bool is_unclean = disk_.is_stopped();
  disk_.StopNow();
  trace_.Note(absl::StrCat(is_power_cut ? "power cut" : "the daemon is killed",
                           is_unclean ? " in the middle of a write" : ""));
  workers_.LoseDaemon();
  watches_.Disconnect();
  daemon_.reset();
  disk_.StartAgain(is_power_cut);
  ++result_.crashes;
  if (is_unclean) ++result_.unclean_commits;
  absl::Duration down = random_.Spread(absl::Milliseconds(200), absl::Minutes(10));
  if (is_power_cut) {
    ++result_.power_cuts;
    workers_.LosePower();
    // Of a boot that never got to store anything there is nothing to check.
    if (!lost_boot_) lost_boot_ = LostBoot{clock_.boot_id(), box_};
    box_.StartAgain();
    clock_.StartAgain(random_.Spread(absl::Seconds(10), absl::Hours(10)));
    down = absl::Seconds(5);
  }
  start_at_ = clock_.elapsed() + down;
}

void Simulation::ShutDown() {
  daemon_->queue().BeginShutdown(clock_.Now());
  watches_.Drain();
  trace_.Note("the daemon shuts down");
  const absl::Duration begin = clock_.elapsed();
  while (!disk_.is_stopped() && clock_.elapsed() - begin < kLongestDrain) {
    Pass(kTick);
    daemon_->Tick();
    if (disk_.is_stopped()) break;
    witness_.Look(daemon_->store());
    watches_.Deliver(clock_.Now());
    if (daemon_->queue().is_idle()) break;
  }
  if (disk_.is_stopped()) return Crash();
  const bool is_slow = disk_.faults.sync_time > kTick;
  if (!daemon_->queue().is_idle() && !is_in_trouble() && !is_slow) {
    witness_.Blame("bounded waits: the daemon did not shut down within 15 s");
  }
  witness_.Look(daemon_->store());
  workers_.LoseDaemon();
  watches_.Disconnect();
  daemon_.reset();
  start_at_ = clock_.elapsed() + random_.Spread(absl::Seconds(1), absl::Hours(1));
}

void Simulation::Heal() {
  disk_.faults = {};
  workers_.fails_launches = false;
  box_.is_activity_failing = false;
  for (auto& [name, device] : box_.devices()) device.is_failing = false;
}

void Simulation::ChangeWorld() {
  SimulatedDisk::Faults& faults = disk_.faults;
  const auto turn = [&](bool& fault, double begin, double end) {
    if (random_.Chance(fault ? end : begin)) {
      fault = !fault;
      hurried_ = 5;
    }
  };
  turn(faults.is_full, 0.004, 0.1);
  turn(faults.is_locked, 0.004, 0.2);
  turn(workers_.fails_launches, 0.004, 0.1);
  turn(box_.is_activity_failing, 0.004, 0.2);
  for (auto& [name, device] : box_.devices()) {
    turn(device.is_failing, 0.006, 0.15);
    if (random_.Chance(0.002)) device.restarts_next = true;
  }
  if (random_.Chance(0.02)) {
    faults.sync_time =
        random_.Chance(0.5) ? absl::ZeroDuration() : absl::Milliseconds(random_.Between(1, 1500));
  }
  if (random_.Chance(0.02)) faults.failed_syncs = random_.Chance(0.7) ? 0 : random_.Share() * 0.3;
  if (random_.Chance(0.02)) faults.failed_writes = random_.Chance(0.7) ? 0 : random_.Share() * 0.1;
  if (random_.Chance(0.05)) foreign_ = random_.Share() * 4;
  if (random_.Chance(0.004)) clock_.SetWall(absl::Seconds(random_.Between(-7200, 7200)));
  if (random_.Chance(0.004)) clock_.Sleep(random_.Spread(absl::Seconds(5), absl::Hours(5)));
}

absl::Duration Simulation::StepLength() {
  if (hurried_ > 0) {
    --hurried_;
    return kTick;
  }
  if (random_.Chance(0.3)) hurried_ = random_.Between(1, 20);
  return random_.Spread(kTick, kLongestStep);
}

void Simulation::Pass(absl::Duration time) {
  const Instant from = clock_.Now();
  clock_.Advance(time);
  box_.Draw(time, workers_.Use(), foreign_);
  workers_.Work(from, clock_.Now());
}

void Simulation::TickDaemon() {
  const Instant now = clock_.Now();
  daemon_->Tick();
  if (disk_.is_stopped()) return;
  witness_.Look(daemon_->store());
  witness_.CheckTick(*daemon_, workers_, now, is_in_trouble());
  if (random_.Chance(0.01)) witness_.CheckEnergy(clock_.boot_id(), box_);
  watches_.Deliver(clock_.Now());
}

void Simulation::Step() {
  ++result_.steps;
  ChangeWorld();
  Pass(StepLength());
  trace_.Note(absl::StrFormat("%d at %s: revision %d, %d writes, %d workers", result_.steps,
                              absl::FormatDuration(clock_.elapsed()), witness_.newest_revision(),
                              disk_.writes(), workers_.Alive().size()));
  if (daemon_ == nullptr) {
    if (clock_.elapsed() >= start_at_) StartDaemon();
    return;
  }
  if (random_.Chance(0.006)) disk_.StopAfter(random_.Between(0, 40));
  if (random_.Chance(0.4)) {
    clients_.Act(
        *daemon_, [this] { return is_in_trouble(); }, clock_.Now());
    hurried_ = std::max<int64_t>(hurried_, 2);
  }
  const std::vector<std::string>& runs = clients_.runs();
  if (!runs.empty() && random_.Chance(0.05)) {
    watches_.Begin(
        runs[static_cast<size_t>(random_.Between(0, static_cast<int64_t>(runs.size()) - 1))]);
  }
  if (!disk_.is_stopped()) TickDaemon();
  if (disk_.is_stopped() || random_.Chance(0.003)) return Crash();
  if (random_.Chance(0.003)) return ShutDown();
  Mutate();
}

SimulationResult Simulation::Run() {
  StartDaemon();
  while (witness_.violation().empty() && clock_.elapsed() < options_.time) Step();
  // At last all is well again, and what was ever visible is still there.
  if (witness_.violation().empty()) {
    Heal();
    if (daemon_ != nullptr) Crash();
    Heal();
    StartDaemon();
    if (daemon_ != nullptr) witness_.CheckStored(*daemon_, /*is_all=*/true);
  }
  watches_.Disconnect();
  daemon_.reset();
  result_.violation = witness_.violation();
  result_.last.assign(trace_.last().begin(), trace_.last().end());
  result_.hash = trace_.hash();
  result_.time = clock_.elapsed();
  result_.requests = clients_.requests();
  result_.updates = witness_.updates();
  result_.ends = witness_.ends();
  result_.delivered = watches_.delivered();
  return std::move(result_);
}

void Simulation::Mutate() {
  if (has_mutated_ || options_.mutation == Mutation::kNone || result_.steps < 200) return;
  const auto change = [&](const std::string& sql) {
    try {
      SQLite::Database database(kSimulatedDatabase, SQLite::OPEN_READWRITE);
      has_mutated_ = database.exec(sql) > 0;
    } catch (const SQLite::Exception&) {  // the disk is in trouble: later
    }
  };
  switch (options_.mutation) {
    case Mutation::kRevivedRun:
      return change(
          "UPDATE runs SET state = 'queued' WHERE run_id IN (SELECT run_id FROM runs "
          "WHERE state = 'finished' AND origin = '' LIMIT 1)");
    case Mutation::kLostEnergy:
      return change(
          "DELETE FROM ledger WHERE joules > 1 AND boot_id <> '' AND consumer = "
          "'unattributed'");
    case Mutation::kOverlap:
      return change(
          "INSERT OR IGNORE INTO ledger (consumer, device, boot_id, start_us, end_us, "
          "joules, source) SELECT consumer, device, boot_id, start_us + 1, end_us + 1, "
          "0, source FROM ledger WHERE boot_id <> ''");
    case Mutation::kGenerousBudget:
      change(
          "UPDATE runs SET budget_amount = budget_amount * 10 WHERE state = 'queued' AND "
          "budget_amount > 0");
      has_mutated_ = false;  // all of them
      return;
    case Mutation::kLostAnswers:
      change("DELETE FROM answers");
      has_mutated_ = false;
      return;
    case Mutation::kForgottenAsk:
      change("UPDATE runs SET asked_to_end = '' WHERE state = 'running'");
      has_mutated_ = false;
      return;
    case Mutation::kBitRot:
      disk_.Rot(kSimulatedDatabase);
      has_mutated_ = true;
      return;
    case Mutation::kOwnWill: {
      static int64_t calls = 0;  // of all simulations of the process
      return trace_.Note(absl::StrCat("own will ", ++calls));
    }
    default:
      return;
  }
}

}  // namespace

SimulationResult Simulate(const SimulationOptions& options) {
  return Simulation(options).Run();
}

}  // namespace powerdown
