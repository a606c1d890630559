#include "server/store/point_rows.h"

#include <sqlite3.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/base/text.h"
#include "server/store/statements.h"

namespace powerdown {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// In the order of ReportPoint.
const std::string& PointColumns() {
  static const auto& columns = *new std::string([] {
    std::string names = "revision, attempt, step, time_unix_us";
    for (size_t i = 0; i < kReportMetrics; ++i) {
      names += Concat(", ", Metrics()[i].name);
    }
    return names;
  }());
  return columns;
}
constexpr int kPointColumns = 4 + static_cast<int>(kReportMetrics);

// What is no value: NULL, which reads as 0 and is NaN, or what nobody told. Both are rare.
void SetUnknown(bool is_null, size_t metric, ReportPoint& point) {
  if (!is_null && point.values[metric] != kNotTold) return;
  point.values[metric] = kUnknown;
  if (!is_null) point.unreported |= 1u << metric;
}
bool MayBeUnknown(double value) {
  return value == 0 || value == kNotTold;
}

// It asks SQLite itself: a Column of SQLiteCpp counts references.
class PointSelect {
 public:
  // ?1 is the run, which must outlive this; ?2 and so on are `numbers`.
  PointSelect(DatabaseConnection& database, const std::string& sql, const std::string& run_id,
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
  ReportPoint Row() const {
    ReportPoint row{Whole(0), Whole(1), Whole(2), Whole(3)};
    for (size_t i = 0; i < kReportMetrics; ++i) {
      const int column = 4 + static_cast<int>(i);
      row.values[i] = sqlite3_column_double(select_.get(), column);
      if (!MayBeUnknown(row.values[i])) continue;
      SetUnknown(sqlite3_column_type(select_.get(), column) == SQLITE_NULL, i, row);
    }
    return row;
  }

 private:
  void Expect(int code, int expected) const {
    if (code != expected) throw SQLite::Exception(database_.getHandle(), code);
  }

  DatabaseConnection& database_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> select_{nullptr, sqlite3_finalize};
};

// Rows as an aggregate function is given them: that is half the cost of asking for each column.
struct PointScan {
  std::vector<ReportPoint> points;
  size_t most = 0;  // reserved: within SQLite nothing may throw

  static void Take(sqlite3_context* context, int, sqlite3_value** values) {
    auto& scan = *static_cast<PointScan*>(sqlite3_user_data(context));
    if (scan.points.size() == scan.most) return sqlite3_result_error_toobig(context);
    ReportPoint& point = scan.points.emplace_back();
    for (int64_t* number : {&point.revision, &point.attempt, &point.step, &point.time_unix_us}) {
      *number = sqlite3_value_int64(*values++);
    }
    for (size_t i = 0; i < kReportMetrics; ++i, ++values) {
      point.values[i] = sqlite3_value_double(*values);
      if (!MayBeUnknown(point.values[i])) continue;
      SetUnknown(sqlite3_value_type(*values) == SQLITE_NULL, i, point);
    }
  }
  static void End(sqlite3_context* context) { sqlite3_result_null(context); }
};

// Of all revisions from `first` to before `end`, in the order of the table: a run alone on the box
// has nearly all of them, and is spared a look into its index for each.
std::vector<ReportPoint> ScanPoints(DatabaseConnection& database, const std::string& run_id,
                                    int64_t first, int64_t end) {
  PointScan scan;
  scan.most = static_cast<size_t>(end - first);
  scan.points.reserve(scan.most);
  const auto set_function = [&](auto* take, auto* finish) {
    return sqlite3_create_function_v2(database.getHandle(), "take_point", kPointColumns,
                                      SQLITE_UTF8 | SQLITE_DIRECTONLY, &scan, nullptr, take, finish,
                                      nullptr);
  };
  if (const int code = set_function(&PointScan::Take, &PointScan::End); code != SQLITE_OK) {
    throw SQLite::Exception(database.getHandle(), code);
  }
  const absl::Cleanup forget = [&] {
    set_function(static_cast<decltype(&PointScan::Take)>(nullptr),
                 static_cast<decltype(&PointScan::End)>(nullptr));
  };
  PointSelect select(database,
                     Concat("SELECT take_point(", PointColumns(),
                            ") FROM reports NOT INDEXED WHERE run_id = ?1 AND revision >= ?2 AND "
                            "revision < ?3"),
                     run_id, {first, end});
  while (select.Next()) continue;
  return std::move(scan.points);
}

// Whether the first and the last of `count` revisions are reports of the run, as most between them
// then are.
bool IsDense(DatabaseConnection& database, const std::string& run_id, int64_t first,
             int64_t count) {
  if (count < 2) return false;
  PointSelect select(database,
                     "SELECT count(*) FROM reports WHERE run_id = ?1 AND revision IN (?2, ?3)",
                     run_id, {first, first + count - 1});
  return select.Next() && select.Whole(0) == 2;
}

void AppendIndexed(DatabaseConnection& database, const PointRange& range,
                   std::vector<ReportPoint>& points) {
  PointSelect select(database,
                     Concat("SELECT ", PointColumns(),
                            " FROM reports WHERE run_id = ?1 AND revision >= ?2 AND revision < ?3 "
                            "ORDER BY revision LIMIT ?4"),
                     range.run_id, {range.first_revision, range.end_revision, range.limit});
  while (select.Next()) points.push_back(select.Row());
}

}  // namespace

std::vector<ReportPoint> ReadPoints(DatabaseConnection& database, const PointRange& range) {
  std::vector<ReportPoint> points;
  PointRange rest = range;
  if (range.end_revision <= range.first_revision) return points;
  if (IsDense(database, range.run_id, range.first_revision, range.limit)) {
    rest.first_revision = std::min(range.end_revision, range.first_revision + range.limit);
    points = ScanPoints(database, range.run_id, range.first_revision, rest.first_revision);
    rest.limit -= static_cast<int64_t>(points.size());
  }
  if (rest.limit != 0 && rest.first_revision < rest.end_revision) {
    AppendIndexed(database, rest, points);
  }
  return points;
}

std::optional<int64_t> EndOfSlice(DatabaseConnection& database, const std::string& run_id,
                                  int64_t first, int64_t count) {
  if (IsDense(database, run_id, first, count)) return first + count;
  PointSelect select(database,
                     "SELECT revision FROM reports WHERE run_id = ?1 AND revision >= ?2 ORDER BY "
                     "revision LIMIT 1 OFFSET ?3",
                     run_id, {first, count});
  return select.Next() ? std::optional(select.Whole(0)) : std::nullopt;
}

void VisitPointsAfter(DatabaseConnection& database, const std::string& run_id,
                      const ReportPosition& last, int64_t limit,
                      const std::function<void(const StepReport&)>& visit) {
  PointSelect select(
      database,
      Concat("SELECT ", PointColumns(),
             " FROM reports WHERE run_id = ?1 AND (attempt, step) > (?2, ?3) ORDER BY attempt, "
             "step LIMIT ?4"),
      run_id, {last.attempt, last.step, limit});
  StepReport report;
  report.run_id = run_id;
  while (select.Next()) {
    SetPoint(select.Row(), report);
    visit(report);
  }
}

}  // namespace powerdown
