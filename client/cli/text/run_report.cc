#include "client/cli/text/run_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "client/cli/text/table.h"
#include "common/base/json.h"
#include "common/base/statistics.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

// What a group's runs have, before it is summed up.
struct Members {
  std::vector<int64_t> memorised;
  std::vector<int64_t> grokked;
  Joules of_grokked;
  Joules after_grok;
};

std::optional<StepSpread> RangeOf(const std::vector<int64_t>& steps) {
  if (steps.empty()) return std::nullopt;
  const auto [lowest, highest] = std::minmax_element(steps.begin(), steps.end());
  return StepSpread{*lowest, std::llround(Median({steps.begin(), steps.end()})), *highest};
}

void Add(const ReportedRun& reported, RunGroup& group, Members& members) {
  const Run& run = reported.run;
  ++group.runs;
  if (run.memorised_step) members.memorised.push_back(*run.memorised_step);
  if (run.grok_step) members.grokked.push_back(*run.grok_step);
  if (!run.energy) return;
  group.energy = group.energy.value_or(Joules(0)) + run.energy->gross;
  if (!run.grok_step || !reported.energy_at_grok) return;
  members.of_grokked = members.of_grokked + run.energy->gross;
  members.after_grok = members.after_grok + (run.energy->gross - *reported.energy_at_grok);
}

std::string RangeText(const std::optional<StepSpread>& range) {
  if (!range) return "–";
  if (range->lowest == range->highest) return CountText(range->median);
  return Concat(CountText(range->median), " (", CountText(range->lowest), " to ",
                CountText(range->highest), ")");
}

Json RangeJson(const StepSpread& range) {
  return {{"lowest", range.lowest}, {"median", range.median}, {"highest", range.highest}};
}

}  // namespace

std::vector<RunGroup> GroupRuns(const std::vector<ReportedRun>& runs) {
  std::map<std::tuple<std::string, int64_t, std::string, std::string>, std::pair<RunGroup, Members>>
      groups;
  for (const ReportedRun& reported : runs) {
    const Run& run = reported.run;
    if (run.steps == 0) continue;
    const int64_t modulus = HasModulus(run.spec) ? run.spec.modulus : 0;
    auto& [group, members] = groups[{run.spec.task, modulus, run.spec.model, run.hardware}];
    group.task = run.spec.task;
    group.modulus = modulus;
    group.model = run.spec.model;
    group.hardware = run.hardware;
    Add(reported, group, members);
  }
  std::vector<RunGroup> result;
  for (auto& [key, value] : groups) {
    auto& [group, members] = value;
    group.memorised_runs = static_cast<int64_t>(members.memorised.size());
    group.grokked_runs = static_cast<int64_t>(members.grokked.size());
    group.memorised_step = RangeOf(members.memorised);
    group.grok_step = RangeOf(members.grokked);
    if (members.of_grokked.value() > 0) {
      group.share_after_grok = members.after_grok.value() / members.of_grokked.value();
    }
    result.push_back(std::move(group));
  }
  return result;
}

std::string ReportTable(const std::vector<RunGroup>& groups, const Style& style) {
  TextTable table({"task",
                   {"modulus", Align::kRight},
                   "model",
                   {"runs", Align::kRight, 4},
                   {"grokked", Align::kRight, 3},
                   {"memorised at step", Align::kRight, 6},
                   {"grokked at step", Align::kRight, 1},
                   {"energy", Align::kRight, 5},
                   {"after the grok", Align::kRight},
                   {"machine", Align::kLeft, 2}});
  for (const RunGroup& group : groups) {
    table.AddRow({Printable(group.task), group.modulus > 0 ? Concat(group.modulus) : "–",
                  group.model, CountText(group.runs), CountText(group.grokked_runs),
                  RangeText(group.memorised_step), RangeText(group.grok_step),
                  Cell(group.energy, EnergyText),
                  Cell(group.share_after_grok, [](double share) { return PercentText(share); }),
                  Printable(group.hardware)});
  }
  return table.Text(style);
}

Json GroupJson(const RunGroup& group) {
  Json json;
  json["task"] = group.task;
  if (group.modulus > 0) json["modulus"] = group.modulus;
  json["model"] = group.model;
  if (!group.hardware.empty()) json["hardware"] = group.hardware;
  json["runs"] = group.runs;
  json["memorised_runs"] = group.memorised_runs;
  json["grokked_runs"] = group.grokked_runs;
  if (group.memorised_step) json["memorised_step"] = RangeJson(*group.memorised_step);
  if (group.grok_step) json["grok_step"] = RangeJson(*group.grok_step);
  if (group.energy) json["gross_joules"] = NumberJson(group.energy->value());
  if (group.share_after_grok) json["share_after_grok"] = NumberJson(*group.share_after_grok);
  return json;
}

}  // namespace powerdown
