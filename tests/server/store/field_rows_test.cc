#include "server/store/field_rows.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "server/store/migrations.h"
#include "server/store/run_rows.h"
#include "server/store/update_rows.h"
#include "tests/support/any_values.h"

namespace powerdown {
namespace {

const int kNewDatabase = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;

// An empty database with every migration, made once: each property takes a hundred.
DatabaseConnection& MigratedDatabase() {
  static auto& migrated = *[] {
    auto* database = new DatabaseConnection(":memory:", kNewDatabase);
    Migrate(*database, Migrations());
    return database;
  }();
  return migrated;
}

struct TestDatabase : DatabaseConnection {
  TestDatabase() : DatabaseConnection(":memory:", kNewDatabase) {
    SQLite::Backup(*this, MigratedDatabase()).executeStep(-1);
  }
};

// SQLite stores NaN as NULL, which is what an absent value is stored as.
template <typename T>
void ForgetOptionalNan(T& value) {
  ForEachMember<T>([&]<typename Entry>(const Entry& field) {
    auto& member = field.Of(value);
    if constexpr (std::is_same_v<typename Entry::Type, std::optional<double>>) {
      if (member && std::isnan(*member)) member.reset();
    } else if constexpr (requires { std::isnan(member->value()); }) {
      if (member && std::isnan(member->value())) member.reset();
    }
  });
}

template <typename T>
T AnyRow() {
  T value = AnyOf<T>();
  ForgetOptionalNan(value);
  return value;
}

powerdown::Run AnyRunRow() {
  powerdown::Run run = AnyRow<powerdown::Run>();
  int64_t number = 0;
  for (Attempt& attempt : run.attempts) attempt.attempt = ++number;
  for (Checkpoint& checkpoint : run.checkpoints) checkpoint.checkpoint_id = Concat("c", ++number);
  return run;
}

powerdown::Run ReadBack(DatabaseConnection& database, const std::string& run_id) {
  const std::vector<powerdown::Run> runs = SelectRuns(database, "WHERE run_id = ?1", {run_id});
  RC_ASSERT(runs.size() == 1u);
  return runs.front();
}

RC_GTEST_PROP(FieldRowsTest, EveryFieldOfARunIsReadBack, ()) {
  TestDatabase database;
  powerdown::Run run = AnyRunRow();
  InsertRunRow(database, run);
  const powerdown::Run back = ReadBack(database, run.run_id);
  run.short_id = back.short_id;  // the store's own
  RC_ASSERT(Difference<kNotStored>(run, back) == "");
  RC_ASSERT(Difference(run.attempts, back.attempts) == "");
  RC_ASSERT(Difference(run.checkpoints, back.checkpoints) == "");
  RC_ASSERT(run.tags == back.tags);
}

RC_GTEST_PROP(FieldRowsTest, AnUpdateWritesEveryFieldButThoseThatNeverChange, ()) {
  TestDatabase database;
  const powerdown::Run run = AnyRunRow();
  InsertRunRow(database, run);
  powerdown::Run changed = AnyRunRow();
  ForEachMember<powerdown::Run>([&]<typename Entry>(const Entry& field) {
    if constexpr ((Entry::kTraits & kFixed) != 0) field.Of(changed) = field.Of(run);
  });
  changed.short_id = ReadBack(database, run.run_id).short_id;  // the store's own
  RC_ASSERT(UpdateRunRow(database, changed));
  RC_ASSERT(Difference<kNotStored>(changed, ReadBack(database, run.run_id)) == "");
}

RC_GTEST_PROP(FieldRowsTest, EveryFieldOfAReportIsReadBack, ()) {
  TestDatabase database;
  const powerdown::Run run = AnyRunRow();
  InsertRunRow(database, run);
  StepReport report = AnyRow<StepReport>();
  report.run_id = run.run_id;
  GroupWriter writer(database);
  writer.Write(report);
  report.revision = writer.Finish();
  const auto back = SelectReports(database, {.run_id = run.run_id, .kind = ""});
  RC_ASSERT(back.size() == 1u);
  RC_ASSERT(Difference(report, back.front()) == "");
}

RC_GTEST_PROP(FieldRowsTest, EveryFieldOfAnEventIsReadBack, ()) {
  TestDatabase database;
  const powerdown::Run run = AnyRunRow();
  InsertRunRow(database, run);
  RunEvent event = AnyRow<RunEvent>();
  event.run_id = *rc::gen::element(run.run_id, std::string());
  GroupWriter writer(database);
  writer.Write(event);
  event.revision = writer.Finish();
  const auto back = SelectEvents(database, {.run_id = "", .kind = ""});
  RC_ASSERT(back.size() == 1u);
  RC_ASSERT(Difference(event, back.front()) == "");
}

RC_GTEST_PROP(FieldRowsTest, EveryFieldOfALedgerIntervalIsReadBack, ()) {
  TestDatabase database;
  const LedgerInterval interval = AnyRow<LedgerInterval>();
  GroupWriter writer(database);
  writer.Write(interval, "a boot");
  writer.Finish();
  Statement select(database, Concat("SELECT ", ColumnList<LedgerInterval>(), " FROM ledger"));
  const std::vector<LedgerInterval> back = ReadRows<LedgerInterval>(select);
  RC_ASSERT(back.size() == 1u);
  RC_ASSERT(Difference(interval, back.front()) == "");
}

TEST(FieldRowsTest, ColumnsSayTheUnitsOfTimes) {
  EXPECT_THAT(ColumnsOf<Attempt>(),
              ::testing::ElementsAre("attempt", "first_step", "last_step", "started_unix_us",
                                     "ended_unix_us", "outcome", "reason"));
  EXPECT_THAT(ColumnsOf<powerdown::Run>(),
              ::testing::IsSupersetOf({"spec_json", "stop_step", "budget_unit", "is_private"}));
}

}  // namespace
}  // namespace powerdown
