// compare list: the comparisons, the newest first.
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/text/compare_report.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr int64_t kShown = 50;
constexpr int64_t kMost = 1000;

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
    return comparisons.empty() ? "" : ComparisonTable(comparisons, absl::Now(), style);
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
