// What a command line asks for, as plain values: one struct a command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/terminal/console.h"
#include "client/connection/connection.h"
#include "common/forecast/stop_rule.h"
#include "common/run/run.h"
#include "common/run/run_spec.h"
#include "common/run/sweep.h"

namespace powerdown {

struct GlobalOptions {
  std::string server;  // empty: POWERDOWN_SERVER, else a private local daemon
  OutputFormat output = OutputFormat::kTable;
  ColorChoice color = ColorChoice::kAuto;
  bool has_no_input = false;
  // For one answer of the daemon; and, where it was given, for the end of a run that is awaited.
  std::optional<absl::Duration> timeout;
};

struct PrintCommand {  // version, completion
  std::string text;
};
struct HelpCommand {
  std::vector<std::string> words;  // on which command
};
struct SubmitCommand {
  RunSpec spec;
  std::vector<SweepPoint> sweep;  // instead of spec, if not empty
  AutoStop auto_stop = AutoStop::kOn;
  AutoStop abandon = AutoStop::kOff;
  std::string name;
  std::vector<std::string> tags;
  bool is_private = false;
  int64_t priority = 0;
  std::string budget;
  bool has_wait = false;
  bool is_dry_run = false;
};
struct ListCommand {
  std::string filter;
  bool is_queue = false;
  std::string sort;  // a field of `run list`, '-' before it: greatest first; empty: newest first
};
struct ShowCommand {
  std::string run_id;
};
struct WatchCommand {
  std::string run_id;
  int64_t from_revision = 0;
};
struct ActCommand {
  std::string verb;  // pause resume stop continue cancel delete
  std::string run_id;
  bool is_confirmed = false;
};
struct ExportCommand {
  std::string run_id;
  std::string bundle_file;  // empty: step reports on stdout
};
struct ImportCommand {
  std::vector<std::string> files;
  Run run;  // what else is known of a log: name, tags, notes, spec
};
struct EditCommand {
  std::string run_id;
  Connection::Edit edit;
  std::vector<std::string> added_tags;
  std::vector<std::string> removed_tags;
};
struct RecordCommand {
  std::string grid_file;
  std::string folder;
  int64_t at_once = 1;
};
struct ReplayCommand {
  std::vector<std::string> runs;  // ids, or files of step reports
  std::string predictor_file;     // empty: the shipped weights
};
struct PredictorCommand {
  std::string verb;    // show, train, evaluate
  std::string file;    // weights; train writes them
  std::string folder;  // of recorded runs; empty: the shipped ones
  std::string tried;   // runs to evaluate on; empty: those that it learns from
  bool has_own_runs = false;
  bool knows_specs = true;  // evaluate: else as of logs from elsewhere
  bool tells_each = false;  // evaluate: the forecasts of each run instead of figures
};
struct ForecastCommand {
  std::string run_id;  // empty: of the spec
  RunSpec spec;
  std::string predictor_file;
  bool has_probe = false;
};
struct ReportCommand {
  std::string filter;
  std::string folder;  // of recorded runs, without a daemon; empty: the daemon's
};
struct DemoCommand {
  double speed = 100;
  bool is_simulated = false;
  RunSpec spec;        // simulated
  std::string run_id;  // a recorded run; empty: a typical one
  std::string predictor_file;
};
struct CompareCommand {
  std::string comparison_id;  // to come back to; empty: a new one
  RunSpec spec;
  ComparisonMode mode = ComparisonMode::kShared;
  std::string schedule;
  bool is_dry_run = false;
};
struct QuizCommand {
  std::vector<std::string> run_ids;    // several: side by side
  std::vector<std::string> ats;        // likewise; empty: the stages of one run, the end of several
  std::vector<std::string> questions;  // empty: `count` held-out ones
  int64_t count = 10;
  uint64_t seed = 0;
  std::string grid_file;  // empty: no picture of the whole table
};
struct FleetCommand {
  std::string id;             // of a run or a comparison
  int64_t runs_per_year = 0;  // 0: the usual sizes
};
struct LogsCommand {
  std::string run_id;
};
struct ServerCommand {};
struct AdminCommand {
  std::string verb;     // doctor backup restore
  std::string operand;  // the backup
};
// server pair|add|list, user add|list|budget|remove|token|tokens|revoke, audit.
struct AccessCommand {
  std::string words;    // "server pair"
  std::string operand;  // a user, a token's id, a pairing
  std::string user;
  std::string role;
  std::string name;    // of the profile
  std::string label;   // of the token
  std::string budget;  // "5Wh", "none"; empty: only shown
  std::string period;
  std::optional<absl::Duration> lifetime;
  int64_t count = 50;
};
struct MetersCommand {};
struct LedgerCommand {};
struct WatchPowerCommand {
  int64_t count = 0;  // of samples; 0: until stopped
};
struct BaselineCommand {};
struct CalibrateCommand {
  std::string device;
  Watts plug;  // without the rest of the box
  bool forget = false;
};

using Command =
    std::variant<PrintCommand, HelpCommand, SubmitCommand, ListCommand, ShowCommand, WatchCommand,
                 ActCommand, ExportCommand, ImportCommand, EditCommand, ReplayCommand,
                 CompareCommand, QuizCommand, FleetCommand, LogsCommand, ServerCommand,
                 AdminCommand, AccessCommand, RecordCommand, PredictorCommand, ForecastCommand,
                 ReportCommand, DemoCommand, MetersCommand, LedgerCommand, WatchPowerCommand,
                 BaselineCommand, CalibrateCommand>;

struct Invocation {
  GlobalOptions globals;
  Command command;
};

}  // namespace powerdown
