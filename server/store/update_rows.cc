#include "server/store/update_rows.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

constexpr char kReportColumns[] =
    "revision, run_id, attempt, step, time_unix_us, monotonic_us, train_loss, train_accuracy, "
    "validation_loss, validation_accuracy, gradient_norm, weight_norm, activation_sparsity, "
    "power_watts, energy_joules, feature_schema, features";
constexpr char kEventColumns[] =
    "revision, run_id, attempt, time_unix_us, kind, step, message, details_json";

// The values as they are in memory, little-endian: a row's schema says what they mean.
std::optional<Bytes> PackedFeatures(const FeatureValues& features) {
  if (features.empty()) return std::nullopt;
  return Bytes{{reinterpret_cast<const char*>(features.data()), features.size() * sizeof(double)}};
}

std::optional<int64_t> SchemaOf(const FeatureValues& features) {
  if (features.empty()) return std::nullopt;
  return kFeatureSchema;
}

// None of another schema: nobody here knows what its values mean.
FeatureValues ReadFeatures(SQLite::Statement& select) {
  const SQLite::Column schema = select.getColumn("feature_schema");
  const SQLite::Column packed = select.getColumn("features");
  if (schema.isNull() || schema.getInt() != kFeatureSchema) return {};
  FeatureValues features(static_cast<size_t>(packed.getBytes()) / sizeof(double));
  if (features.size() != Features().size()) return {};
  std::memcpy(features.data(), packed.getBlob(), features.size() * sizeof(double));
  return features;
}

StepReport ReadReport(SQLite::Statement& select) {
  StepReport report;
  Evaluation& evaluation = report.evaluation;
  Columns(select) >> report.revision >> report.run_id >> report.attempt >> evaluation.step >>
      report.time >> report.monotonic >> evaluation.train_loss >> evaluation.train_accuracy >>
      evaluation.validation_loss >> evaluation.validation_accuracy >> report.gradient_norm >>
      report.weight_norm >> report.activation_sparsity >> report.power >> report.energy;
  report.features = ReadFeatures(select);
  return report;
}

RunEvent ReadEvent(SQLite::Statement& select) {
  RunEvent event;
  Columns(select) >> event.revision >> event.run_id >> event.attempt >> event.time >> event.kind >>
      event.step >> event.message >> event.details_json;
  return event;
}

}  // namespace

int64_t LastRevision(SQLite::Database& database) {
  return database.execAndGet("SELECT value FROM counters WHERE name = 'revision'").getInt64();
}

// The WHERE leaves out rows of a run that was deleted while they waited: failing them would hold up
// the rest of the group for ever.
GroupWriter::GroupWriter(SQLite::Database& database)
    : database_(database),
      report_(database,
              absl::StrCat("INSERT INTO reports (", kReportColumns,
                           ") SELECT ?1, ?2, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE "
                           "EXISTS (SELECT 1 FROM runs WHERE run_id = ?2) "
                           "ON CONFLICT (run_id, attempt, step) DO NOTHING")),
      event_(database,
             absl::StrCat("INSERT INTO events (", kEventColumns,
                          ") SELECT ?1, nullif(?2, ''), ?, ?, ?, ?, ?, ? WHERE ?2 = '' OR "
                          "EXISTS (SELECT 1 FROM runs WHERE run_id = ?2)")),
      interval_(database,
                "INSERT OR REPLACE INTO ledger (device, consumer, boot_id, start_us, end_us, "
                "joules, net_joules, low_joules, high_joules, baseline_watts, source, coverage, "
                "variance, net_low_joules, net_high_joules) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      position_(database,
                "INSERT OR REPLACE INTO counters_read (device, position, read_us, boot_id) "
                "VALUES (?, ?, ?, ?)"),
      use_(database,
           "INSERT OR REPLACE INTO use_of_users (consumer, day, user, joules) VALUES (?, ?, ?, ?)"),
      revision_(LastRevision(database)) {}

