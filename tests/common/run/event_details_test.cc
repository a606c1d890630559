#include "common/run/event_details.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

RunEvent Event(EventKind kind, const std::string& details_json) {
  RunEvent event;
  event.kind = kind;
  event.details_json = details_json;
  return event;
}

TEST(EventDetailsTest, AStateIsReadAsItWasWritten) {
  const StateDetails details{RunState::kPaused, "paused by its user \xff"};
  EXPECT_EQ(FormatDetails(StateDetails{RunState::kQueued, ""}), R"({"state":"queued"})");
  for (const EventKind kind : {EventKind::kState, EventKind::kFinished}) {
    const auto read = StateDetailsOf(Event(kind, FormatDetails(details)));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->state, RunState::kPaused);
    EXPECT_EQ(read->reason, "paused by its user \xEF\xBF\xBD");
  }
}

TEST(EventDetailsTest, WhatIsNoStateIsNotReadAsOne) {
  for (const char* details : {"", "{", "[]", "{}", R"({"state":"exploded"})", R"({"state":7})"}) {
    EXPECT_FALSE(StateDetailsOf(Event(EventKind::kState, details))) << details;
  }
  EXPECT_FALSE(StateDetailsOf(Event(EventKind::kGap, R"({"state":"queued"})")));
}

TEST(EventDetailsTest, AForecastIsReadAsItWasWritten) {
  Forecast forecast;
  forecast.made_at_step = 40;
  forecast.grok_step = 700;
  forecast.model = "cure-1 3f9a";
  EXPECT_EQ(ForecastDetailsOf(Event(EventKind::kForecast, FormatDetails(forecast))), forecast);
  EXPECT_NE(FormatDetails(forecast, 800).find("\"stop_step\":800"), std::string::npos);
  // What was planned is not the run's latest forecast.
  EXPECT_FALSE(ForecastDetailsOf(Event(EventKind::kPlanned, FormatDetails(forecast, 800))));
  EXPECT_FALSE(ForecastDetailsOf(Event(EventKind::kForecast, "{")));
}

TEST(EventDetailsTest, CheckpointsAndMilestonesAreWrittenAsBefore) {
  Checkpoint checkpoint;
  checkpoint.checkpoint_id = "01ck";
  checkpoint.label = CheckpointLabel::kStop;
  checkpoint.kind = CheckpointKind::kFull;
  checkpoint.sha256 = "abc";
  EXPECT_EQ(FormatDetails(checkpoint),
            R"({"checkpoint_id":"01ck","label":"stop","kind":"full","sha256":"abc"})");
  EXPECT_EQ(FormatMilestoneDetails(745), R"({"known_at":745})");
}

}  // namespace
}  // namespace powerdown
