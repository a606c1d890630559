// One dot for each run, by any two quantities. Hardware differs by shape and colour.
#pragma once

#include <string>
#include <vector>

#include "client/model/explored_runs.h"
#include "client/view/look.h"
#include "imgui.h"

namespace powerdown {

struct ScatterContent {
  const RunQuantity* x = nullptr;
  const RunQuantity* y = nullptr;
  const std::vector<ExploredRun>* runs = nullptr;
  const std::vector<std::string>* chosen = nullptr;  // ids, drawn with a ring
};

// Returns the id of the run whose dot was pressed, else empty. Where both axes are steps, draws the
// diagonal of equality.
std::string DrawScatter(const Look& look, const ScatterContent& content, ImVec2 size);

}  // namespace powerdown
