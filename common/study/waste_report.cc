#include "common/study/waste_report.h"

#include <algorithm>
#include <functional>
#include <map>

#include "common/base/statistics.h"
#include "common/base/text.h"
#include "common/run/training_schedule.h"

namespace powerdown {
namespace {

constexpr std::string_view kTierTag = "tier:";

// Energy of the run if it had `steps` steps: measured, or extended at its energy per step.
double JoulesAt(const WasteRun& run, double steps) {
  return run.joules * steps / static_cast<double>(std::max<int64_t>(1, run.last_step));
}

std::optional<double> ShareAt(const WasteRun& run, double steps) {
  if (!run.grok_step || static_cast<double>(*run.grok_step) >= steps) return std::nullopt;
  const bool is_recorded = steps == static_cast<double>(run.last_step);
  const double all = is_recorded ? run.joules : JoulesAt(run, steps);
  return all > 0 ? std::make_optional(std::max(0.0, 1 - run.joules_at_grok / all)) : std::nullopt;
}

using Medians = std::map<std::string, double>;

Medians MediansOf(const std::vector<WasteRun>& runs) {
  std::map<std::string, std::vector<double>> steps;
  for (const WasteRun& run : runs) {
    if (run.grok_step) steps[run.family].push_back(static_cast<double>(*run.grok_step));
  }
  Medians medians;
  for (const auto& [family, values] : steps) medians[family] = Median(values);
  return medians;
}

WasteShare ShareUnder(std::string policy, const std::vector<const WasteRun*>& runs,
                      const std::function<double(const WasteRun&)>& steps) {
  std::vector<double> shares;
  for (const WasteRun* run : runs) {
    if (const auto share = ShareAt(*run, steps(*run))) shares.push_back(*share);
  }
  WasteShare result{.policy = std::move(policy),
                    .mean = Mean(shares),
                    .runs = static_cast<int64_t>(shares.size()),
                    .all = static_cast<int64_t>(runs.size())};
  if (shares.size() < 2) return result;
  result.error = BootstrapError(shares.size(), [&](const std::vector<size_t>& indices) {
    std::vector<double> drawn;
    for (const size_t index : indices) drawn.push_back(shares[index]);
    return Mean(drawn);
  });
  return result;
}

WasteGroup GroupOf(std::string name, const std::vector<const WasteRun*>& runs,
                   const Medians& medians) {
  WasteGroup group;
  group.name = std::move(name);
  group.shares = {
      ShareUnder("recorded", runs,
                 [](const WasteRun& run) { return static_cast<double>(run.last_step); }),
      ShareUnder("twice-median", runs,
                 [&](const WasteRun& run) {
                   const auto median = medians.find(run.family);
                   return median == medians.end() ? 0 : 2 * median->second;
                 }),
      ShareUnder("literature", runs,
                 [](const WasteRun&) { return static_cast<double>(kLiteratureSteps); })};
  return group;
}

// By bisection, since the mean share grows with the multiple.
std::optional<double> MultipleOf(const std::vector<WasteRun>& runs, double wanted) {
  const auto mean = [&](double multiple) {
    std::vector<double> shares;
    for (const WasteRun& run : runs) {
      if (!run.grok_step) continue;
      const double steps = multiple * static_cast<double>(std::max<int64_t>(1, *run.grok_step));
      shares.push_back(ShareAt(run, steps).value_or(0));
    }
    return Mean(shares);
  };
  double low = 1;
  double high = 100;
  if (!(mean(high) >= wanted)) return std::nullopt;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (mean(middle) < wanted ? low : high) = middle;
  }
  return high;
}

void AddGroups(const std::vector<WasteRun>& runs, const std::string& kind,
               std::string WasteRun::*member, const Medians& medians, WasteReport& report) {
  std::map<std::string, std::vector<const WasteRun*>> groups;
  for (const WasteRun& run : runs) {
    if (!(run.*member).empty()) groups[run.*member].push_back(&run);
  }
  for (const auto& [name, members] : groups) {
    report.groups.push_back(GroupOf(Concat(kind, " ", name), members, medians));
  }
}

}  // namespace

std::optional<WasteRun> WasteOf(const RunOverview& run) {
  if (!run.summary || !run.summary->metered) return std::nullopt;
  const RunSummary& summary = *run.summary;
  if (summary.metered_step != summary.last_step) return std::nullopt;
  WasteRun waste;
  waste.family = summary.family;
  for (const std::string& tag : run.tags) {
    if (std::string_view(tag).starts_with(kTierTag)) {
      waste.tier = tag.substr(kTierTag.size());
    } else if (run.origin == "recorded") {
      waste.family = tag;
    }
  }
  waste.task = summary.task;
  waste.model = summary.model;
  waste.hardware = run.hardware;
  waste.last_step = summary.last_step;
  waste.joules = summary.metered->value();
  waste.grok_step = summary.rule_grok_step;
  waste.stop_step = summary.rule_stop_step;
  waste.joules_at_grok = summary.rule_grok.value_or(Joules()).value();
  waste.joules_at_stop = summary.rule_stop.value_or(Joules()).value();
  return waste;
}

WasteReport ReportWaste(const std::vector<WasteRun>& runs) {
  WasteReport report;
  const Medians medians = MediansOf(runs);
  std::vector<const WasteRun*> all;
  for (const WasteRun& run : runs) all.push_back(&run);
  report.groups.push_back(GroupOf("all", all, medians));
  AddGroups(runs, "tier", &WasteRun::tier, medians, report);
  AddGroups(runs, "task", &WasteRun::task, medians, report);
  AddGroups(runs, "model", &WasteRun::model, medians, report);
  AddGroups(runs, "hardware", &WasteRun::hardware, medians, report);
  report.multiple_of_24_percent = MultipleOf(runs, 0.24);
  report.multiple_of_57_percent = MultipleOf(runs, 0.57);
  for (const WasteRun& run : runs) {
    report.all_joules += run.joules;
    const bool is_true = run.stop_step && run.grok_step && *run.stop_step >= *run.grok_step;
    if (is_true) report.saved_by_stop_joules += run.joules - run.joules_at_stop;
    if (run.stop_step && !is_true) ++report.false_stops;
    if (run.grok_step && !run.stop_step) {
      ++report.missed_stops;
      report.missed_joules += run.joules - run.joules_at_grok;
    }
  }
  return report;
}

}  // namespace powerdown
