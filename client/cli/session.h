// One call of the program: its options, its console, and the daemon once a command needs it. Not
// thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/terminal/console.h"
#include "client/connection/connection.h"

namespace powerdown {

// The flags of every command.
struct GlobalOptions {
  std::string server;          // empty: POWERDOWN_SERVER, else…
  std::string default_server;  // … the configured one; empty: a private local daemon
  OutputFormat output = OutputFormat::kTable;
  ColorChoice color = ColorChoice::kAuto;
  bool has_no_input = false;
  bool is_quiet = false;
  // The longest wait for one answer of the daemon. If given, also for the end of a run.
  std::optional<absl::Duration> timeout;
  // The longest wait for a daemon that is gone while runs are followed. Without: a person at a
  // terminal decides, and a script waits for kGiveUpAfter.
  std::optional<absl::Duration> give_up;
};

// Longer than a restart of the box, shorter than a night in which nobody looks.
inline constexpr absl::Duration kGiveUpAfter = absl::Minutes(10);

class Session {
 public:
  Session(GlobalOptions options, Console& console)
      : options_(std::move(options)), console_(console) {}

  // To the named server, else to the private local daemon, which is started if need be.
  absl::StatusOr<Connection*> Connect();

  const GlobalOptions& options() const { return options_; }
  absl::Duration answer_timeout() const;
  Console& console() { return console_; }

 private:
  absl::StatusOr<std::string> Address() const;
  absl::Duration GiveUp() const;

  const GlobalOptions options_;
  Console& console_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace powerdown
