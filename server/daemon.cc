#include "server/daemon.h"

#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/platform/shipped.h"
#include "common/platform/this_machine.h"
#include "server/access/access.h"
#include "server/access/certificate.h"
#include "server/access/secret.h"
#include "server/clock.h"
#include "server/database_rescue.h"
#include "server/meter/box_meters.h"
#include "server/meter/meter_search.h"
#include "server/meter/procfs_activity.h"
#include "server/notice_command.h"
#include "server/notify/notice_thread.h"
#include "server/rpc/listeners.h"
#include "server/rpc/rpc_server.h"
#include "server/run/local_launcher.h"
#include "server/run/long_curves.h"
#include "server/run/recorded_runs.h"
#include "server/run/run_summaries.h"
#include "server/side_thread.h"
#include "server/state_folder.h"
#include "server/state_watch.h"
#include "server/stop_watchdog.h"
#include "server/store/backup.h"
#include "server/store/integrity_check.h"
#include "server/weights.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// A group of rows waits at most this long for its commit.
constexpr absl::Duration kBusyPeriod = absl::Milliseconds(100);
// Ten samples of rest within the baseline's window of 5 s, with some to spare.
constexpr absl::Duration kIdlePeriod = absl::Milliseconds(200);
constexpr absl::Duration kDrainPeriod = absl::Milliseconds(20);
// The stages of a stop, which together stay below kLongestStop: workers are killed after the
// queue's shutdown grace, and what they said last is committed; calls get their grace; a notice
// gets a second, and the drivers of meters one more.
constexpr absl::Duration kLongestDrain = absl::Seconds(8);
constexpr absl::Duration kCallGrace = absl::Seconds(1);
// What nobody waits for is done beside what somebody does.
constexpr int kNiceOfSideWork = 10;
// A resting box renews its baseline every few seconds; the disk need not hear of each.
constexpr absl::Duration kBaselineStorePeriod = absl::Minutes(1);

std::string UserName() {
  const passwd* user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : absl::StrCat("uid-", getuid());
}

uint64_t RandomSeed() {
  std::random_device random;
  return (uint64_t{random()} << 32) | random();
}

int64_t Cores() {
  return std::max<int64_t>(1, std::thread::hardware_concurrency());
}

BoxOptions BoxOptionsOf(const DaemonOptions& options) {
  return {.sysfs_root = options.sysfs_root,
          .procfs_root = options.procfs_root,
          .nvml = NvmlSearchOf(options.nvml_library),
          .powermetrics = options.powermetrics,
          .rated_cpu = Watts(options.rated_cpu_watts),
          .cores = Cores()};
}

// Work for the side thread. It is tried again every tick; each trouble is told once.
SideThread::Work Telling(const char* what, std::function<absl::StatusOr<bool>()> work) {
  return [what, work = std::move(work), told = std::string()]() mutable {
    const absl::StatusOr<bool> has_more = work();
    const std::string problem(has_more.status().message());
    if (problem != told && !problem.empty() && !absl::IsCancelled(has_more.status())) {
      spdlog::warn("{} wait: {}", what, problem);
    }
    told = problem;
    return has_more.ok() && *has_more;
  };
}

// A member that tells, as it goes, what goes next and may be waited for.
class LeftToEnd {
 public:
  LeftToEnd(StopWatchdog* watchdog, const char* what) : watchdog_(watchdog), what_(what) {}
  ~LeftToEnd() {
    if (watchdog_ != nullptr) watchdog_->Await(what_);
  }
  LeftToEnd(const LeftToEnd&) = delete;
  LeftToEnd& operator=(const LeftToEnd&) = delete;

 private:
  StopWatchdog* const watchdog_;
  const char* const what_;
};

class ServingDaemon final : public Daemon {
 public:
  explicit ServingDaemon(DaemonOptions options) : options_(std::move(options)) {}
  ~ServingDaemon() override;

  absl::Status Build();
  std::string addresses() const override { return rpc_->addresses(); }
  void Run() override;
  void RequestStop() override;

