#include "common/energy/projection.h"

#include <algorithm>
#include <cmath>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/budget.h"

namespace powerdown {
namespace {

constexpr double kJoulesPerKilowattHour = 3.6e6;

TrainingSize Published(std::string_view key, std::string_view name, double kwh,
                       std::string_view source) {
  return {std::string(key), std::string(name), Joules(kwh * kJoulesPerKilowattHour),
          std::string(source)};
}

}  // namespace

const std::vector<TrainingSize>& PublishedTrainings() {
  static const auto& trainings = *new std::vector<TrainingSize>{
      Published("lora-4090", "a fine-tune on one RTX 4090, 8 h", 3.6,
                "an assumption: the board's limit of 450 W all the time"),
      Published("bert-base", "BERT base", 1507,
                "64 V100, 79 h, with PUE 1.58: Strubell et al. 2019, arXiv 1906.02243"),
      Published("llama-2-7b", "Llama 2 7B", 184'320 * 0.4,
                "184,320 A100 hours at 400 W: Touvron et al. 2023, arXiv 2307.09288"),
      Published("bloom", "BLOOM 176B, final run", 433'000,
                "Luccioni et al. 2022, arXiv 2211.02001"),
      Published("gpt-3", "GPT-3 175B", 1'287'000, "Patterson et al. 2021, arXiv 2104.10350"),
  };
  return trainings;
}

absl::StatusOr<TrainingSize> FindTraining(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const TrainingSize& training : PublishedTrainings()) {
    if (training.key == key) return training;
    keys.push_back(training.key);
  }
  return absl::NotFoundError(Concat("training ", Quoted(key), NotKnown(key, keys)));
}

absl::StatusOr<TrainingSize> SizeOfEnergy(std::string_view text) {
  const absl::StatusOr<Budget> amount = ParseBudget(text);
  if (!amount.ok() || amount->unit != "J") {
    return absl::InvalidArgumentError(
        Concat("value is ", Quoted(text), "; allowed: an energy, such as 50kWh or 1.5MWh"));
  }
  return TrainingSize{
      .name = "a run of your own", .energy = Joules(amount->amount), .source = "as you said"};
}

absl::StatusOr<TrainingSize> SizeOfGpus(double gpus, double hours, double watts) {
  const double joules = gpus * hours * 3600 * watts;
  if (!(gpus > 0 && hours > 0 && watts > 0) || !std::isfinite(joules)) {
    return absl::InvalidArgumentError(
        "GPUs, hours and watts of a run must each be a number above 0");
  }
  return TrainingSize{
      .name = Concat(gpus, gpus == 1 ? " GPU, " : " GPUs, ", hours, " h at ", watts, " W"),
      .energy = Joules(joules),
      .source = "GPU power only, without the rest of the machine"};
}

absl::StatusOr<SavedShare> ShareOf(Joules saved, Joules low, Joules high, Joules gross) {
  if (!(gross > Joules(0))) {
    return absl::InvalidArgumentError("the run's energy is not known, so neither is its share");
  }
  const auto share = [&](Joules part) {
    return std::clamp(part.value() / gross.value(), 0.0, 1.0);
  };
  return SavedShare{share(saved), share(low), share(high)};
}

FleetRow ProjectedFleet(const SavedShare& saved, const TrainingSize& size, int64_t runs_per_year,
                        const FootprintFactors& factors) {
  return FleetOf(size.energy * saved.share, size.energy * saved.low, size.energy * saved.high,
                 runs_per_year, factors);
}

std::vector<int64_t> ProjectedFleetSizes() {
  return {1, 10, 100, 1000};
}

std::string ProjectionText(const SavedShare& saved, const TrainingSize& size) {
  return Concat("Projected, not measured: this run's saved share of ", PercentText(saved.share),
                " (", PercentText(saved.low), " to ", PercentText(saved.high), ") at ",
                EnergyText(size.energy), " a run: ", size.name, " (", size.source, ").");
}

}  // namespace powerdown
