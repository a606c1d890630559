#include "common/base/named.h"

#include <gtest/gtest.h>

#include "common/run/run_enums.h"

namespace powerdown {
namespace {

// Every value of the enum has a name of its own, and is found by it.
template <typename Enum>
void ExpectNamesLeadBack(Enum other) {
  for (int i = 0; i < static_cast<int>(other); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_EQ(FindNamed<Enum>(NameOf(value)), value) << NameOf(value);
    EXPECT_EQ(Named<Enum>::Parse(NameOf(value)), value);
  }
  EXPECT_EQ(std::size(NamesOf<Enum>::kNames), static_cast<size_t>(other));
}

TEST(NamedTest, EachValueHasANameThatLeadsBack) {
  ExpectNamesLeadBack(EventKind::kOther);
  ExpectNamesLeadBack(StopReason::kOther);
  ExpectNamesLeadBack(StopMode::kOther);
  ExpectNamesLeadBack(AttemptOutcome::kOther);
  EXPECT_EQ(std::size(NamesOf<EndRequest>::kNames), static_cast<size_t>(EndRequest::kCancel) + 1);
}

TEST(NamedTest, NameThatIsNotKnownIsKept) {
  const auto kind = Named<EventKind>::Parse("from-tomorrow");
  EXPECT_EQ(kind, EventKind::kOther);
  EXPECT_EQ(kind.name(), "from-tomorrow");
  EXPECT_EQ(kind, Named<EventKind>::Parse("from-tomorrow"));
  EXPECT_NE(kind, Named<EventKind>::Parse("from-yesterday"));
  EXPECT_EQ(Named<EventKind>().name(), "");
  EXPECT_EQ(FindNamed<EndRequest>("explode"), std::nullopt);
}

TEST(NamedTest, AnAttemptWithoutAnOutcomeStillRuns) {
  EXPECT_EQ(Named<AttemptOutcome>::Parse(""), AttemptOutcome::kRunning);
}

}  // namespace
}  // namespace powerdown