void GroupWriter::Write(const StepReport& report) {
  const Evaluation& evaluation = report.evaluation;
  Parameters(report_) << revision_ + 1 << report.run_id << report.attempt << evaluation.step
                      << report.time << report.monotonic << evaluation.train_loss
                      << evaluation.train_accuracy << evaluation.validation_loss
                      << evaluation.validation_accuracy << report.gradient_norm
                      << report.weight_norm << report.activation_sparsity << report.power
                      << report.energy << SchemaOf(report.features)
                      << PackedFeatures(report.features);
  revision_ += report_.exec();
}

void GroupWriter::Write(const RunEvent& event) {
  Parameters(event_) << revision_ + 1 << event.run_id << event.attempt << event.time << event.kind
                     << event.step << event.message << event.details_json;
  revision_ += event_.exec();
}

void GroupWriter::Write(const LedgerInterval& interval, const std::string& boot_id) {
  Parameters(interval_) << interval.device << interval.consumer << boot_id << interval.start
                        << interval.end << interval.joules << interval.net << interval.low
                        << interval.high << interval.baseline << interval.source
                        << interval.coverage << interval.variance << interval.net_low
                        << interval.net_high;
  interval_.exec();
}

void GroupWriter::Write(const CounterPosition& position) {
  Parameters(position_) << position.device << position.position << position.read_at
                        << position.boot_id;
  position_.exec();
}

void GroupWriter::Write(const UserUse& use) {
  Parameters(use_) << use.consumer << use.day << use.user << use.energy;
  use_.exec();
}

void GroupWriter::Write(const AuditRow& row) {
  SQLite::Statement insert(
      database_,
      "INSERT INTO audit (time_unix_us, user, token_id, peer, method, object, outcome) VALUES (?, "
      "?, ?, ?, ?, ?, ?)");
  Parameters(insert) << row.time << row.user << row.token_id << row.peer << row.method << row.object
                     << row.outcome;
  insert.exec();
}

int64_t GroupWriter::Finish() {
  SQLite::Statement update(database_, "UPDATE counters SET value = ? WHERE name = 'revision'");
  Parameters(update) << revision_;
  update.exec();
  return revision_;
}

std::vector<StepReport> SelectReports(SQLite::Database& database, const UpdateRange& range) {
  SQLite::Statement select(
      database,
      absl::StrCat("SELECT ", kReportColumns, " FROM reports WHERE revision >= ?1",
                   range.run_id.empty() ? "" : " AND run_id = ?3", " ORDER BY revision LIMIT ?2"));
  Parameters parameters(select);
  parameters << range.start_revision << range.limit;
  if (!range.run_id.empty()) parameters << range.run_id;
  std::vector<StepReport> reports;
  while (select.executeStep()) reports.push_back(ReadReport(select));
  return reports;
}

std::vector<StepReport> SelectReportsOfSteps(SQLite::Database& database, const std::string& run_id,
                                             int64_t from, int64_t to) {
  SQLite::Statement select(database,
                           absl::StrCat("SELECT ", kReportColumns,
                                        " FROM reports WHERE run_id = ?1 AND attempt IN (SELECT "
                                        "attempt FROM attempts WHERE run_id = ?1) AND step BETWEEN "
                                        "?2 AND ?3 ORDER BY revision"));
  Parameters(select) << run_id << from << to;
  std::vector<StepReport> reports;
  while (select.executeStep()) reports.push_back(ReadReport(select));
  return reports;
}

std::vector<RunEvent> SelectEvents(SQLite::Database& database, const UpdateRange& range) {
  SQLite::Statement select(
      database,
      absl::StrCat("SELECT ", kEventColumns, " FROM events WHERE revision >= ?1",
                   range.run_id.empty() ? "" : " AND run_id = ?3",
                   range.kind.empty() ? "" : " AND kind = ?4", " ORDER BY revision LIMIT ?2"));
  Parameters parameters(select);
  parameters << range.start_revision << range.limit;
  if (!range.run_id.empty()) parameters << range.run_id;
  if (!range.kind.empty()) select.bind(4, range.kind);
  std::vector<RunEvent> events;
  while (select.executeStep()) events.push_back(ReadEvent(select));
  return events;
}

}  // namespace powerdown
