// Step reports into two databases of the same schema, in turns: through Store, and by SQLite alone
// with the same rows, groups and promise (a write-ahead log, each group synced). Prints
// {"store":[s…],"raw":[s…],"rows":N}: the seconds of each turn, which has N rows.
// usage: store_ingest FOLDER
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "server/store/store.h"

namespace powerdown {
namespace {

constexpr int kTurns = 20;
constexpr int kGroupsATurn = 20;
constexpr int kRowsAGroup = 1000;
constexpr char kRun[] = "01k9z3v8w5n2q7r4t6y8b1c3d5";
constexpr char kBegin[] = "BEGIN IMMEDIATE";
constexpr char kInsert[] =
    "INSERT INTO reports (revision, run_id, attempt, step, time_unix_us, monotonic_us, train_loss, "
    "train_accuracy, validation_loss, validation_accuracy, gradient_norm, weight_norm, "
    "activation_sparsity, power_watts, energy_joules, feature_schema, features) VALUES (?, ?, ?, "
    "?, "
    "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)";

void Expect(bool is_true, const char* what) {
  if (is_true) return;
  std::fprintf(stderr, "store_ingest: %s\n", what);
  std::exit(1);
}

std::unique_ptr<Store> OpenWithRun(const std::string& path) {
  auto store = Store::Open({.path = path});
  Expect(store.ok(), "cannot open the store");
  Run run;
  run.run_id = kRun;
  run.state = RunState::kRunning;
  Expect((*store)->group().Commit({.run = run, .is_new = true}).ok(), "cannot insert the run");
  return *std::move(store);
}

StepReport ReportAt(int64_t step) {
  StepReport report;
  report.run_id = kRun;
  report.time = absl::FromUnixMicros(1790000000000000 + step * 1000);
  report.monotonic = absl::Milliseconds(step);
  const double x = static_cast<double>(step);
  report.evaluation = {.step = step,
                       .train_loss = 3 / x,
                       .train_accuracy = 1 - 1 / x,
                       .validation_loss = 4 / x,
                       .validation_accuracy = 1 - 2 / x};
  report.gradient_norm = 1 / x;
  report.weight_norm = 30 + x;
  report.activation_sparsity = 0.5;
  report.power = Watts(20);
  report.energy = Joules(0.02 * x);
  return report;
}

class RawTable {
 public:
  explicit RawTable(const std::string& path) {
    Expect(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "cannot open the database");
    Execute("PRAGMA journal_mode = WAL");
    Execute("PRAGMA synchronous = FULL");
    Execute("PRAGMA foreign_keys = ON");
    Expect(sqlite3_prepare_v2(database_, kInsert, -1, &insert_, nullptr) == SQLITE_OK, "prepare");
  }
  ~RawTable() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  void WriteGroup(int64_t first_step) {
    Execute(kBegin);
    for (int64_t step = first_step; step < first_step + kRowsAGroup; ++step) Insert(step);
    Execute("UPDATE counters SET value = " + std::to_string(first_step + kRowsAGroup) +
            " WHERE name = 'revision'");
    Execute("COMMIT");
  }

 private:
  void Execute(const std::string& sql) {
    Expect(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
           sql.c_str());
  }
  void Insert(int64_t step) {
    const StepReport report = ReportAt(step);
    const Evaluation& evaluation = report.evaluation;
    sqlite3_reset(insert_);
    sqlite3_bind_int64(insert_, 1, step);
    sqlite3_bind_text(insert_, 2, report.run_id.data(), static_cast<int>(report.run_id.size()),
                      SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 3, report.attempt);
    sqlite3_bind_int64(insert_, 4, step);
    sqlite3_bind_int64(insert_, 5, absl::ToUnixMicros(report.time));
    sqlite3_bind_int64(insert_, 6, absl::ToInt64Microseconds(report.monotonic));
    const double values[] = {
        *evaluation.train_loss,         evaluation.train_accuracy, *evaluation.validation_loss,
        evaluation.validation_accuracy, *report.gradient_norm,     *report.weight_norm,
        *report.activation_sparsity,    report.power->value(),     report.energy->value()};
    int column = 7;
    for (const double value : values) sqlite3_bind_double(insert_, column++, value);
    Expect(sqlite3_step(insert_) == SQLITE_DONE, "cannot insert a row");
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

void Print(const char* name, const std::vector<double>& seconds) {
  std::printf("\"%s\": [", name);
  for (size_t i = 0; i < seconds.size(); ++i) {
    std::printf("%s%.6f", i > 0 ? ", " : "", seconds[i]);
  }
  std::printf("]");
}

int Main(const std::string& folder) {
  const auto store = OpenWithRun(folder + "/store.db");
  OpenWithRun(folder + "/raw.db").reset();
  RawTable raw(folder + "/raw.db");
  std::vector<double> seconds[2];
  for (int64_t turn = 0; turn < 2 * kTurns; ++turn) {
    const bool is_raw = turn % 2 == 1;
    const absl::Time begin = absl::Now();
    for (int64_t group = 0; group < kGroupsATurn; ++group) {
      const int64_t first = 1 + (turn / 2 * kGroupsATurn + group) * kRowsAGroup;
      if (is_raw) {
        raw.WriteGroup(first);
        continue;
      }
      for (int64_t step = first; step < first + kRowsAGroup; ++step) {
        store->group().Append(ReportAt(step));
      }
      Expect(store->group().Commit().ok(), "cannot commit");
    }
    seconds[is_raw].push_back(absl::ToDoubleSeconds(absl::Now() - begin));
  }
  std::printf("{");
  Print("store", seconds[0]);
  std::printf(", ");
  Print("raw", seconds[1]);
  std::printf(", \"rows\": %d}\n", kGroupsATurn * kRowsAGroup);
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  if (count != 2) return 2;
  return powerdown::Main(arguments[1]);
}
