// Answers questions from checkpoints, the last few of which are kept loaded. Not thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/run/worker_lines.h"
#include "server/trainer/answering.h"
#include "server/trainer/dataset.h"
#include "server/trainer/network/network.h"

namespace powerdown {

class QuizSession {
 public:
  // Keeps at most so many checkpoints loaded, and so many bytes beyond the last used checkpoint.
  static constexpr size_t kMostLoaded = 64;
  static constexpr int64_t kMostBytes = 256 << 20;

  // Calls `say` with answers, or with the checkpoint's error: NotFound if its file is missing,
  // DataLoss if it is damaged or has another hash than the question gives.
  void Answer(const AskCommand& ask, const IsCancelled& is_cancelled, const SayAnswers& say);

  size_t loaded() const { return loaded_.size(); }
  int64_t loaded_bytes() const;

 private:
  // Shows whether a file has changed since it was read.
  struct FileMark {
    int64_t size = 0;
    int64_t inode = 0;
    int64_t changed_ns = 0;
    bool operator==(const FileMark&) const = default;
  };
  struct Loaded {
    std::string file;
    FileMark mark;
    std::string sha256;
    int64_t step = 0;
    int64_t bytes = 0;
    std::shared_ptr<const Dataset> dataset;  // of all loaded checkpoints with this spec
    RunSpec spec;
    std::unique_ptr<Network> network;
  };
  static absl::StatusOr<FileMark> MarkOf(const std::string& file);
  absl::StatusOr<Loaded*> Load(const AskCommand& ask);
  absl::StatusOr<std::shared_ptr<const Dataset>> DatasetOf(const RunSpec& spec) const;
  void DropUnused();

  std::list<Loaded> loaded_;  // last used first
};

}  // namespace powerdown