 private:
  std::string WorkerProgram() const {
    const std::string& given = options_.worker_program;
    return given.empty() ? ProgramFolder() + "/powerdown-worker" : given;
  }
  static std::string RunnerProgram() { return ProgramFolder() + "/powerdown-runner"; }
  absl::Status OpenState();
  void BuildSampler();
  void UseDevice(const std::string& device);
  void ResumeCounters();
  void AdoptMeters(Instant now);
  absl::Status BuildRuns();
  absl::Status BuildAccess();
  absl::Status BuildNotices();
  absl::Status Serve();
  bool WaitForStop(absl::Duration period) const;
  void Tick(Instant now);
  void WatchState(Instant now);
  void TellHealth();
  void StoreBaselines(Instant now);
  bool IsIdleForTooLong(Instant now);
  void Drain();
  void NowAwait(const char* what) const;
  const DaemonOptions options_;
  RealClock clock_;
  IdGenerator ids_{RandomSeed()};
  const std::string boot_id_ = BootId();
  const int stop_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // In the order of who needs whom; they go in the opposite one.
  const LeftToEnd process_end_{options_.watchdog, "the process to end"};
  std::optional<StateFolder> folder_;
  DatabaseRescue rescue_;
  std::unique_ptr<Store> store_;
  const LeftToEnd store_end_{options_.watchdog, "the database to be closed"};
  Feed feed_;
  std::unique_ptr<MeterSearch> search_;
  std::unique_ptr<Sampler> sampler_;
  const LeftToEnd sampler_end_{options_.watchdog, "the driver of a meter"};
  std::unique_ptr<Calibrations> calibrations_;
  std::shared_ptr<const Predictor> predictor_;  // null: no weights
  std::unique_ptr<WorkerLauncher> launcher_;
  std::unique_ptr<RunQueue> queue_;
  std::unique_ptr<Comparisons> comparisons_;
  std::unique_ptr<RecordedRuns> recorded_;
  std::unique_ptr<RunSummaries> summaries_;
  std::unique_ptr<LongCurves> curves_;
  std::unique_ptr<IntegrityCheck> integrity_;
  std::unique_ptr<Quiz> quiz_;
  const LeftToEnd queue_end_{options_.watchdog, "a worker that cannot be killed"};
  std::unique_ptr<Receipts> receipts_;
  std::unique_ptr<Access> access_;
  Certificate certificate_;
  std::unique_ptr<NoticeThread> notices_;  // null: none are asked for
  const LeftToEnd notices_end_{options_.watchdog, "a notice that is being delivered"};
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<SideThread> call_thread_;  // also while the loop waits for the disk
  std::unique_ptr<SideThread> side_thread_;
  std::unique_ptr<SideThread> check_thread_;
  const LeftToEnd side_end_{options_.watchdog, "a summary of a run, or a check of the database"};
  std::optional<StateWatch> watch_;
  std::set<std::string> devices_;
  std::map<std::string, absl::Time> stored_baselines_;  // when measured
  bool is_healthy_ = true;
  int64_t seen_calls_ = 0;
  absl::Duration last_active_;  // monotonic
};

ServingDaemon::~ServingDaemon() {
  close(stop_event_);
}

absl::Status ServingDaemon::Build() {
  // All that the daemon and its workers write, the socket too, is for its user alone.
  umask(077);
  if (!options_.listen_address.empty()) {
    RETURN_IF_ERROR(ParseListenAddress(options_.listen_address).status());
  }
  RETURN_IF_ERROR(OpenState());
  BuildSampler();
  RETURN_IF_ERROR(BuildRuns());
  RETURN_IF_ERROR(BuildAccess());
  RETURN_IF_ERROR(BuildNotices());
  RETURN_IF_ERROR(Serve());
  call_thread_ = std::make_unique<SideThread>(std::vector<SideThread::Work>{[this] {
                                                rpc_->Tick(clock_.Now());
                                                return false;
                                              }},
                                              0, kBusyPeriod);
  side_thread_ = std::make_unique<SideThread>(
      std::vector<SideThread::Work>{
          Telling("curves of runs", [this] { return curves_->KeepSome(); }),
          Telling("run summaries", [this] { return summaries_->MakeSome(); }),
          Telling("deleted runs", [this] { return store_->runs().DeleteSomeGone(); })},
      kNiceOfSideWork);
  check_thread_ = std::make_unique<SideThread>(std::vector<SideThread::Work>{[this] {
    integrity_->Work();
    return false;
  }});
  last_active_ = clock_.Now().monotonic;
  return absl::OkStatus();
}

