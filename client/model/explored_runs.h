// The runs of the page Explore: named quantities, search, order and CSV table. The numbers are
// those of `powerdown run list --output json`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/model/app_model.h"

namespace powerdown {

struct ExploredRun {
  const Run* run = nullptr;
  std::optional<double> saved_share;  // of its energy, by the comparison it was made for
};

// A quantity to sort, plot or export runs by. Nullopt where a run has no such value.
struct RunQuantity {
  std::string_view name;     // "grok_step", heading of the CSV
  std::string_view heading;  // "Grok step"
  std::optional<double> (*value)(const ExploredRun& explored);
  std::string (*text)(double value);
  double unit = 1;  // of the axis: its round multiples get a tick
};
const std::vector<RunQuantity>& RunQuantities();
const RunQuantity& QuantityNamed(std::string_view name);  // must exist

// All runs of the model whose text holds every word of the search: name, id, spec, state, owner,
// hardware, origin, notes, tags; "tag:NAME" only tags. Letter case does not count.
std::vector<ExploredRun> ExploredRunsOf(const AppModel& model, std::string_view search);
// Runs without a value come last; runs with equal values keep their order.
void SortBy(const RunQuantity& quantity, bool is_descending, std::vector<ExploredRun>& runs);

// One line a run: id, name, state, hardware, tags, notes, then every quantity unrounded.
std::string ExploredCsv(const std::vector<ExploredRun>& runs);

}  // namespace powerdown
