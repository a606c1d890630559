#include "client/cli/commands/report.h"

#include "client/cli/commands/commands.h"
#include "client/cli/commands/report_page.h"
#include "client/cli/output.h"
#include "client/cli/recorded_runs.h"
#include "client/cli/session.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/run_report.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"
#include "common/run/run.h"
#include "common/run/run_json.h"
#include "common/study/run_summarizer.h"
#include "common/study/waste_report.h"

namespace powerdown {
namespace {

// What the abandon rule would have saved, and how often it would have been wrong. Kept apart from
// what the stop rule saves.
struct AbandonLedger {
  double saved_joules = 0;
  int64_t abandoned = 0;
  int64_t wrong = 0;
};

// The reports of a run that ended just now are read here; of an old database, whose daemon still
// makes most summaries, only so much that the answer comes at once.
constexpr int kMostRunsToRead = 64;
constexpr int64_t kMostReportsToRead = 50'000;

class Collection {
 public:
  void Add(const RunOverview& run) {
    AddReported(run);
    if (!HasEnded(run.state) || !run.summary || run.summary->reports == 0) return;
    const std::optional<WasteRun> waste = WasteOf(run);
    if (!waste) {
      ++without_energy_;
      return;
    }
    runs_.push_back(*waste);
    AddAbandon(*run.summary);
  }
  const std::vector<ReportedRun>& reported() const { return reported_; }
  const std::vector<WasteRun>& runs() const { return runs_; }
  const AbandonLedger& abandon() const { return abandon_; }
  int64_t without_energy() const { return without_energy_; }
  // Runs that are not in it, as there is no summary of them yet.
  void AddPending() { ++pending_; }
  int64_t pending() const { return pending_; }

 private:
  void AddReported(const RunOverview& overview) {
    ReportedRun& reported = reported_.emplace_back();
    Run& run = reported.run;
    run.hardware = overview.hardware;
    run.steps = overview.steps;
    run.memorised_step = overview.memorised_step;
    run.grok_step = overview.grok_step;
    if (!overview.summary) return;
    run.spec.task = overview.summary->task;
    run.spec.modulus = overview.summary->modulus;
    run.spec.model = overview.summary->model;
    run.energy = overview.summary->energy;
    reported.energy_at_grok = overview.summary->grok;
  }

  void AddAbandon(const RunSummary& summary) {
    if (!summary.abandon_step) return;
    ++abandon_.abandoned;
    if (summary.rule_grok_step) {
      ++abandon_.wrong;
    } else if (summary.abandon) {
      abandon_.saved_joules += (*summary.metered - *summary.abandon).value();
    }
  }

  std::vector<ReportedRun> reported_;
  std::vector<WasteRun> runs_;
  AbandonLedger abandon_;
  int64_t without_energy_ = 0;
  int64_t pending_ = 0;
};

using SharedPredictor = std::shared_ptr<const Predictor>;

// Reads reports of stored runs, up to a limit over all of them.
class ReportReader {
 public:
  explicit ReportReader(Connection* connection) : connection_(*connection) {}

  // Nullopt if it would be too much.
  absl::StatusOr<std::optional<RunOverview>> Read(const std::string& run_id,
                                                  const SharedPredictor& predictor) {
    if (runs_left_ == 0 || reports_left_ == 0) return std::nullopt;
    --runs_left_;
    ASSIGN_OR_RETURN(const Run run, connection_.GetRun(run_id));
    absl::StatusOr<std::vector<StepReport>> reports = FetchReports(connection_, run, reports_left_);
    if (absl::IsOutOfRange(reports.status())) {
      reports_left_ = 0;
      return std::nullopt;
    }
    if (!reports.ok()) return reports.status();
    reports_left_ -= static_cast<int64_t>(reports->size());
    return OverviewOf(run, *reports, predictor);
  }