absl::Status ServingDaemon::OpenState() {
  ASSIGN_OR_RETURN(StateFolder folder, StateFolder::Lock(options_.state_dir));
  folder_.emplace(std::move(folder));
  const std::string database = DatabasePath(folder_->path());
  ASSIGN_OR_RETURN(const bool is_restored, TakeRestored(database));
  if (is_restored) {
    spdlog::info("a backup was restored; the database before it is kept as {}.before-restore",
                 database);
  }
  ASSIGN_OR_RETURN(store_, Store::Open({.path = database}));
  integrity_ = std::make_unique<IntegrityCheck>(database);
  return absl::OkStatus();
}

void ServingDaemon::BuildSampler() {
  search_ = std::make_unique<MeterSearch>(BoxOptionsOf(options_));
  BoxMeters box = search_->Find(clock_.Now());
  sampler_ = std::make_unique<Sampler>(SamplerOptions{.own_pid = getpid()}, std::move(box.meters),
                                       std::make_unique<ProcfsActivity>(options_.procfs_root),
                                       std::move(box.statuses));
  calibrations_ = std::make_unique<Calibrations>(store_.get(), sampler_.get());
  for (const MeterStatus& meter : sampler_->Meters()) {
    if (meter.is_used) UseDevice(meter.description.device);
  }
  for (const std::string& device : devices_) {
    const auto stored = store_->meters().FindBaseline(device);
    if (!stored.ok() || !*stored) continue;
    const StoredBaseline& base = **stored;
    sampler_->RestoreBaseline(device, {base.power, base.low, base.high, base.measured_at});
    stored_baselines_[device] = base.measured_at;
  }
  ResumeCounters();
}

void ServingDaemon::UseDevice(const std::string& device) {
  devices_.insert(device);
  const absl::Status calibrated = calibrations_->Apply(device);
  if (!calibrated.ok()) spdlog::warn("not calibrated: {}", std::string(calibrated.message()));
}

void ServingDaemon::AdoptMeters(Instant now) {
  std::optional<BoxMeters> box = search_->Tick(now, sampler_->returned_sensors());
  if (!box) return;
  for (const std::string& device :
       sampler_->Adopt(std::move(box->meters), std::move(box->statuses))) {
    UseDevice(device);
  }
}

// What was drawn while the daemon was down is in the counters that go on without it.
void ServingDaemon::ResumeCounters() {
  const absl::StatusOr<std::vector<CounterPosition>> counters =
      store_->ledger().ReadCounters(boot_id_);
  if (!counters.ok()) {
    spdlog::warn("energy drawn while the daemon was down is not counted: {}",
                 std::string(counters.status().message()));
    return;
  }
  for (const CounterPosition& counter : *counters) {
    if (!sampler_->Resume({counter.device, counter.position, counter.read_at})) continue;
    const absl::Duration down = clock_.Now().monotonic - counter.read_at;
    spdlog::info("{}: energy of the last {} is read from the device's counter", counter.device,
                 absl::FormatDuration(down));
  }
}

