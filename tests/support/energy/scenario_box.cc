#include "tests/support/energy/scenario_box.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/meter/box_meters.h"
#include "server/meter/sampler.h"
#include "tests/fakes/fake_meter.h"

namespace powerdown {
namespace {

constexpr int64_t kPid = 7;
constexpr int64_t kStranger = 55;
// What a container's host calls a process, beside what the container does.
constexpr int64_t kHostPids = 4000;
constexpr double kSearchPeriod = 30;  // as MeterSearch
constexpr char kRun[] = "run/scenario/1";
constexpr double kStart = 1000;  // monotonic seconds at the scenario's 0

bool IsPartTime(const Scenario& scenario) {
  return scenario.board.find("H100") != std::string::npos;
}

// Never truncates to nothing before it writes: ext4 flushes such a file to disk when it is closed,
// and thousands of them take minutes.
void WriteFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  const auto size = static_cast<off_t>(text.size());
  if (pwrite(file, text.data(), text.size(), 0) != size || ftruncate(file, size) != 0) {
    std::perror(path.c_str());
  }
  close(file);
}

// What the device's sensor says at a time.
class Sensor {
 public:
  explicit Sensor(const Scenario& scenario)
      : scenario_(scenario),
        refresh_(scenario.refresh > 0        ? scenario.refresh
                 : scenario.source == "rapl" ? 0.001
                                             : 0.1) {
    if (IsPartTime(scenario)) refresh_ = 0.1;
  }
  // Joules since 0, as the sensor counts them.
  double Counter(double at) const { return Read(Floor(at)); }
  // Mean of the last window, renewed now and then.
  double Power(double at) const {
    const double window = scenario_.source == "nvml-average" ? 1.0
                          : IsPartTime(scenario_)            ? 0.025
                                                             : refresh_;
    // It was on before.
    const double end = std::max(Floor(at), window);
    return std::max(0.0, (Read(end) - Read(std::max(0.0, end - window))) / window);
  }

 private:
  double Floor(double at) const { return std::floor(at / refresh_) * refresh_; }
  double Read(double at) const {
    return scenario_.gain * scenario_.DrawnUntil(at) + scenario_.offset * at;
  }

  const Scenario& scenario_;
  double refresh_;
};

class Box {
 public:
  Box(const Scenario& scenario, std::string folder, const std::string& nvml)
      : scenario_(scenario),
        sensor_(scenario),
        powercap_(folder + "/class/powercap/intel-rapl:"),
        load_(LoaderOf(nvml)) {
    if (is_rapl()) {
      for (int socket = 0; socket < sockets(); ++socket) MakeZone(socket);
    }
    Show(0);
    search_.emplace(BoxOptions{.sysfs_root = folder,
                               .procfs_root = folder,
                               .nvml = {.library = is_rapl() ? "libno-such-nvml.so" : nvml},
                               .rated_cpu = Watts(scenario.limit)});
    BoxMeters meters = search_->Find(Now(0));
    sampler_ = std::make_unique<Sampler>(SamplerOptions(), std::move(meters.meters),
                                         std::make_unique<FakeActivity>(&activity_),
                                         std::move(meters.statuses));
  }
  ~Box() {
    if (load_ != nullptr) load_("");
  }

  ScenarioOutcome Play() {
    const int ticks = static_cast<int>(scenario_.seconds / scenario_.tick);
    double started = -1;
    double ended = -1;
    double searched = 0;
    for (int i = 0; i < ticks; ++i) {
      const double at = i * scenario_.tick;
      if (IsStalled(at)) continue;
      const bool is_running = started >= 0 && ended < 0;
      UseUntil(at, is_running);
      Show(at);
      if (at >= searched + kSearchPeriod) {
        searched = at;
        BoxMeters found = search_->Find(Now(at));
        sampler_->Adopt(std::move(found.meters), std::move(found.statuses));
      }
      Take(sampler_->Tick(Now(at)));
      if (is_running && scenario_.step_period > 0) TellSteps(at);
      if (started < 0 && at >= scenario_.run_from) {
        started = at;
        activity_.Start(kPid, absl::Seconds(1));
        sampler_->AddConsumer(kRun, kPid, Now(at), is_rapl() ? "cpu" : "cuda");
        if (!is_rapl()) sampler_->SetConsumerDevice(kRun, "cuda", "GPU-s");
        told_until_ = at;
      } else if (is_running && at >= scenario_.run_to) {
        ended = at;
        Take(sampler_->Close(kRun));
        sampler_->RemoveConsumer(kRun);
      }
    }
    return Judge(started, ended < 0 ? scenario_.seconds : ended);
  }

 private:
  using Loader = void (*)(const char*);

  static Loader LoaderOf(const std::string& nvml) {
    void* library = dlopen(nvml.c_str(), RTLD_NOW);
    return library == nullptr ? nullptr
                              : reinterpret_cast<Loader>(dlsym(library, "scripted_nvml_load"));
  }
  bool is_rapl() const { return scenario_.source == "rapl"; }
  int sockets() const { return static_cast<int>(scenario_.sockets); }
  std::string Zone(int socket) const { return absl::StrCat(powercap_, socket); }

