// Many runs from one line: "seed=0..9,weight_decay=0.3|1|3" is every combination of these values,
// here 30. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_spec.h"

namespace powerdown {

// As many as the default queue takes from a user.
inline constexpr size_t kMostSweepRuns = 500;

struct SweepPoint {
  RunSpec spec;
  std::string label;  // "seed=0 weight_decay=0.3"
};

// Fields and their values between commas; values between bars, "a..b" is every whole number from a
// to b. The last field varies fastest. Values are checked as SetSpecField does; what the fields
// demand of each other is not. InvalidArgument names the field, and what is allowed.
absl::StatusOr<std::vector<SweepPoint>> ExpandSweep(const RunSpec& base, std::string_view text);

// The same for a command: what "{lr}" and "{seed}" stand for in its words.
struct SweepValues {
  std::vector<std::pair<std::string, std::string>> values;  // by name
  std::string label;                                        // "lr=1e-3 seed=0"
};
absl::StatusOr<std::vector<SweepValues>> ExpandValues(std::string_view text);
// The words with every "{name}" replaced. InvalidArgument for a name that is in none of them.
absl::StatusOr<std::vector<std::string>> FillWords(const std::vector<std::string>& words,
                                                   const SweepValues& values);

}  // namespace powerdown