 private:
  Connection& connection_;
  int runs_left_ = kMostRunsToRead;
  int64_t reports_left_ = kMostReportsToRead;
};

// The daemon has a summary of each run; but not yet of one that ended just now, or that an older
// version left.
absl::Status CollectStored(Session& session, const std::string& filter,
                           const SharedPredictor& predictor, Collection& collection) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<RunOverview> runs, connection->ListRunSummaries(filter));
  ReportReader reader(connection);
  for (const RunOverview& overview : runs) {
    if (overview.summary) {
      collection.Add(overview);
      continue;
    }
    ASSIGN_OR_RETURN(const std::optional<RunOverview> read,
                     reader.Read(overview.run_id, predictor));
    if (read) {
      collection.Add(*read);
    } else {
      collection.AddPending();
    }
  }
  return absl::OkStatus();
}

absl::Status CollectRecorded(const std::string& folder, const SharedPredictor& predictor,
                             Collection& collection) {
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundleFolder(folder));
  for (RunBundle& bundle : bundles) {
    bundle.run.origin = "recorded";
    collection.Add(OverviewOf(bundle.run, ReportsOf(bundle), predictor));
  }
  return absl::OkStatus();
}

Json ShareJson(const WasteShare& share) {
  Json json = {{"policy", share.policy}, {"runs", share.runs}, {"of", share.all}};
  if (share.runs > 0) json["share"] = NumberJson(share.mean);
  if (share.error) json["bootstrap_error"] = NumberJson(*share.error);
  return json;
}

Json ReportJson(const std::vector<RunGroup>& kinds, const WasteReport& report,
                const Collection& collection) {
  const AbandonLedger& abandon = collection.abandon();
  Json runs = Json::array();
  for (const RunGroup& kind : kinds) runs.push_back(GroupJson(kind));
  Json groups = Json::array();
  for (const WasteGroup& group : report.groups) {
    Json shares = Json::array();
    for (const WasteShare& share : group.shares) shares.push_back(ShareJson(share));
    groups.push_back({{"group", group.name}, {"energy_after_grok", std::move(shares)}});
  }
  Json json = {{"runs", std::move(runs)},
               {"groups", std::move(groups)},
               {"first_prototype", {{"share_short", 0.24}, {"share_long", 0.57}}}};
  const auto put = [&](const char* key, const std::optional<double>& value) {
    if (value) json[key] = NumberJson(*value);
  };
  put("schedule_multiple_of_24_percent", report.multiple_of_24_percent);
  put("schedule_multiple_of_57_percent", report.multiple_of_57_percent);
  json["all_joules"] = NumberJson(report.all_joules);
  json["stop"] = {{"saved_joules", NumberJson(report.saved_by_stop_joules)},
                  {"false", report.false_stops},
                  {"missed", report.missed_stops},
                  {"missed_joules", NumberJson(report.missed_joules)}};
  json["abandon"] = {{"saved_joules", NumberJson(abandon.saved_joules)},
                     {"abandoned", abandon.abandoned},
                     {"false", abandon.wrong}};
  json["without_energy"] = collection.without_energy();
  json["pending_runs"] = collection.pending();
  return json;
}

std::string ShareText(const WasteShare& share) {
  if (share.runs == 0) return "–";
  std::string text = PercentText(share.mean);
  if (share.error) text += Concat(" ± ", PercentText(*share.error));
  return Concat(text, " (", share.runs, " of ", share.all, ")");
}

std::string MultipleText(const std::optional<double>& multiple) {
  return multiple ? Concat(SignificantText(*multiple), " x the grok step") : "never";
}

