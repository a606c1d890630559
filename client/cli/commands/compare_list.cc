// compare list: the comparisons, the newest first.
#include <algorithm>

#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr int64_t kShown = 50;
constexpr int64_t kMost = 1000;

std::string ListedComparisons(const std::vector<Comparison>& comparisons, absl::Time now,
                              const Style& style) {
  TextTable table({"run",
                   {"age", Align::kRight, 1},
                   "outcome",
                   {"stopped", Align::kRight, 2},
                   {"usual", Align::kRight, 3},
                   {"saved", Align::kRight},
                   "training"});
  for (const Comparison& comparison : comparisons) {
    const bool is_stopped = IsByRule(comparison.stopped.stop);
    const std::string_view outcome = !comparison.has_ended ? NameOf(comparison.usual.state)
                                     : is_stopped          ? "stopped early"
                                                           : "not stopped";
    table.AddRow(
        {ShownId(comparison.usual), AgeText(now - comparison.created_at),
         style.Paint(is_stopped ? Ink::kGood : Ink::kPlain, outcome),
         is_stopped ? CountText(comparison.stopped.steps) : "–", CountText(comparison.usual.steps),
         comparison.saved ? PercentText(comparison.saved->share) : "–", SpecText(comparison.spec)});
  }
  return table.Text(style);
}

absl::StatusOr<ExitCode> ListAll(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(const int64_t limit, words.Whole("--limit", kShown, 1, kMost));
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<Comparison> comparisons, connection->ListComparisons(limit));
  Console& console = session.console();
  if (comparisons.empty() && console.IsForPeople()) {
    console.Say("no comparisons; start one with: powerdown compare");
  }
  std::vector<Json> objects;
  for (const Comparison& comparison : comparisons) objects.push_back(ComparisonJson(comparison));
  return Done(PrintList(console, objects, [&](const Style& style) {
    return comparisons.empty() ? "" : ListedComparisons(comparisons, absl::Now(), style);
  }));
}

}  // namespace

CommandTree CompareListCommand() {
  return {.name = "list",
          .help = "list comparisons, the newest first",
          .flags = {Flag("--limit", "N", "at most so many [50]")},
          .read = RunOnWords(ListAll)};
}

}  // namespace powerdown
