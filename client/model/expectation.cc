#include "client/model/expectation.h"

#include <algorithm>

#include "common/text.h"

namespace powerdown {
namespace {

constexpr size_t kFewest = 5;

std::optional<ExpectedValue> Summarise(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const size_t last = values.size() - 1;
  ExpectedValue expected{.likely = (values[last / 2] + values[(last + 1) / 2]) / 2};
  if (values.size() >= kFewest) {
    expected.low = values[last / 10];
    expected.high = values[last - last / 10];
  }
  return expected;
}

ExpectedValue Times(ExpectedValue value, double factor) {
  value.likely *= factor;
  if (value.low) *value.low *= factor;
  if (value.high) *value.high *= factor;
  return value;
}

struct Family {
  std::vector<double> grok_steps;
  std::vector<double> stop_steps;
  std::vector<double> joules_per_step;
};

Family Collect(const std::string& family, const std::vector<const Run*>& known) {
  Family collected;
  for (const Run* run : known) {
    if (SpecFamily(run->spec) != family) continue;
    if (run->grok_step) collected.grok_steps.push_back(static_cast<double>(*run->grok_step));
    if (run->stop && run->stop->reason == "grokked") {
      collected.stop_steps.push_back(static_cast<double>(run->stop->step));
    }
    if (run->energy && run->steps > 0) {
      collected.joules_per_step.push_back(run->energy->gross.value() /
                                          static_cast<double>(run->steps));
    }
  }
  return collected;
}

}  // namespace

Expectation Expect(const RunSpec& spec, const std::string& schedule,
                   const std::vector<const Run*>& known) {
  Expectation expectation;
  const std::string family = SpecFamily(spec);
  const Family collected = Collect(family, known);
  std::optional<FamilyMedian> shipped = FindShippedMedian(family);
  expectation.grok_step = Summarise(collected.grok_steps);
  if (expectation.grok_step) {
    expectation.source =
        Concat(collected.grok_steps.size(), " runs of this family that this window knows");
  } else if (shipped) {
    expectation.grok_step = ExpectedValue{.likely = shipped->median_grok_step};
    expectation.source = Concat("median of ", shipped->runs, " runs: ", shipped->source);
  } else {
    expectation.source = "nobody has measured this family yet: start it to learn";
  }
  if (!shipped && expectation.grok_step) {
    shipped = FamilyMedian{family, expectation.grok_step->likely,
                           static_cast<int64_t>(collected.grok_steps.size()), "runs known here"};
  }
  if (const auto request = ParseSchedule(schedule); request.ok()) {
    expectation.budget_steps = ResolveBudget(*request, spec, shipped).max_steps;
  }
  const auto per_step = Summarise(collected.joules_per_step);
  if (per_step && expectation.budget_steps > 0) {
    expectation.usual_joules = Times(*per_step, static_cast<double>(expectation.budget_steps));
  }
  const auto stop = Summarise(collected.stop_steps);
  if (per_step && stop) expectation.stopped_joules = Times(*stop, per_step->likely);
  return expectation;
}

}  // namespace powerdown
