// The forecast weights that the daemon starts with.
#pragma once

#include <memory>
#include <string>

#include "common/forecast/predictor.h"

namespace powerdown {

struct ShippedWeights {
  std::string text;                            // JSON; empty: none
  std::shared_ptr<const Predictor> predictor;  // null: none
};
// None where there is no such file; none as well, with a warning in the log, if it cannot be used.
ShippedWeights ReadWeights(const std::string& path);

}  // namespace powerdown
