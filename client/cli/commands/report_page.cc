#include "client/cli/commands/report_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "client/cli/terminal/work_progress.h"
#include "client/cli/text/quiz_columns.h"
#include "client/report/report_page.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr int kBuckets = 2000;       // of a curve: more than a page shows
constexpr size_t kMostDrawn = 20;    // curves of a list
constexpr size_t kMostFrames = 6;    // of the film
constexpr size_t kMostListed = 500;  // as many as a user may queue at once

absl::StatusOr<RunTrace> TraceOf(Connection& connection, const Run& run) {
  RunTrace trace;
  ASSIGN_OR_RETURN(const Connection::SeriesPart part,
                   connection.GetSeries(run.run_id, 0, 0, kBuckets));
  for (const auto& [metric, buckets] : part.series) {
    for (const SeriesBucket& bucket : buckets) trace.ApplyBucket(metric, bucket);
  }
  return trace;
}

// Empty where the task has no table of questions or its checkpoints are gone; the reason is told.
std::vector<AnswerGrid> AnswersOf(Session& session, Connection& connection, const Run& run) {
  std::vector<AnswerGrid> film;
  const std::vector<QuizColumn> frames = FilmOf(run, kMostFrames);
  WorkProgress progress(session.console(), "asking the model every question");
  for (const QuizColumn& frame : frames) {
    absl::StatusOr<AnswerGrid> grid = connection.GetAnswerGrid(frame.run_id, frame.at);
    if (!grid.ok()) {
      session.console().Say(
          Concat("the report has no film of answers: ", StdView(grid.status().message())));
      return {};
    }
    film.push_back(*std::move(grid));
    progress.Tell(static_cast<double>(film.size()) / static_cast<double>(frames.size()));
  }
  return film;
}

absl::StatusOr<std::string> PageOfRun(Session& session, Connection& connection,
                                      const std::string& id) {
  PageRun page;
  ASSIGN_OR_RETURN(page.run, connection.GetRun(id));
  if (!page.run.comparison_id.empty()) {
    absl::StatusOr<Comparison> of_run = connection.GetComparison(page.run.comparison_id);
    // An imported run may name a comparison that was left on another box.
    if (!of_run.ok() && !absl::IsNotFound(of_run.status())) return of_run.status();
    if (of_run.ok()) {
      page.comparison = *std::move(of_run);
      // A page about a comparison shows its usual run, whichever of two was named.
      page.run = page.comparison->usual;
    }
  }
  ASSIGN_OR_RETURN(page.trace, TraceOf(connection, page.run));
  page.film = AnswersOf(session, connection, page.run);
  return RunPage(page, absl::Now());
}

absl::StatusOr<std::string> PageOfList(Session& session, Connection& connection,
                                       const std::string& filter) {
  ASSIGN_OR_RETURN(std::vector<Run> runs, connection.ListRuns({.filter = filter}));
  if (runs.size() > kMostListed) {
    session.console().Say(Concat("the page has the newest ", kMostListed, " of ", runs.size(),
                                 " runs; choose fewer with a filter"));
    runs.resize(kMostListed);
  }
  std::vector<RunTrace> curves;
  for (size_t i = 0; i < std::min(runs.size(), kMostDrawn); ++i) {
    ASSIGN_OR_RETURN(curves.emplace_back(), TraceOf(connection, runs[i]));
  }
  return ListPage(runs, curves, filter, absl::Now());
}

}  // namespace

absl::StatusOr<ExitCode> SaveReportPage(Session& session, const std::string& chosen,
                                        const std::string& file) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const bool is_filter = chosen.empty() || chosen.find('=') != std::string::npos;
  ASSIGN_OR_RETURN(const std::string page, is_filter ? PageOfList(session, *connection, chosen)
                                                     : PageOfRun(session, *connection, chosen));
  RETURN_IF_ERROR(WriteNamedFile(file, page));
  session.console().Say(Concat("wrote ", file));
  return ExitCode::kDone;
}

}  // namespace powerdown
