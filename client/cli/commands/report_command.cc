// What many runs together show: when they memorised and grokked, and their energy after that.
#include "client/cli/commands.h"
#include "client/cli/shipped.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/run_report.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"
#include "common/run/run_log.h"
#include "common/study/replay.h"
#include "common/study/waste_report.h"

namespace powerdown {
namespace {

// What abandoning would have saved and cost; kept apart from what stopping saves.
struct AbandonLedger {
  double saved_joules = 0;
  int64_t abandoned = 0;
  int64_t wrong = 0;
};

class Collection {
 public:
  explicit Collection(std::shared_ptr<const Predictor> predictor)
      : predictor_(std::move(predictor)) {}
  // `reports` may be empty.
  void Add(Run run, std::vector<StepReport> reports) {
    const RecordedRun recorded{std::move(run), std::move(reports)};
    std::optional<Joules> at_grok;
    if (recorded.run.grok_step && recorded.run.energy && !recorded.reports.empty()) {
      at_grok = Joules(EnergyAt(recorded.reports, *recorded.run.grok_step));
    }
    reported_.push_back({recorded.run, at_grok});
    if (recorded.reports.empty() || !HasEnded(recorded.run.state)) return;
    const std::optional<WasteRun> waste = WasteOf(recorded);
    if (!waste) {
      ++without_energy_;
      return;
    }
    runs_.push_back(*waste);
    AddAbandon(recorded);
  }
  const std::vector<ReportedRun>& reported() const { return reported_; }
  const std::vector<WasteRun>& runs() const { return runs_; }
  const AbandonLedger& abandon() const { return abandon_; }
  int64_t without_energy() const { return without_energy_; }

 private:
  void AddAbandon(const RecordedRun& recorded) {
    const Replay replay =
        ReplayRun(recorded.reports, recorded.run.max_steps, recorded.run.spec, predictor_);
    if (!replay.abandon_step) return;
    ++abandon_.abandoned;
    if (replay.grok_step) {
      ++abandon_.wrong;
      return;
    }
    const int64_t last = recorded.reports.back().evaluation.step;
    abandon_.saved_joules +=
        EnergyAt(recorded.reports, last) - EnergyAt(recorded.reports, *replay.abandon_step);
  }

  const std::shared_ptr<const Predictor> predictor_;
  std::vector<ReportedRun> reported_;
  std::vector<WasteRun> runs_;
  AbandonLedger abandon_;
  int64_t without_energy_ = 0;
};

absl::Status CollectStored(Session& session, const std::string& filter, Collection& collection) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<Run> runs, connection->ListRuns({.filter = filter}));
  for (const Run& run : runs) {
    std::vector<StepReport> reports;
    RETURN_IF_ERROR(ForEachReport(*connection, run, [&](const StepReport& report) {
      reports.push_back(report);
      return absl::OkStatus();
    }));
    collection.Add(run, StandingReports(std::move(reports)));
  }
  return absl::OkStatus();
}

absl::Status CollectRecorded(const std::string& folder, Collection& collection) {
  ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundleFolder(folder));
  for (RunBundle& bundle : bundles) {
    std::vector<StepReport> reports = ReportsOf(bundle);
    bundle.run.origin = "recorded";
    collection.Add(std::move(bundle.run), std::move(reports));
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
                const AbandonLedger& abandon, int64_t without_energy) {
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
  json["without_energy"] = without_energy;
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
  TextTable table;
  table.AddColumn("energy after the grok");
  for (const char* title : {"recorded budget", "twice the family's median", "100,000 steps"}) {
    table.AddColumn(title, TextTable::Align::kRight);
  }
  for (const WasteGroup& group : report.groups) {
    std::vector<std::string> row = {Printable(group.name)};
    for (const WasteShare& share : group.shares) row.push_back(ShareText(share));
    table.AddRow(std::move(row));
  }
  TextTable ledgers;
  ledgers.AddColumn("");
  ledgers.AddColumn("");
  ledgers.AddRow({"first prototype: 24%", MultipleText(report.multiple_of_24_percent)});
  ledgers.AddRow({"first prototype: 57%", MultipleText(report.multiple_of_57_percent)});
  ledgers.AddRow({"all runs drew", EnergyText(Joules(report.all_joules))});
  ledgers.AddRow({"STOP would save", EnergyText(Joules(report.saved_by_stop_joules))});
  ledgers.AddRow({"  false stops", CountText(report.false_stops)});
  ledgers.AddRow({"  missed", Concat(CountText(report.missed_stops), ", which drew ",
                                     EnergyText(Joules(report.missed_joules)), " too much")});
  ledgers.AddRow({"ABANDON would save", EnergyText(Joules(abandon.saved_joules))});
  ledgers.AddRow({"  false abandons", Concat(abandon.wrong, " of ", abandon.abandoned)});
  return table.Text(style) + "\n" + ledgers.Text(style);
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const ReportCommand& command) {
  ASSIGN_OR_RETURN(auto predictor, FindPredictor(""));
  Collection collection(std::move(predictor));
  if (command.folder.empty()) {
    RETURN_IF_ERROR(CollectStored(session, command.filter, collection));
  } else {
    RETURN_IF_ERROR(CollectRecorded(command.folder, collection));
  }
  const std::vector<RunGroup> kinds = GroupRuns(collection.reported());
  if (kinds.empty())
    session.console().Say(
        "no runs of this box to report on; with the recorded ones: powerdown report 'origin = "
        "\"any\"'");
  const WasteReport report = ReportWaste(collection.runs());
  const Json json = ReportJson(kinds, report, collection.abandon(), collection.without_energy());
  Console& console = session.console();
  switch (session.output()) {
    case OutputFormat::kJson:
      RETURN_IF_ERROR(console.WriteJson(json));
      break;
    case OutputFormat::kJsonLines:
      RETURN_IF_ERROR(console.WriteJsonLine(json));
      break;
    case OutputFormat::kCsv:
      RETURN_IF_ERROR(console.Write(CsvOf({json["runs"].begin(), json["runs"].end()})));
      break;
    case OutputFormat::kTable:
      if (kinds.empty()) break;
      RETURN_IF_ERROR(console.Write(ReportTable(kinds, console.style()) + "\n"));
      if (collection.runs().empty()) break;
      RETURN_IF_ERROR(console.Write(WasteTable(report, collection.abandon(), console.style())));
  }
  return ExitCode::kDone;
}

}  // namespace powerdown