  void MakeZone(int socket) {
    const std::string zone = Zone(socket);
    std::filesystem::create_directories(zone);
    WriteFile(zone + "/name", absl::StrCat("package-", socket, "\n"));
    WriteFile(zone + "/max_energy_range_uj", absl::StrFormat("%.0f\n", scenario_.range * 1e6));
    WriteFile(zone + "/constraint_0_max_power_uw",
              absl::StrFormat("%.0f", scenario_.limit / sockets() * 1e6));
  }

  // The events of a kind that are going on.
  bool IsDuring(const std::string& kind, double at) const {
    return std::any_of(scenario_.events.begin(), scenario_.events.end(), [&](const auto& event) {
      return event.kind == kind && at >= event.at && at < event.at + event.value;
    });
  }
  bool IsStalled(double at) const { return IsDuring("stall", at); }
  double Passed(const std::string& kind, double at) const {
    double sum = 0;
    for (const ScenarioEvent& event : scenario_.events) {
      if (event.kind == kind && at >= event.at) sum += event.value;
    }
    return sum;
  }
  // Joules that a spike adds to a counter and a reset takes from it.
  double CounterShift(double at) const {
    double shift = Passed("spike", at);
    for (const ScenarioEvent& event : scenario_.events) {
      if (event.kind != "reset" || at < event.at) continue;
      shift = -sensor_.Counter(event.at);
      for (const ScenarioEvent& spike : scenario_.events) {
        if (spike.kind == "spike" && spike.at > event.at && at >= spike.at) shift += spike.value;
      }
    }
    return shift;
  }
  // Joules that a counter has not counted because it stood still.
  double Uncounted(double at) const {
    double joules = 0;
    for (const ScenarioEvent& event : scenario_.events) {
      if ((event.kind != "stick" && event.kind != "zero") || at < event.at) continue;
      const double end = std::min(at, event.at + event.value);
      joules += sensor_.Counter(end) - sensor_.Counter(event.at);
    }
    return joules;
  }
  double LimitAt(double at) const {
    double limit = scenario_.limit;
    for (const ScenarioEvent& event : scenario_.events) {
      if (event.kind == "limit" && at >= event.at) limit = event.value;
    }
    return limit;
  }
  bool IsSpike(double at) {
    for (size_t i = 0; i < scenario_.events.size(); ++i) {
      const ScenarioEvent& event = scenario_.events[i];
      if (event.kind != "spike" || at < event.at || shown_spikes_.count(i) > 0) continue;
      shown_spikes_.insert({i, true});
      return true;
    }
    return false;
  }

