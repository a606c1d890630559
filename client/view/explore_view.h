// Explore: search, sort and lay over each other all runs known, recorded ones too.
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
  std::vector<std::string> chosen;  // ids laid over each other, at most kMostOverlays
  std::string focused;              // the run in words; empty: the first one laid over
  NotesState notes;
  // What is listed, made from the model of this version.
  std::vector<ExploredRun> listed;
  std::string listed_by;
  ChartGroup group;
  ChartState overlay;
  bool has_begun = false;
};
inline constexpr size_t kMostOverlays = 6;

void DrawExploreView(const Screen& screen, ExploreState& state, Intents& intents);

}  // namespace powerdown
