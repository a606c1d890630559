#include "tests/support/energy/scenario.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

// Energy of `load` over its first `time` seconds.
double EnergyOf(const Load& load, double time) {
  if (load.period <= 0) return load.high * time;
  const double cycles = std::floor(time / load.period);
  const double rest = time - cycles * load.period;
  const double high_time = load.duty * load.period;
  const double per_cycle = load.high * high_time + load.low * (load.period - high_time);
  return cycles * per_cycle + load.high * std::min(rest, high_time) +
         load.low * std::max(rest - high_time, 0.0);
}

absl::Status ReadLoad(std::istringstream& words, Scenario& scenario) {
  Load load;
  std::string first;
  if (!(words >> load.at >> first)) return absl::InvalidArgumentError("a value is missing");
  if (first == "square") {
    words >> load.high >> load.low >> load.period >> load.duty;
  } else {
    std::istringstream power(first);
    if (!(power >> load.high)) return absl::InvalidArgumentError("a value is missing");
    load.low = load.high;
  }
  if (words.fail()) return absl::InvalidArgumentError("a value is missing");
  scenario.loads.push_back(load);
  return absl::OkStatus();
}

bool IsOneOf(const std::string& word, std::initializer_list<const char*> known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

absl::Status ReadStatement(const std::string& key, std::istringstream& words, Scenario& scenario) {
  if (key == "name" || key == "board") {
    std::getline(words >> std::ws, key == "name" ? scenario.name : scenario.board);
  } else if (key == "source") {
    words >> scenario.source;
    if (!IsOneOf(scenario.source, {"rapl", "nvml-counter", "nvml-instant", "nvml-average"})) {
      return absl::InvalidArgumentError("no such source");
    }
  } else if (key == "load") {
    return ReadLoad(words, scenario);
  } else if (key == "sensor") {
    words >> scenario.gain >> scenario.offset;
  } else if (key == "run") {
    words >> scenario.run_from >> scenario.run_to;
    if (!(words >> scenario.step_period)) {
      scenario.step_period = 0;
      words.clear();
    }
  } else if (key == "event") {
    ScenarioEvent event;
    words >> event.at >> event.kind;
    if (!IsOneOf(event.kind, {"fail", "lost", "reset", "spike", "stall", "suspend", "ntp", "stick",
                              "zero", "misread", "limit", "late", "hang"})) {
      return absl::InvalidArgumentError("no such event");
    }
    if (event.kind != "reset") words >> event.value;
    scenario.events.push_back(event);
  } else if (key == "stranger") {
    Stranger& stranger = scenario.stranger;
    words >> stranger.from >> stranger.to >> stranger.watts >> stranger.use;
  } else if (key == "expect") {
    words >> scenario.expected.emplace() >> scenario.tolerance;
  } else {
    double* const number = key == "seconds"     ? &scenario.seconds
                           : key == "limit"     ? &scenario.limit
                           : key == "range"     ? &scenario.range
                           : key == "refresh"   ? &scenario.refresh
                           : key == "tick"      ? &scenario.tick
                           : key == "sockets"   ? &scenario.sockets
                           : key == "check"     ? &scenario.check
                           : key == "container" ? &scenario.container
                           : key == "gpus"      ? &scenario.gpus
                                                : nullptr;
    if (number == nullptr) return absl::InvalidArgumentError("not a statement");
    words >> *number;
  }
  return words.fail() ? absl::InvalidArgumentError("a value is missing") : absl::OkStatus();
}

}  // namespace

double Scenario::EnergyUntil(double at) const {
  double energy = 0;
  for (size_t i = 0; i < loads.size(); ++i) {
    const double end = i + 1 < loads.size() ? std::min(at, loads[i + 1].at) : at;
    if (end > loads[i].at) energy += EnergyOf(loads[i], end - loads[i].at);
  }
  return energy;
}

double Scenario::DrawnUntil(double at) const {
  return EnergyUntil(at) +
         stranger.watts * std::max(0.0, std::min(at, stranger.to) - stranger.from);
}

absl::StatusOr<Scenario> ParseScenario(const std::string& text) {
  Scenario scenario;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string key;
    if (!(words >> key)) continue;
    const absl::Status read = ReadStatement(key, words, scenario);
    if (!read.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", line, ": ", std::string(read.message())));
    }
  }
  if (scenario.loads.empty() || scenario.run_to <= scenario.run_from) {
    return absl::InvalidArgumentError("a scenario needs a load and a run");
  }
  if (!(scenario.tick > 0)) {
    return absl::InvalidArgumentError("a tick takes time");
  }
  return scenario;
}

absl::StatusOr<Scenario> ReadScenario(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  }
  ASSIGN_OR_RETURN(Scenario scenario, ParseScenario(text.str()));
  if (scenario.name.empty()) scenario.name = path;
  return scenario;
}

std::string ScenarioText(const Scenario& scenario) {
  std::ostringstream text;
  text.precision(17);
  text << "name " << scenario.name << "\nseconds " << scenario.seconds << "\nsource "
       << scenario.source << "\nlimit " << scenario.limit << "\nboard " << scenario.board
       << "\nrange " << scenario.range << "\nsensor " << scenario.gain << " " << scenario.offset
       << "\nsockets " << scenario.sockets << "\ncheck " << scenario.check << "\nrefresh "
       << scenario.refresh << "\ntick " << scenario.tick << "\n";
  const Stranger& stranger = scenario.stranger;
  text << "stranger " << stranger.from << " " << stranger.to << " " << stranger.watts << " "
       << stranger.use << "\ncontainer " << scenario.container << "\ngpus " << scenario.gpus
       << "\n";
  for (const Load& load : scenario.loads) {
    text << "load " << load.at << " ";
    if (load.period > 0) {
      text << "square " << load.high << " " << load.low << " " << load.period << " " << load.duty;
    } else {
      text << load.high;
    }
    text << "\n";
  }
  text << "run " << scenario.run_from << " " << scenario.run_to << " " << scenario.step_period
       << "\n";
  for (const ScenarioEvent& event : scenario.events) {
    text << "event " << event.at << " " << event.kind;
    if (event.kind != "reset") text << " " << event.value;
    text << "\n";
  }
  if (scenario.expected) {
    text << "expect " << *scenario.expected << " " << scenario.tolerance << "\n";
  }
  return text.str();
}

}  // namespace powerdown
