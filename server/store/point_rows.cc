#include "server/store/point_rows.h"

#include <sqlite3.h>

#include <cmath>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr std::string_view kSelectPoints =
    "SELECT revision, attempt, step, time_unix_us, train_loss, train_accuracy, validation_loss, "
    "validation_accuracy, gradient_norm, weight_norm, activation_sparsity, power_watts, "
    "energy_joules FROM reports ";

// It asks SQLite itself: a Column of SQLiteCpp counts references.
class PointSelect {
 public:
  // ?1 is the run, which must outlive this; ?2 and so on are `numbers`.
  PointSelect(SQLite::Database& database, const std::string& sql, const std::string& run_id,
              std::initializer_list<int64_t> numbers)
      : database_(database) {
    sqlite3_stmt* prepared = nullptr;
    Expect(sqlite3_prepare_v2(database.getHandle(), sql.c_str(), -1, &prepared, nullptr),
           SQLITE_OK);
    select_.reset(prepared);
    sqlite3_bind_text(prepared, 1, run_id.data(), static_cast<int>(run_id.size()), SQLITE_STATIC);
    int place = 2;
    for (const int64_t number : numbers) sqlite3_bind_int64(prepared, place++, number);
  }

  bool Next() {
    const int step = sqlite3_step(select_.get());
    if (step != SQLITE_ROW) Expect(step, SQLITE_DONE);
    return step == SQLITE_ROW;
  }
  int64_t Whole(int column) const { return sqlite3_column_int64(select_.get(), column); }
  double Real(int column) const {
    const double value = sqlite3_column_double(select_.get(), column);
    // NULL reads as 0, which is rare.
    if (value == 0 && sqlite3_column_type(select_.get(), column) == SQLITE_NULL) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return value;
  }
  PointRow Row() const {
    PointRow row{Whole(0), Whole(1), Whole(2), Whole(3)};
    int column = 4;
    for (double& value : row.values) value = Real(column++);
    return row;
  }

 private:
  void Expect(int code, int expected) const {
    if (code != expected) throw SQLite::Exception(database_.getHandle(), code);
  }

  SQLite::Database& database_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> select_{nullptr, sqlite3_finalize};
};

PointSelect Select(SQLite::Database& database, const PointRange& range) {
  return PointSelect(database,
                     Concat(kSelectPoints,
                            "WHERE run_id = ?1 AND revision >= ?2 AND revision < ?3 ORDER BY "
                            "revision LIMIT ?4"),
                     range.run_id, {range.first_revision, range.end_revision, range.limit});
}

void VisitRows(PointSelect& select, const std::string& run_id,
               const std::function<void(const StepReport&)>& visit) {
  StepReport report;
  report.run_id = run_id;
  while (select.Next()) {
    SetPoint(select.Row(), report);
    visit(report);
  }
}

}  // namespace

void SetPoint(const PointRow& row, StepReport& report) {
  report.revision = row.revision;
  report.attempt = row.attempt;
  report.time = absl::FromUnixMicros(row.time_unix_us);
  const auto& [train_loss, train_accuracy, validation_loss, validation_accuracy, gradient_norm,
               weight_norm, sparsity, watts, joules] = row.values;
  report.evaluation = {row.step, train_loss, train_accuracy, validation_loss, validation_accuracy};
  report.gradient_norm = gradient_norm;
  report.weight_norm = weight_norm;
  report.activation_sparsity = sparsity;
  report.power = std::isnan(watts) ? std::nullopt : std::optional(Watts(watts));
  report.energy = std::isnan(joules) ? std::nullopt : std::optional(Joules(joules));
}

std::vector<PointRow> ReadPoints(SQLite::Database& database, const PointRange& range) {
  PointSelect select = Select(database, range);
  std::vector<PointRow> rows;
  while (select.Next()) rows.push_back(select.Row());
  return rows;
}

void VisitPoints(SQLite::Database& database, const PointRange& range,
                 const std::function<void(const StepReport&)>& visit) {
  PointSelect select = Select(database, range);
  VisitRows(select, range.run_id, visit);
}

std::optional<int64_t> RevisionAfter(SQLite::Database& database, const std::string& run_id,
                                     int64_t first, int64_t count) {
  PointSelect select(database,
                     "SELECT revision FROM reports WHERE run_id = ?1 AND revision >= ?2 ORDER BY "
                     "revision LIMIT 1 OFFSET ?3",
                     run_id, {first, count});
  return select.Next() ? std::optional(select.Whole(0)) : std::nullopt;
}

void VisitPointsAfter(SQLite::Database& database, const std::string& run_id,
                      const ReportPosition& last, int64_t limit,
                      const std::function<void(const StepReport&)>& visit) {
  PointSelect select(database,
                     Concat(kSelectPoints,
                            "WHERE run_id = ?1 AND (attempt, step) > (?2, ?3) ORDER BY attempt, "
                            "step LIMIT ?4"),
                     run_id, {last.attempt, last.step, limit});
  VisitRows(select, run_id, visit);
}

}  // namespace powerdown
