// One dot a run, any two quantities. Kinds of hardware differ by shape and colour.
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

// The id of the run whose dot was pressed, else empty. Where both axes are steps, the diagonal of
// equality is drawn.
std::string DrawScatter(const Look& look, const ScatterContent& content, ImVec2 size);

}  // namespace powerdown
