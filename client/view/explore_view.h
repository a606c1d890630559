// The page Explore: search, sort and overlay all known runs, recorded ones too.
#pragma once

#include <string>
#include <vector>

#include "client/model/explored_runs.h"
#include "client/view/chart_view.h"
#include "client/view/run_notes.h"
#include "client/view/screen.h"

namespace powerdown {

struct ExploreState {
  std::string search;
  std::string sort = "grok_step";
  bool is_descending = false;
  std::string across = "grok_step";
  std::string up = "predicted_grok_step";
  std::vector<std::string> chosen;  // ids of the runs in the chart, at most kMostOverlays
  std::string focused;  // the run described below the list; empty: the first in the chart
  NotesState notes;
  // The runs listed, and the search, order and model version they were listed for.
  std::vector<ExploredRun> listed;
  std::string listed_by;
  ChartGroup group;
  ChartState overlay;
  bool has_begun = false;
};
inline constexpr size_t kMostOverlays = 6;

void DrawExploreView(const Screen& screen, ExploreState& state, Intents& intents);

}  // namespace powerdown
