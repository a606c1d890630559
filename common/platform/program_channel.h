// What a program and its runner tell each other while it runs: a private folder whose files are
// named in the program's environment. The program appends reports, looks whether it is to stop, and
// reads what it has used; docs/your-own-training.md says what is in each. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/platform/process.h"

namespace powerdown {

class ProgramChannel {
 public:
  // A new one, which is removed with this object.
  static absl::StatusOr<std::unique_ptr<ProgramChannel>> Open();
  // One that somebody of this account opened, and removes.
  static absl::StatusOr<std::unique_ptr<ProgramChannel>> Join(const std::string& folder);
  ~ProgramChannel();

  const std::string& folder() const { return folder_; }
  // POWERDOWN_REPORTS, POWERDOWN_STOP and POWERDOWN_ENERGY, as "NAME=path".
  std::vector<std::string> Variables() const;
  std::string reports_file() const { return folder_ + "/reports.jsonl"; }
  absl::Status AskToStop();
  struct Energy {
    absl::Time time;  // up to when
    double joules = 0;
    double low = 0;
    double high = 0;
  };
  absl::Status PutEnergy(const Energy& energy);
  // How the program ended, told by who waited for it.
  absl::Status PutEnd(const ProcessEnd& end);
  std::optional<ProcessEnd> FindEnd() const;

 private:
  ProgramChannel(std::string folder, bool is_owner)
      : folder_(std::move(folder)), is_owner_(is_owner) {}
  const std::string folder_;
  const bool is_owner_;
};

}  // namespace powerdown
