// A saving carried over to a training of another size: the share carries over, the steps do not.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"

namespace powerdown {

// A training whose energy somebody published, or a stated assumption.
struct TrainingSize {
  std::string key;   // "bert-base", as typed; empty for a size of the user's own
  std::string name;  // "BERT base"
  Joules energy;     // of one run
  std::string source;
};
const std::vector<TrainingSize>& PublishedTrainings();
// NotFound lists the keys.
absl::StatusOr<TrainingSize> FindTraining(std::string_view key);
// "50kWh", "1.5 MWh". InvalidArgument for what is no energy above 0.
absl::StatusOr<TrainingSize> SizeOfEnergy(std::string_view text);
// So many GPUs for so long, each drawing `watts`: what the boards may draw at most, without the
// rest of the machine. InvalidArgument unless all are above 0 and finite.
absl::StatusOr<TrainingSize> SizeOfGpus(double gpus, double hours, double watts);

// Of what a run drew, 0 to 1.
struct SavedShare {
  double share = 0;
  double low = 0;
  double high = 0;
};
// `saved` of one run that drew `gross`, with the band of the saving. InvalidArgument unless gross
// is above 0.
absl::StatusOr<SavedShare> ShareOf(Joules saved, Joules low, Joules high, Joules gross);

// What so many runs of this size a year would save if each wasted the same share.
FleetRow ProjectedFleet(const SavedShare& saved, const TrainingSize& size, int64_t runs_per_year,
                        const FootprintFactors& factors);
std::vector<int64_t> ProjectedFleetSizes();  // 1 · 10 · 100 · 1,000

// "Projected, not measured: this run's saved share of 47.3% (28.4% to 66.1%) at 3.60 kWh a run
// (…)."
std::string ProjectionText(const SavedShare& saved, const TrainingSize& size);

}  // namespace powerdown
