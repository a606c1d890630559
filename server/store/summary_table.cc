#include "server/store/summary_table.h"

#include "common/base/status.h"
#include "common/base/text.h"
#include "server/store/database_file.h"
#include "server/store/field_rows.h"
#include "server/store/run_conditions.h"

namespace powerdown {
namespace {

constexpr char kGoesOn[] = "-";

// "s.made_with, s.task, …", or as assignments.
std::string Each(const std::string& before, const std::string& after) {
  std::vector<std::string> columns = ColumnsOf<RunSummary>();
  for (std::string& column : columns) column = Concat(before, column, after);
  return Join(columns, ", ");
}

std::string OverviewSelect() {
  std::vector<std::string> columns = ColumnsOf<RunOverview>();
  columns.resize(columns.size() -
                 ColumnsOf<RunSummary>().size());  // the summary's come from its table
  for (std::string& column : columns) column = "runs." + column;
  return Concat("SELECT ", Join(columns, ", "), ", ", Each("s.", ""),
                " FROM runs LEFT JOIN run_summaries AS s ON s.run_id = runs.run_id AND "
                "s.made_with NOT IN ('', '-') ");
}

}  // namespace

absl::StatusOr<int64_t> SummaryTable::Expire(const std::string& made_with) {
  return file_.Write([&](DatabaseConnection& database) -> absl::StatusOr<int64_t> {
    Statement update(
        database,
        "UPDATE run_summaries SET made_with = '', change = change + 1 WHERE made_with NOT IN ('', "
        "'-', ?)");
    Parameters(update) << made_with;
    return update.exec();
  });
}

absl::StatusOr<std::vector<DueSummary>> SummaryTable::ListDue(int64_t limit) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<DueSummary>> {
    Statement select(database,
                     "SELECT run_id, change FROM run_summaries WHERE made_with = '' LIMIT ?");
    Parameters(select) << limit;
    std::vector<DueSummary> due;
    while (select.executeStep()) {
      DueSummary& one = due.emplace_back();
      Columns(select) >> one.run_id >> one.change;
    }
    return due;
  });
}

absl::Status SummaryTable::Put(const std::vector<Made>& summaries) {
  return file_.Write([&](DatabaseConnection& database) -> absl::Status {
    Statement update(database, Concat("UPDATE run_summaries SET ", Each("", " = ?"),
                                      " WHERE run_id = ? AND change = ?"));
    for (const auto& [due, made] : summaries) {
      RunSummary summary = made.value_or(RunSummary());
      if (!made) summary.made_with = kGoesOn;
      Parameters parameters(update);
      BindFields(parameters, summary);
      parameters << due.run_id << due.change;
      update.exec();
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<RunOverview>> SummaryTable::List(const RunFilter& filter) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<RunOverview>> {
    SQLite::Transaction moment(database);  // a run and its summary are of one moment
    ASSIGN_OR_RETURN(const RunClauses clauses, ClausesOf(database, filter));
    Statement select(database, OverviewSelect() + clauses.sql);
    Parameters bound(select);
    for (const std::string& parameter : clauses.parameters) bound << parameter;
    std::vector<RunOverview> runs = ReadRows<RunOverview>(select);
    Statement tags(database, "SELECT tag FROM tags WHERE run_id = ? ORDER BY position");
    for (RunOverview& run : runs) {
      Parameters(tags) << run.run_id;
      while (tags.executeStep()) Columns(tags) >> run.tags.emplace_back();
    }
    return runs;
  });
}

absl::StatusOr<std::vector<std::optional<std::optional<EnergyFigure>>>> SummaryTable::ReadEnergy(
    const std::vector<std::string>& run_ids) const {
  using Energies = std::vector<std::optional<std::optional<EnergyFigure>>>;
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<Energies> {
    std::vector<std::string> columns = ColumnsOf<EnergyFigure>();
    for (std::string& column : columns) column = "energy_" + column;
    Statement select(database,
                     Concat("SELECT ", Join(columns, ", "),
                            " FROM run_summaries WHERE run_id = ? AND made_with NOT IN ('', '-')"));
    Energies energies;
    for (const std::string& run_id : run_ids) {
      Parameters(select) << run_id;
      std::optional<std::optional<EnergyFigure>>& energy = energies.emplace_back();
      if (!select.executeStep()) continue;
      Columns values(select);
      ReadField(values, energy.emplace());
    }
    return energies;
  });
}

}  // namespace powerdown
