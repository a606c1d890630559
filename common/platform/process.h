// Child processes: started, told to end and waited for in one way. A child sees the environment and
// the descriptors that it is given and nothing else of this process, and leads a group of its own,
// so that what it started is killed with it. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/platform/account.h"

namespace powerdown {

struct ProcessSpec {
  std::vector<std::string> words;        // the program's path, then its arguments
  std::vector<std::string> environment;  // "NAME=value", all that it sees
  int input = -1;                        // its stdin; -1: empty
  int output = -1;                       // its stdout; -1: this process's
  int errors = -1;                       // its stderr; -1: this process's
  int kept = -1;                         // its descriptor 3; -1: none
  int folder = -1;                       // where it runs, as a descriptor; -1: see directory
  std::string directory;                 // the same by its path; empty: as this process
  bool leads_session = false;            // also outlives this process's terminal
  bool dies_with_parent = false;         // SIGKILL when the thread that starts it ends
  // Limits; 0 or false: as this process.
  int64_t most_file_bytes = 0;  // of a file that it writes: beyond, it gets an error, no signal
  int64_t most_data_bytes = 0;
  bool dumps_no_core = false;
  int oom_score = 0;  // of 1000; Linux kills the highest first when memory runs out
  int nice = 0;
  // In whose name it runs: with that account's groups and no others, and without a way to more
  // privileges. Unset: as this process. Another account than this process's takes root.
  std::optional<Account> account;
};

// Returns once the program runs. Else the error names the program and the system's reason.
absl::StatusOr<pid_t> StartProcess(const ProcessSpec& spec);

// Whether a program of this account could run in a folder. The error names the folder.
absl::Status CheckEnterable(const Account& account, const std::string& directory);

struct ProcessEnd {
  bool was_killed = false;
  int number = 0;  // of the signal, or the exit status
};

// What ended it; nullopt while it runs. It is not reaped: until then its group can be killed
// without hitting another's, and its processor time can be read.
std::optional<ProcessEnd> EndOf(pid_t pid);
void KillGroup(pid_t pid);  // the process and what it started
// Waits for its end, which `meanwhile` is called until; when it is late, its group is killed.
struct AwaitedEnd {
  ProcessEnd end;
  bool was_late = false;
};
AwaitedEnd AwaitEnd(pid_t pid, absl::Duration limit, const std::function<void()>& meanwhile = {});
void Reap(pid_t pid);  // waits for it

}  // namespace powerdown