  Instant Now(double at) const {
    const absl::Duration monotonic = absl::Seconds(kStart + at);
    const absl::Duration slept = absl::Seconds(Passed("suspend", at));
    return {monotonic, monotonic + slept,
            absl::FromUnixSeconds(1'700'000'000) + monotonic + slept +
                absl::Seconds(Passed("ntp", at))};
  }

  void Show(double at) {
    if (is_rapl()) {
      ShowRapl(at);
    } else if (load_ != nullptr) {
      ShowNvml(at);
    }
  }
  void ShowRapl(double at) {
    for (int socket = 0; socket < sockets(); ++socket) {
      // The last one stands still; the others go on.
      const double uncounted = socket + 1 == sockets() ? Uncounted(at) : 0;
      const double joules = (sensor_.Counter(at) + CounterShift(at) - uncounted) / sockets() + 500;
      const double wrapped = std::fmod(joules, scenario_.range);
      const bool is_silent = IsDuring("fail", at) || IsDuring("late", at);
      WriteFile(Zone(socket) + "/energy_uj",
                is_silent ? std::string() : absl::StrFormat("%.0f\n", wrapped * 1e6));
    }
  }
  int64_t PidShown(int64_t pid) const { return scenario_.container > 0 ? kHostPids + pid : pid; }
  // Who holds the GPU, and how much of its time each uses.
  void ShowUsers(double at, std::string& text) const {
    const bool has_stranger = scenario_.HasStranger(at);
    const double strange = has_stranger ? scenario_.stranger.use : 0;
    std::vector<std::pair<int64_t, double>> users;
    if (is_used_) users.emplace_back(kPid, 90 * (1 - strange));
    if (has_stranger) users.emplace_back(kStranger, 90 * strange);
    double busy = 0;
    std::string pids;
    std::string uses;
    for (const auto& [pid, use] : users) {
      busy += use;
      absl::StrAppend(&pids, " ", PidShown(pid));
      absl::StrAppendFormat(&uses, " %d:%.0f:%.0f", PidShown(pid), use, (kStart + at) * 1e6);
    }
    absl::StrAppendFormat(&text, "contexts0 %d\nutilization0 %.0f\n", users.size(), busy);
    if (!users.empty()) absl::StrAppend(&text, "context_pids0", pids, "\nuses0", uses, "\n");
  }
  // A second GPU, on which a stranger works all the time.
  void ShowOther(double at, std::string& text) const {
    const int64_t pid = PidShown(kStranger + 1);
    absl::StrAppendFormat(&text,
                          "uuid1 GPU-t\nname1 %s\nlimit_mw1 300000\npower_mw1 200000\n"
                          "contexts1 1\ncontext_pids1 %d\nutilization1 95\nuses1 %d:95:%.0f\n",
                          scenario_.board, pid, pid, (kStart + at) * 1e6);
  }
  void ShowNvml(double at) {
    std::string text =
        absl::StrCat("count ", scenario_.gpus, "\nuuid0 GPU-s\nname0 ", scenario_.board, "\n");
    absl::StrAppendFormat(&text, "limit_mw0 %.0f\n", LimitAt(at) * 1e3);
    ShowUsers(at, text);
    if (scenario_.gpus > 1) ShowOther(at, text);
    if (IsDuring("late", at)) absl::StrAppend(&text, "error_init 9\n");
    if (IsDuring("hang", at))
      absl::StrAppend(&text, "hang_energy 1\nhang_instant 1\nhang_power 1\n");
    double power = IsSpike(at) ? Passed("spike", at) : sensor_.Power(at);
    if (IsDuring("misread", at)) power *= 0.57;
    if (IsDuring("zero", at)) power = 0;
    if (scenario_.source == "nvml-counter") {
      const double joules = std::max(0.0, sensor_.Counter(at) + CounterShift(at) - Uncounted(at));
      absl::StrAppendFormat(&text, "energy_mj0 %.0f\n", joules * 1e3);
      if (scenario_.check > 0) absl::StrAppendFormat(&text, "instant_mw0 %.0f\n", power * 1e3);
    } else if (scenario_.source == "nvml-instant") {
      absl::StrAppendFormat(&text, "instant_mw0 %.0f\n", power * 1e3);
    } else {
      absl::StrAppendFormat(&text, "power_mw0 %.0f\n", power * 1e3);
    }
    const int error = IsDuring("lost", at) ? 15 : IsDuring("fail", at) ? 10 : 0;
    if (error != 0) {
      absl::StrAppendFormat(&text, "error_energy %d\nerror_instant %d\nerror_power %d\n", error,
                            error, error);
    }
    load_(text.c_str());
  }

  void UseUntil(double at, bool is_running) {
    const double time = (at - used_until_) * static_cast<double>(activity_.cores);
    const double strange = scenario_.HasStranger(at) ? scenario_.stranger.use : 0;
    if (is_running) activity_.Use(kPid, absl::Seconds(time * (1 - strange)));
    activity_.Use(0, absl::Seconds(time * strange));
    used_until_ = at;
    is_used_ = is_running;
  }
  void TellSteps(double at) {
    const auto steps = static_cast<int64_t>((at - told_until_) / scenario_.step_period);
    if (steps < 1) return;
    told_until_ += steps * scenario_.step_period;
    sampler_->NoteSteps(kRun, steps, absl::Seconds(kStart + told_until_));
  }
  void Take(const Sampler::Booked& booked) {
    for (const LedgerInterval& interval : booked.intervals) {
      least_interval_ = std::min(least_interval_, interval.joules.value());
      is_silent_zero_ |= interval.joules <= Joules(0) && interval.coverage > 0;
      if (interval.consumer == kRun) rows_[{interval.device, interval.start}] = interval;
    }
  }

  ScenarioOutcome Judge(double started, double ended) const {
    ScenarioOutcome outcome;
    outcome.truth = scenario_.EnergyUntil(ended) - scenario_.EnergyUntil(started);
    outcome.net_truth = outcome.truth - scenario_.Resting() * (ended - started);
    outcome.least_interval = least_interval_;
    std::vector<LedgerInterval> intervals;
    for (const auto& [key, row] : rows_) intervals.push_back(row);
    const auto figure = SumIntervals(intervals);
    if (!figure) return outcome;
    outcome.has_figure = true;
    outcome.figure = *figure;
    outcome.is_silent_zero =
        is_silent_zero_ || (figure->gross <= Joules(0) && figure->coverage > 0);
    outcome.has_net = figure->net.has_value();
    outcome.is_net_in_band = outcome.has_net && figure->net_low->value() <= outcome.net_truth &&
                             outcome.net_truth <= figure->net_high->value();
    outcome.is_in_band =
        figure->low.value() <= outcome.truth && outcome.truth <= figure->high.value();
    outcome.relative_width = (figure->high - figure->low) / 2 / figure->gross;
    return outcome;
  }

  const Scenario& scenario_;
  const Sensor sensor_;
  const std::string powercap_;
  const Loader load_;
  FakeActivity::Box activity_;
  std::optional<BoxSearch> search_;
  std::unique_ptr<Sampler> sampler_;
  std::map<size_t, bool> shown_spikes_;
  std::map<std::pair<std::string, absl::Duration>, LedgerInterval> rows_;
  double used_until_ = 0;
  bool is_used_ = false;
  double told_until_ = 0;
  double least_interval_ = 0;
  bool is_silent_zero_ = false;
};

}  // namespace

ScenarioOutcome PlayScenario(const Scenario& scenario, const std::string& folder,
                             const std::string& nvml) {
  return Box(scenario, folder, nvml).Play();
}

}  // namespace powerdown
