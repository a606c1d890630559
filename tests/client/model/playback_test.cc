#include "client/model/playback.h"

#include <gmock/gmock.h>

#include "client/model/bills.h"
#include "client/model/recording.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::IsEmpty;

// The shipped recording's first comparison, and what its run told.
class PlaybackTest : public ::testing::Test {
 protected:
  PlaybackTest() {
    const auto all = ParseRecording(FileText(POWERDOWN_SOURCE_DIR "/deploy/recorded/demo.jsonl"));
    EXPECT_TRUE(all.ok()) << all.status();
    std::vector<TraceChanged> traces;
    for (const AppUpdate& update : *all) {
      model_.Apply(update);
      if (const auto* trace = std::get_if<TraceChanged>(&update)) traces.push_back(*trace);
    }
    recorded_ = *model_.shown_comparison();
    for (const TraceChanged& trace : traces) {
      if (trace.run_id == recorded_.usual.run_id) updates_ = trace.updates;
    }
    whole_ = model_.FindTrace(recorded_.usual.run_id)->last_step();
  }
  void Apply(const std::vector<AppUpdate>& updates) {
    for (const AppUpdate& update : updates) model_.Apply(update);
  }
  const powerdown::Run& Shown() const { return *model_.FindRun(recorded_.usual.run_id); }
  Bills Counted() const {
    return BillsOf(*model_.shown_comparison(), *model_.FindTrace(recorded_.usual.run_id), nullptr);
  }

  AppModel model_;
  Comparison recorded_;
  std::vector<RunUpdate> updates_;
  int64_t whole_ = 0;
};

TEST_F(PlaybackTest, AtItsBeginningNothingIsClaimed) {
  Playback playback(recorded_, updates_);
  Apply(playback.Begin());
  EXPECT_EQ(Shown().state, RunState::kRunning);
  EXPECT_EQ(Shown().steps, 0);
  EXPECT_FALSE(Shown().grok_step || Shown().energy || Shown().forecast);
  EXPECT_FALSE(model_.shown_comparison()->saved.has_value());
  EXPECT_FALSE(playback.has_ended());
}

TEST_F(PlaybackTest, BillsGrowAndTheSavingComesWithTheStop) {
  Playback playback(recorded_, updates_);
  Apply(playback.Begin());
  double used = 0;
  bool has_saved = false;
  for (absl::Duration at; !playback.has_ended(); at += absl::Milliseconds(33)) {
    Apply(playback.AdvanceTo(at));
    const Bills bills = Counted();
    if (playback.has_ended() || !bills.usual) continue;
    EXPECT_GE(bills.usual->energy.value(), used);
    used = bills.usual->energy.value();
    if (bills.saved) {
      has_saved = true;
      EXPECT_GE(Shown().steps, recorded_.stopped.steps);
    }
  }
  EXPECT_GT(used, 0);
  EXPECT_TRUE(has_saved);
}

TEST_F(PlaybackTest, ItsEndIsTheRecordingAtWhateverSpeed) {
  for (const double speed : kPlaySpeeds) {
    Playback playback(recorded_, updates_);
    Apply(playback.Begin());
    absl::Duration at;
    while (!playback.has_ended()) Apply(playback.AdvanceTo(at += speed * absl::Milliseconds(40)));
    EXPECT_EQ(Shown().state, recorded_.usual.state);
    EXPECT_EQ(Shown().grok_step, recorded_.usual.grok_step);
    EXPECT_EQ(model_.shown_comparison()->saved->share, recorded_.saved->share);
    EXPECT_EQ(model_.FindTrace(recorded_.usual.run_id)->last_step(), whole_);
    EXPECT_THAT(playback.AdvanceTo(absl::Hours(1)), IsEmpty());
  }
}

TEST_F(PlaybackTest, WithoutUpdatesItEndsAtOnce) {
  Playback playback(recorded_, {});
  Apply(playback.Begin());
  Apply(playback.AdvanceTo(absl::ZeroDuration()));
  EXPECT_TRUE(playback.has_ended());
  EXPECT_EQ(Shown().state, recorded_.usual.state);
}

}  // namespace
}  // namespace powerdown