absl::Status ServingDaemon::BuildRuns() {
  launcher_ = std::make_unique<LocalLauncher>(WorkerProgram(), RunnerProgram());
  RunQueueOptions options;
  options.state_dir = folder_->path();
  options.boot_id = boot_id_;
  options.max_running = options_.max_running > 0 ? options_.max_running : Cores();
  options.max_running_per_user = options_.max_running_per_user;
  options.max_queued_per_user = options_.max_queued_per_user;
  options.worker_memory_factor = options_.worker_memory_factor;
  options.factors = options_.factors;
  const std::string recorded =
      options_.recorded_dir.empty() ? RecordedFolder() : options_.recorded_dir;
  ShippedWeights weights = ReadWeights(
      options_.predictor_file.empty() ? recorded + "/predictor.json" : options_.predictor_file);
  options.predictor = std::move(weights.text);
  predictor_ = std::move(weights.predictor);
  options.forecaster = predictor_;
  queue_ = std::make_unique<RunQueue>(options, &clock_, &ids_, store_.get(), sampler_.get(), &feed_,
                                      launcher_.get());
  comparisons_ =
      std::make_unique<Comparisons>(queue_.get(), store_.get(), &clock_, &ids_, options_.factors);
  recorded_ = std::make_unique<RecordedRuns>(recorded, queue_.get(), store_.get());
  summaries_ = std::make_unique<RunSummaries>(store_.get(), predictor_, options.predictor);
  curves_ = std::make_unique<LongCurves>(store_.get());
  quiz_ = std::make_unique<Quiz>(
      folder_->path(),
      Quiz::Parts{store_.get(), queue_.get(), sampler_.get(), &clock_, launcher_.get()});
  return queue_->Recover(clock_.Now());
}

absl::Status ServingDaemon::BuildAccess() {
  access_ = std::make_unique<Access>(store_.get(), &ids_, UserName());
  const absl::Time now = clock_.Now().wall;
  RETURN_IF_ERROR(access_->Load(now));
  RETURN_IF_ERROR(access_->UseRequestKey(folder_->path() + "/request.key"));
  RETURN_IF_ERROR(access_->EnsureAdminToken(folder_->path() + "/admin.token", now));
  ASSIGN_OR_RETURN(certificate_, EnsureCertificate(folder_->path(), now));
  ASSIGN_OR_RETURN(std::string key, EnsureKey(folder_->path() + "/receipt.key"));
  receipts_ = std::make_unique<Receipts>(queue_.get(), comparisons_.get(), std::move(key));
  return absl::OkStatus();
}

absl::Status ServingDaemon::Serve() {
  const std::string socket = std::filesystem::absolute(
      options_.socket_path.empty() ? folder_->path() + "/powerdown.sock" : options_.socket_path);
  watch_.emplace(folder_->path(), DatabasePath(folder_->path()), socket,
                 [this] { return rpc_->RebindSocket(); });
  RpcParts parts;
  parts.clock = &clock_;
  parts.store = store_.get();
  parts.feed = &feed_;
  parts.sampler = sampler_.get();
  parts.calibrations = calibrations_.get();
  parts.queue = queue_.get();
  parts.comparisons = comparisons_.get();
  parts.quiz = quiz_.get();
  parts.receipts = receipts_.get();
  parts.access = access_.get();
  parts.integrity = integrity_.get();
  parts.predictor = predictor_;
  parts.state_dir = folder_->path();
  parts.worker_program = WorkerProgram();
  parts.state_problems = [this] { return watch_->problems(); };
  ASSIGN_OR_RETURN(rpc_, RpcServer::Start(parts, {.socket_path = socket,
                                                  .socket_mode = options_.socket_mode,
                                                  .listen_address = options_.listen_address,
                                                  .certificate = certificate_,
                                                  .advertise = options_.advertise}));
  return absl::OkStatus();
}

void ServingDaemon::RequestStop() {
  const uint64_t one = 1;
  // The counter cannot overflow; an error here leaves nothing that a signal handler could do.
  [[maybe_unused]] const ssize_t written = write(stop_event_, &one, sizeof(one));
}

bool ServingDaemon::WaitForStop(absl::Duration period) const {
  pollfd stop{stop_event_, POLLIN, 0};
  return poll(&stop, 1, static_cast<int>(absl::ToInt64Milliseconds(period))) > 0 &&
         (stop.revents & POLLIN) != 0;
}

void ServingDaemon::Run() {
  for (;;) {
    if (WaitForStop(queue_->has_work() ? kBusyPeriod : kIdlePeriod)) break;
    const Instant now = clock_.Now();
    Tick(now);
    if (IsIdleForTooLong(now)) break;
  }
  Drain();
}

