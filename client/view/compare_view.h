// The page Train & Compare: set up a comparison, start it, and watch both bills.
#pragma once

#include <string>

#include "client/model/expectation.h"
#include "client/view/chart_view.h"
#include "client/view/screen.h"

namespace powerdown {

struct CompareState {
  RunSpec spec;
  int schedule = 0;  // index into the schedules offered
  // The expectation, with the spec, schedule and model version it was computed for.
  struct {
    RunSpec spec;
    int schedule = -1;
    uint64_t version = 0;
    Expectation expectation;
  } expected;
  int play_speed = 0;          // index into kPlaySpeeds
  bool is_playing = false;     // a recording plays; the application says so
  bool is_setup_open = false;  // where the window is too narrow to show it always
  ChartGroup group;
  ChartState accuracy;
  ChartState loss;
};

void DrawCompareView(const Screen& screen, CompareState& state, Intents& intents);

// Draws the fields of a spec, each with hint and range. True when one changed.
bool DrawSpecFields(const Look& look, RunSpec& spec);

// The charts' content, shared with other views that show a comparison.
ChartContent AccuracyChart(const Look& look, const Comparison& comparison, const RunTrace& usual,
                           const RunTrace* stopped);
ChartContent LossChart(const Look& look, const Comparison& comparison, const RunTrace& usual);

}  // namespace powerdown
