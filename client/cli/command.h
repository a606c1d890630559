// What a command line asks for, as plain values: one struct a command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/console.h"
#include "common/run.h"
#include "common/run_spec.h"
#include "common/stop_rule.h"

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
  AutoStop auto_stop = AutoStop::kOn;
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
};
struct CompareCommand {
  std::string comparison_id;  // to come back to; empty: a new one
  RunSpec spec;
  ComparisonMode mode = ComparisonMode::kShared;
  std::string schedule;
  bool is_dry_run = false;
};
struct QuizCommand {
  std::string run_id;
  std::string at;  // empty: memorised and grokked, side by side
  std::vector<std::string> questions;
  int64_t count = 10;
  uint64_t seed = 0;
};
struct ServerCommand {};
// server pair|add|list, user add|list|remove|token|tokens|revoke, audit.
struct AccessCommand {
  std::string words;    // "server pair"
  std::string operand;  // a user, a token's id, a pairing
  std::string user;
  std::string role;
  std::string name;   // of the profile
  std::string label;  // of the token
  std::optional<absl::Duration> lifetime;
  int64_t count = 50;
};

using Command = std::variant<PrintCommand, HelpCommand, SubmitCommand, ListCommand, ShowCommand,
                             WatchCommand, ActCommand, ExportCommand, CompareCommand, QuizCommand,
                             ServerCommand, AccessCommand>;

struct Invocation {
  GlobalOptions globals;
  Command command;
};

}  // namespace powerdown
