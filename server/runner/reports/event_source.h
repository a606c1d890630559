// Reports in TensorBoard's event files, in a folder and those below it, as a program writes them.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/log/event_file.h"
#include "server/runner/reports/growing_file.h"
#include "server/runner/reports/report_assembly.h"
#include "server/runner/reports/report_source.h"

namespace powerdown {

// Of the folder's tree. add_scalars makes a folder for each of its lines; more are the runs of
// years.
inline constexpr int kMostEventFolderDepth = 8;
inline constexpr size_t kMostEventFolderEntries = 4096;
// Read at the same time, each with a descriptor.
inline constexpr size_t kMostEventFiles = 256;
// Of each of them at one poll.
inline constexpr size_t kMostEventBytesAtOnce = size_t{1} << 18;

class EventSource : public ReportSource {
 public:
  // What files of the folder hold now was written by earlier programs, and is passed over.
  static absl::StatusOr<std::unique_ptr<ReportSource>> Open(std::string folder,
                                                            const RunLogOptions& options);

  absl::StatusOr<std::vector<ProgramReport>> Poll() override;
  void Finish() override { has_finished_ = true; }
  std::string Warning() override { return assembly_.warnings().Take(); }

 private:
  struct Followed {
    Followed(std::string path, std::string name_prefix)
        : file(path), reader(std::move(path)), prefix(std::move(name_prefix)) {}

    GrowingFile file;
    EventFileReader reader;
    std::string prefix;     // of its scalars' names
    int64_t old_bytes = 0;  // of earlier programs
    bool is_given_up = false;
  };
  struct NamedEvent {
    const std::string* prefix;
    LogEvent event;
  };
  EventSource(std::string folder, ReportAssembly assembly)
      : folder_(std::move(folder)), assembly_(std::move(assembly)) {}

  void LookThrough();
  void AddFile(const std::string& path, int64_t size);
  // Whether there is more.
  bool ReadFrom(Followed& followed, std::vector<NamedEvent>& events);
  bool ReadRound();  // of all files

  const std::string folder_;
  ReportAssembly assembly_;
  std::map<std::string, int64_t> old_files_;  // by path: their sizes when this was opened
  std::map<std::string, std::unique_ptr<Followed>> files_;  // by path
  int polls_to_look_ = 0;  // until the folder is looked through again
  bool is_open_ = false;
  bool has_finished_ = false;
  bool is_done_ = false;
};

}  // namespace powerdown
