// One call of the program: its options, its console, and the daemon once something needs it. Not
// thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/command.h"
#include "client/cli/terminal/console.h"
#include "client/connection/connection.h"

namespace powerdown {

class Session {
 public:
  Session(GlobalOptions options, Console& console)
      : options_(std::move(options)), console_(console) {}

  // To the named server, else to the private local daemon, which is started if need be.
  absl::StatusOr<Connection*> Connect();

  const GlobalOptions& options() const { return options_; }
  OutputFormat output() const { return options_.output; }
  Console& console() { return console_; }

 private:
  absl::StatusOr<std::string> Address() const;

  const GlobalOptions options_;
  Console& console_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace powerdown