std::string WasteTable(const WasteReport& report, const AbandonLedger& abandon,
                       const Style& style) {
  TextTable::Column kind("after the grok, trained for");
  kind.is_prose = true;  // "hardware" and its whole name
  TextTable table({kind,
                   {"the step limit", Align::kRight},
                   {"twice the family's median", Align::kRight, 1},
                   {"100,000 steps", Align::kRight, 2}});
  for (const WasteGroup& group : report.groups) {
    std::vector<std::string> row = {Printable(group.name)};
    for (const WasteShare& share : group.shares) row.push_back(ShareText(share));
    table.AddRow(std::move(row));
  }
  TextTable ledgers({"", ""});
  ledgers.AddRow({"first prototype: 24%", MultipleText(report.multiple_of_24_percent)});
  ledgers.AddRow({"first prototype: 57%", MultipleText(report.multiple_of_57_percent)});
  ledgers.AddRow({"all runs used", EnergyText(Joules(report.all_joules))});
  ledgers.AddRow({"the stop rule would save", EnergyText(Joules(report.saved_by_stop_joules))});
  ledgers.AddRow({"  false stops", CountText(report.false_stops)});
  ledgers.AddRow(
      {"  missed stops", Concat(CountText(report.missed_stops), ", which used ",
                                EnergyText(Joules(report.missed_joules)), " after the grok")});
  ledgers.AddRow({"the abandon rule would save", EnergyText(Joules(abandon.saved_joules))});
  ledgers.AddRow({"  false abandons", Concat(abandon.wrong, " of ", abandon.abandoned)});
  return table.Text(style) + "\n" + ledgers.Text(style);
}

std::string ReportText(const std::vector<RunGroup>& kinds, const Collection& collection,
                       const WasteReport& report, const Style& style) {
  if (kinds.empty()) return "";
  std::string text = ReportTable(kinds, style) + "\n";
  if (!collection.runs().empty()) text += WasteTable(report, collection.abandon(), style);
  return text;
}

absl::StatusOr<ExitCode> PrintReport(Session& session, const ReportOptions& options) {
  if (!options.html_file.empty()) return SaveReportPage(session, options.filter, options.html_file);
  ASSIGN_OR_RETURN(const SharedPredictor predictor, FindPredictor(""));
  Collection collection;
  RETURN_IF_ERROR(options.folder.empty()
                      ? CollectStored(session, options.filter, predictor, collection)
                      : CollectRecorded(options.folder, predictor, collection));
  const std::vector<RunGroup> kinds = GroupRuns(collection.reported());
  Console& console = session.console();
  if (collection.pending() > 0) {
    console.Say(Concat(CountText(collection.pending()),
                       " of the runs are not in this report: the daemon still sums them up, some "
                       "hundred a second; ask again later"));
  } else if (kinds.empty()) {
    console.Say(
        "no runs to report on; to include the recorded runs: powerdown report 'origin = \"any\"'");
  }
  const WasteReport report = ReportWaste(collection.runs());
  const Json json = ReportJson(kinds, report, collection);
  return Done(Print(console, {.objects = {json},
                              .rows = std::vector<Json>(json["runs"].begin(), json["runs"].end()),
                              .text = [&](const Style& style) {
                                return ReportText(kinds, collection, report, style);
                              }}));
}

}  // namespace

absl::StatusOr<ReportOptions> ReadReport(const CommandWords& words) {
  ReportOptions options{.filter = words.Operand(),
                        .html_file = words.Text("--html"),
                        .folder = words.Text("--recorded")};
  if (!options.html_file.empty() && !options.folder.empty()) {
    return absl::InvalidArgumentError(
        "report: --html is of the daemon's runs; without --recorded, or import the bundles first");
  }
  return options;
}

CommandTree ReportCommand() {
  return {.name = "report",
          .help = "share of energy used after generalisation, by task, model and hardware",
          .examples = {"powerdown report", "powerdown report 'task = \"addition\"'",
                       "powerdown report 'origin = \"any\"'        the recorded runs too",
                       "powerdown report last --html report.html"},
          .operand = {.name = "FILTER|RUN", .is_required = false},
          .flags = {Flag("--html", "FILE",
                         "write a page that stands alone, about one run, its comparison, or the "
                         "runs of a filter"),
                    Flag("--recorded", "FOLDER", "report on these bundles, without a daemon")},
          .read = ReadThenRun(ReadReport, PrintReport)};
}

}  // namespace powerdown
