#include "common/platform/output_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/numbers.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

constexpr std::string_view kOutputBegin = "output.";
constexpr std::string_view kOutputEnd = ".log";

std::string PieceName(int64_t begin) {
  return Concat(kOutputBegin, begin, kOutputEnd);
}

// One piece, opened so that neither a link nor a device nor another's file is read in its place.
struct PieceToRead {
  Descriptor file;
  int64_t size = 0;
};

std::map<int64_t, PieceToRead> OpenPieces(const Descriptor& folder, const std::string& path) {
  std::map<int64_t, PieceToRead> pieces;
  struct stat owner = {};
  if (fstat(folder.number(), &owner) != 0) return pieces;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(path, none)) {
    const std::string name = entry.path().filename().string();
    int64_t begin = 0;
    if (!name.starts_with(kOutputBegin) || !name.ends_with(kOutputEnd) ||
        name.size() < kOutputBegin.size() + kOutputEnd.size() ||
        !absl::SimpleAtoi(
            name.substr(kOutputBegin.size(), name.size() - kOutputBegin.size() - kOutputEnd.size()),
            &begin) ||
        begin < 0 || pieces.size() > kOutputPieces) {
      continue;
    }
    PieceToRead piece;
    piece.file = Descriptor(
        openat(folder.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat found = {};
    if (!piece.file.is_open() || fstat(piece.file.number(), &found) != 0 ||
        !S_ISREG(found.st_mode) || found.st_uid != owner.st_uid || found.st_nlink != 1) {
      continue;
    }
    piece.size = found.st_size;
    pieces.emplace(begin, std::move(piece));
  }
  return pieces;
}

}  // namespace

absl::Status OutputLog::OpenPiece() {
  const std::string path = Concat(folder_, "/", PieceName(written_));
  piece_ =
      Descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!piece_.is_open()) return SystemError(Concat("cannot write ", path), errno);
  piece_begin_ = written_;
  pieces_.push_back(written_);
  if (pieces_.size() > kOutputPieces) {
    unlink(Concat(folder_, "/", PieceName(pieces_.front())).c_str());
    pieces_.erase(pieces_.begin());
  }
  return absl::OkStatus();
}

absl::Status OutputLog::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!piece_.is_open() || written_ - piece_begin_ >= piece_bytes_) {
      RETURN_IF_ERROR(OpenPiece());
    }
    const auto room = static_cast<size_t>(piece_bytes_ - (written_ - piece_begin_));
    const ssize_t count = write(piece_.number(), bytes.data(), std::min(room, bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      piece_.Close();  // the next one begins where this one ends
      return SystemError(Concat("cannot write the program's output to ", folder_), error);
    }
    written_ += count;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::StatusOr<OutputPart> ReadOutput(const std::string& folder, int64_t offset,
                                      size_t most_bytes) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.is_open()) {
    if (errno == ENOENT) return OutputPart();
    return SystemError(Concat("cannot read ", folder), errno);
  }
  const std::map<int64_t, PieceToRead> pieces = OpenPieces(opened, folder);
  OutputPart part;
  if (pieces.empty()) return part;
  const int64_t end = pieces.rbegin()->first + pieces.rbegin()->second.size;
  part.offset = std::clamp(offset < 0 ? end + offset : offset, pieces.begin()->first, end);
  for (const auto& [begin, piece] : pieces) {
    const int64_t next = part.offset + static_cast<int64_t>(part.text.size());
    if (begin + piece.size <= next) continue;
    // What could not be written is a gap: the text goes on after it, at the next call.
    if (begin > next && !part.text.empty()) break;
    if (begin > next) part.offset = begin;
    const int64_t from = std::max<int64_t>(0, next - begin);
    const size_t wanted =
        std::min(most_bytes - part.text.size(), static_cast<size_t>(piece.size - from));
    std::string text(wanted, '\0');
    const ssize_t count = pread(piece.file.number(), text.data(), wanted, from);
    if (count < 0) return SystemError(Concat("cannot read ", folder), errno);
    part.text += text.substr(0, static_cast<size_t>(count));
    if (part.text.size() == most_bytes || static_cast<size_t>(count) < wanted) break;
  }
  return part;
}

}  // namespace powerdown