void ServingDaemon::Tick(Instant now) {
  AdoptMeters(now);
  queue_->Tick(now);
  quiz_->Tick(now);
  access_->Tick(now);
  if (const absl::Status taken = recorded_->Tick(); !taken.ok()) {
    spdlog::warn("recorded run skipped: {}", std::string(taken.message()));
  }
  side_thread_->Tick();
  check_thread_->Tick();
  if (notices_ != nullptr) notices_->Tick(now.wall, !queue_->has_work());
  WatchState(now);
  TellHealth();
  StoreBaselines(now);
}

void ServingDaemon::WatchState(Instant now) {
  if (!watch_->Look(now.monotonic)) return;
  const std::vector<std::string> problems = watch_->problems();
  for (const std::string& problem : problems) spdlog::error("{}", problem);
  if (problems.empty()) spdlog::warn("the daemon's files are in their places again");
  queue_->Hold(watch_->has_lost_database() ? absl::UnavailableError(problems.front())
                                           : absl::OkStatus());
}

absl::Status ServingDaemon::BuildNotices() {
  if (options_.notify_url.empty() && options_.notify_command.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(NoticeSender sender,
                   ChooseNoticeSender(options_.notify_url, options_.notify_command));
  notices_ = std::make_unique<NoticeThread>(
      store_.get(), options_.notify_idle, std::move(sender),
      [](const std::string& problem) { spdlog::warn("{}", problem); });
  return absl::OkStatus();
}

void ServingDaemon::TellHealth() {
  const absl::Status health = queue_->health();
  if (health.ok() == is_healthy_) return;
  is_healthy_ = health.ok();
  rpc_->SetServing(is_healthy_);
  if (is_healthy_) {
    spdlog::warn("commits succeed again");
  } else {
    spdlog::error("cannot commit, no longer serving: {}", std::string(health.message()));
  }
}

void ServingDaemon::StoreBaselines(Instant now) {
  for (const std::string& device : devices_) {
    const std::optional<Baseline> baseline = sampler_->baseline(device);
    if (!baseline) continue;
    const auto stored = stored_baselines_.find(device);
    if (stored != stored_baselines_.end() &&
        absl::AbsDuration(baseline->measured_at - stored->second) < kBaselineStorePeriod) {
      continue;
    }
    const absl::Status put = store_->meters().PutBaseline({.device = device,
                                                           .power = baseline->power,
                                                           .low = baseline->low,
                                                           .high = baseline->high,
                                                           .measured_at = baseline->measured_at,
                                                           .boot_id = boot_id_});
    if (!put.ok()) spdlog::warn("baseline not stored: {}", std::string(put.message()));
    stored_baselines_[device] = put.ok() ? baseline->measured_at : now.wall;
  }
}

bool ServingDaemon::IsIdleForTooLong(Instant now) {
  const int64_t calls = rpc_->started_calls();
  if (queue_->has_work() || rpc_->has_calls() || calls != seen_calls_) {
    seen_calls_ = calls;
    last_active_ = now.monotonic;
  }
  return now.monotonic - last_active_ >= options_.idle_exit;
}

void ServingDaemon::NowAwait(const char* what) const {
  if (options_.watchdog != nullptr) options_.watchdog->Await(what);
}

void ServingDaemon::Drain() {
  if (options_.watchdog != nullptr) options_.watchdog->Begin();
  NowAwait("the workers to end and their last words to be written");
  rpc_->SetServing(false);
  summaries_->Stop();
  curves_->Stop();
  integrity_->Stop();
  const Instant begin = clock_.Now();
  queue_->BeginShutdown(begin);
  for (Instant now = begin; now.monotonic - begin.monotonic < kLongestDrain; now = clock_.Now()) {
    queue_->Tick(now);
    if (queue_->is_idle()) break;
    absl::SleepFor(kDrainPeriod);
  }
  queue_->Tick(clock_.Now());  // commits what the last worker said
  quiz_->Close();              // no call waits for an answer any longer
  NowAwait("calls that do not end");
  rpc_->Shutdown(kCallGrace);
  if (watch_->has_lost_database()) rescue_.Take(*store_, DatabasePath(folder_->path()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Create(DaemonOptions options) {
  auto daemon = std::make_unique<ServingDaemon>(std::move(options));
  RETURN_IF_ERROR(daemon->Build());
  return daemon;
}

}  // namespace powerdown
