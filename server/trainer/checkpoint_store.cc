#include "server/trainer/checkpoint_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

absl::Status FileError(const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot write ", path, ": ", strerror(error));
  return error == ENOSPC || error == EDQUOT ? absl::ResourceExhaustedError(text)
                                            : absl::UnavailableError(text);
}

// Writes all of it; 0 or the error number.
int WriteAll(int file, const std::string& bytes, bool is_synced) {
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = write(file, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    written += static_cast<size_t>(count);
  }
  return !is_synced || fsync(file) == 0 ? 0 : errno;
}

// Frames are named apart from full checkpoints, as both may be written at one step.
const char* NameOf(const CheckpointContent& content) {
  if (!content.label.empty()) return content.label.c_str();
  return content.kind == "weights" ? "frame" : "step";
}

}  // namespace

absl::StatusOr<Checkpoint> WriteCheckpoint(const std::string& directory,
                                           const CheckpointContent& content,
                                           CheckpointDurability durability) {
  const bool is_synced = durability == CheckpointDurability::kSynced;
  Checkpoint checkpoint;
  checkpoint.step = content.step;
  checkpoint.label = content.label;
  checkpoint.kind = content.kind;
  checkpoint.sha256 = CheckpointHash(content);
  checkpoint.file = absl::StrFormat("%09d-%s.ckpt", content.step, NameOf(content));
  const std::string path = directory + "/" + checkpoint.file;
  const std::string aside = path + ".writing";
  const std::string bytes = EncodeCheckpoint(content);
  checkpoint.bytes = static_cast<int64_t>(bytes.size());
  const int file = open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return FileError(path, errno);
  int error = WriteAll(file, bytes, is_synced);
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0 && rename(aside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(aside.c_str());
    return FileError(path, error);
  }
  if (!is_synced) return checkpoint;
  const int folder = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  return checkpoint;
}

absl::StatusOr<CheckpointContent> ReadCheckpoint(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream bytes;
  bytes << file.rdbuf();
  absl::StatusOr<CheckpointContent> content = DecodeCheckpoint(bytes.str());
  if (!content.ok()) {
    return absl::Status(content.status().code(),
                        absl::StrCat(path, ": ", content.status().message()));
  }
  return content;
}

absl::StatusOr<std::vector<float>> WeightsOf(const CheckpointContent& content,
                                             const std::vector<ParameterShape>& parameters) {
  std::vector<float> weights;
  for (const ParameterShape& parameter : parameters) {
    const std::string name = std::string(kModelTensorPrefix) + parameter.name;
    const auto found = std::find_if(content.tensors.begin(), content.tensors.end(),
                                    [&](const CheckpointTensor& one) { return one.name == name; });
    const auto count = static_cast<size_t>(parameter.size);
    if (found == content.tensors.end() || found->bytes.size() != count * sizeof(float)) {
      return absl::DataLossError(absl::StrCat("the checkpoint lacks ", name));
    }
    weights.resize(weights.size() + count);
    std::memcpy(weights.data() + weights.size() - count, found->bytes.data(),
                count * sizeof(float));
  }
  return weights;
}

}  // namespace powerdown
