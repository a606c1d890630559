#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/support/energy/scenario.h"

namespace powerdown {
namespace {

class Maker {
 public:
  Maker(uint64_t seed, int index) : random_(seed * 1'000'003 + index) {
    scenario_.name = absl::StrCat("seed ", seed, " number ", index);
  }

  Scenario Make() {
    MakeDevice();
    // Long enough before for a baseline, as a rule.
    scenario_.run_from = Uniform(5, 14);
    scenario_.run_to = scenario_.run_from + Uniform(15, 45);
    scenario_.seconds = scenario_.run_to + 6;
    scenario_.tick = Uniform(0.08, 0.12);
    MakeLoads();
    MakeCompany();
    for (const char* kind : {"fail", "lost", "reset", "spike", "stall", "suspend", "ntp"}) {
      if (Chance(0.1)) AddEvent(kind);
    }
    for (const char* kind : {"stick", "zero", "misread", "silent", "limit"}) {
      if (Chance(0.06)) AddEvent(kind);
    }
    if (Chance(0.04)) AddEvent("late");
    // A hang costs a second of true time, as a driver is waited for that long.
    if (Chance(0.02)) AddEvent("hang");
    return scenario_;
  }

 private:
  double Uniform(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }
  bool Chance(double probability) { return Uniform(0, 1) < probability; }
  bool is_rapl() const { return scenario_.source == "rapl"; }

  void MakeDevice() {
    const double kind = Uniform(0, 1);
    scenario_.source = kind < 0.3    ? "rapl"
                       : kind < 0.6  ? "nvml-counter"
                       : kind < 0.85 ? "nvml-instant"
                                     : "nvml-average";
    const bool is_counter = is_rapl() || scenario_.source == "nvml-counter";
    if (is_counter && Chance(0.06)) scenario_.refresh = Chance(0.5) ? 1 : 5;
    if (is_rapl()) {
      scenario_.limit = Uniform(15, 280);
      scenario_.range = Chance(0.5) ? 65532.610987 : 262143.328850;
      scenario_.gain = Uniform(0.90, 1.10);
      if (Chance(0.2)) scenario_.sockets = 2;
      // So little that it wraps within the run.
      if (Chance(0.3)) scenario_.range = Uniform(0.9, 1.1) * 6000 + 12 * scenario_.limit;
      return;
    }
    scenario_.limit = Uniform(70, 700);
    scenario_.gain = Uniform(0.873, 1.044);
    scenario_.offset = Uniform(-22.6, 16) * std::min(1.0, scenario_.limit / 300);
    if (scenario_.refresh == 0) scenario_.refresh = Uniform(0.02, 0.1);
    if (scenario_.source == "nvml-instant" && Chance(0.4)) scenario_.board = "NVIDIA H100 PCIe";
    if (scenario_.source == "nvml-counter" && Chance(0.7)) scenario_.check = 1;
  }

  void MakeLoads() {
    const double idle = Uniform(0.1, 0.2) * scenario_.limit;
    const double busy = Uniform(0.4, 1.0) * scenario_.limit;
    scenario_.loads.push_back({0, idle, idle});
    above_rest_ = busy - idle;
    const double kind = Uniform(0, 1);
    is_constant_ = kind < 0.3;
    if (is_constant_) {
      scenario_.loads.push_back({scenario_.run_from, busy, busy});
    } else if (kind < 0.6) {
      // One step of training a cycle, from 5 ms to 10 s.
      const double period = std::exp(Uniform(std::log(0.005), std::log(10)));
      const double low = Uniform(idle, busy);
      scenario_.loads.push_back({scenario_.run_from, busy, low, period, Uniform(0.2, 0.8)});
      scenario_.step_period = period;
    } else {
      for (double at = scenario_.run_from; at < scenario_.run_to; at += Uniform(0.5, 10)) {
        const double power = Uniform(idle, busy);
        scenario_.loads.push_back({at, power, power});
      }
    }
    // What it rests at afterwards: the same, as a rule, or warmer.
    const double after = Chance(0.1) ? idle * Uniform(1, 1.2) : idle;
    scenario_.loads.push_back({scenario_.run_to, after, after});
  }

  // Others on the device, other devices, and a driver that names them as a host does.
  void MakeCompany() {
    if (!is_rapl() && Chance(0.3)) scenario_.container = 1;
    if (!is_rapl() && Chance(0.2)) scenario_.gpus = 2;
    // At the same use it draws from 0.6 to 1.6 times what the run draws.
    if (!is_constant_ || !Chance(0.5)) return;
    Stranger& stranger = scenario_.stranger;
    stranger.from = Uniform(0, scenario_.run_to - 5);
    stranger.to = Chance(0.5) ? scenario_.seconds : Uniform(stranger.from + 3, scenario_.run_to);
    stranger.use = Uniform(0.1, 0.5);
    stranger.watts = above_rest_ * Uniform(0.6, 1.6) * stranger.use / (1 - stranger.use);
    // The sensor believes no more than the device may draw.
    scenario_.limit += stranger.watts;
  }

  // What a fault needs to be one.
  bool CanHave(const std::string& kind) const {
    const bool is_counter = is_rapl() || scenario_.source == "nvml-counter";
    if (kind == "lost" || kind == "limit" || kind == "hang") return !is_rapl();
    if (kind == "stick" || kind == "reset") return is_counter;
    if (kind == "zero") return !is_rapl();
    // Nothing contradicts a sensor that is the only one.
    if (kind == "misread") return scenario_.check > 0;
    return true;
  }
  void AddEvent(const std::string& kind) {
    if (!CanHave(kind)) return;
    double at = Uniform(scenario_.run_from + 1, scenario_.run_to - 6);
    double value = 0;
    if (kind == "fail") value = Uniform(0.1, 2);
    if (kind == "lost") value = 3;
    if (kind == "spike") value = 64852;
    if (kind == "stall") value = Uniform(0.5, 5);
    if (kind == "suspend") value = Uniform(10, 10800);
    if (kind == "ntp") value = Uniform(-3600, 3600);
    if (kind == "misread") value = Uniform(25, 80);
    if (kind == "limit") value = scenario_.limit * Uniform(0.6, 1.5);
    if (kind == "late") {
      at = 0;
      value = Uniform(1, scenario_.run_to);
    }
    if (kind == "stick" || kind == "zero" || kind == "silent" || kind == "hang") {
      // From the start, or from the middle; for a while, or to the end.
      if (Chance(0.3)) at = 0.05;
      value = Chance(0.5) ? scenario_.seconds : Uniform(1, 30);
    }
    scenario_.events.push_back({at, kind == "silent" ? "fail" : kind, value});
    if (kind == "limit") UseLimit(scenario_.events.back());
  }
  // A raised limit is used.
  void UseLimit(const ScenarioEvent& event) {
    for (Load& load : scenario_.loads) {
      if (load.at < event.at || load.at >= scenario_.run_to || event.value < scenario_.limit)
        continue;
      load.high *= event.value / scenario_.limit;
    }
  }

  std::mt19937_64 random_;
  Scenario scenario_;
  double above_rest_ = 0;
  bool is_constant_ = false;
};

}  // namespace

Scenario RandomScenario(uint64_t seed, int index) {
  return Maker(seed, index).Make();
}

}  // namespace powerdown
