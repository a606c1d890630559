// A designed set of runs, from a GRID.toml:
//
//   [defaults]           fields of every spec
//   [[grid]]             one family of runs
//   name = "mlp-late"    tag of its runs
//   tier = "hard"        difficulty, for reports
//   seeds = [0, 1, 2]    sets seed and split_seed
//   task = ["addition", "division"]     any field; an array is swept over
//
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_spec.h"

namespace powerdown {

struct GridRun {
  std::string name;
  std::string tier;
  RunSpec spec;
};

// Every run once, ordered by the hash of its spec: the order mixes the families, so that the first
// part of a recording is a sample of the whole. InvalidArgument names the file, the line and the
// cause.
absl::StatusOr<std::vector<GridRun>> ParseGrid(std::string_view toml, std::string_view file_name);

}  // namespace powerdown
