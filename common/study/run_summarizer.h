// Makes the summary of a run from its reports, which come one at a time: a run may have millions.
// Pure, for one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/energy/units.h"
#include "common/forecast/forecaster.h"
#include "common/forecast/stop_rule.h"
#include "common/run/evaluation.h"
#include "common/run/run.h"
#include "common/run/run_summary.h"

namespace powerdown {

// Energy at a step that is known before, from reports that come in ascending steps: the same figure
// as EnergyAt of their EnergyCurve.
class EnergyAtStep {
 public:
  explicit EnergyAtStep(std::optional<int64_t> step) : step_(step) {}
  void Observe(const StepReport& report);
  // The same at another step, which none of the reports so far has reached.
  EnergyAtStep At(int64_t step) const;
  // Nullopt beyond the last report with energy, or where no energy is known.
  const std::optional<Joules>& energy() const { return energy_; }
  // Beyond it too: as much for each further step as the steps so far took on average.
  std::optional<Joules> CarriedOn() const;

 private:
  std::optional<int64_t> step_;
  std::optional<int64_t> last_step_;  // of the last report with energy
  Joules last_;
  std::optional<Joules> energy_;
};

class RunSummarizer {
 public:
  // Without a predictor (null) no run is abandoned.
  RunSummarizer(const Run& run, std::shared_ptr<const Predictor> predictor);

  void Observe(const StepReport& report);  // those that stand, in ascending steps
  // `run.energy` is what the ledger says. Version and run_id are the caller's to set.
  RunSummary Finish();

 private:
  // A step's energy is wanted once its report is here.
  void SetProbes(const StepReport& report);

  RunSummary summary_;
  GrokTracker tracker_;
  StopRule rule_{StopRuleOptions()};
  Forecaster forecaster_;
  EnergyAtStep before_{std::nullopt};  // what a probe begins with
  EnergyAtStep grok_;
  EnergyAtStep stop_;
  EnergyAtStep rule_grok_{std::nullopt};  // of what may turn out to be the grok step
  EnergyAtStep rule_stop_{std::nullopt};
  EnergyAtStep abandon_{std::nullopt};
};

// `reports` stand and ascend in steps.
RunOverview OverviewOf(const Run& run, const std::vector<StepReport>& reports,
                       std::shared_ptr<const Predictor> predictor);

}  // namespace powerdown
