#include "server/runner/reports/event_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/event_rows.h"

namespace powerdown {

namespace fs = std::filesystem;

absl::StatusOr<std::unique_ptr<ReportSource>> EventSource::Open(std::string folder,
                                                                const RunLogOptions& options) {
  ASSIGN_OR_RETURN(ReportAssembly assembly, ReportAssembly::Create(options, {}));
  std::unique_ptr<EventSource> source(new EventSource(std::move(folder), std::move(assembly)));
  source->LookThrough();
  source->is_open_ = true;
  return source;
}

void EventSource::AddFile(const std::string& path, int64_t size) {
  if (!is_open_) {
    old_files_[path] = size;
    return;
  }
  if (files_.contains(path)) return;
  const auto old = old_files_.find(path);
  if (old != old_files_.end() && old->second == size) return;  // nobody writes to it
  if (files_.size() == kMostEventFiles) {
    assembly_.warnings().Add("event files",
                             Concat(Printable(folder_), ": more than ", kMostEventFiles,
                                    " event files grow; the rest is left out"));
    return;
  }
  const std::string below = path.substr(std::min(path.size(), folder_.size() + 1));
  auto followed = std::make_unique<Followed>(path, EventNamePrefix(below));
  if (old != old_files_.end()) followed->old_bytes = std::min(old->second, size);
  files_.emplace(path, std::move(followed));
}

void EventSource::LookThrough() {
  // A large tree takes milliseconds, and is looked through every second.
  constexpr size_t kFewEntries = 500;
  constexpr int kPollsBetween = 10;
  std::error_code problem;  // a folder that is not there yet, or not ours: no files
  fs::recursive_directory_iterator entry(folder_, fs::directory_options::skip_permission_denied,
                                         problem);
  size_t entries = 0;
  polls_to_look_ = 0;
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    if (++entries > kFewEntries) polls_to_look_ = kPollsBetween;
    if (entries > kMostEventFolderEntries) {
      assembly_.warnings().Add(
          "folder", Concat(Printable(folder_), ": holds more than ", kMostEventFolderEntries,
                           " files; the rest is left out"));
      return;
    }
    if (entry.depth() >= kMostEventFolderDepth) entry.disable_recursion_pending();
    std::error_code unreadable;
    const std::string path = entry->path().string();
    if (!IsEventFileName(path) || !entry->is_regular_file(unreadable)) continue;
    const auto size = static_cast<int64_t>(entry->file_size(unreadable));
    if (!unreadable) AddFile(path, size);
  }
}

bool EventSource::ReadFrom(Followed& followed, std::vector<NamedEvent>& events) {
  const std::string& path = followed.file.path();
  absl::StatusOr<FileGrowth> growth = followed.file.Read(kMostEventBytesAtOnce);
  absl::Status read = growth.status();
  if (growth.ok()) {
    if (growth->has_restarted) {
      followed.reader = EventFileReader(path);
      followed.old_bytes = 0;
    }
    const std::string_view bytes = growth->bytes;
    const auto size = static_cast<int64_t>(bytes.size());
    const int64_t begin = followed.file.offset() - size;
    const auto old = static_cast<size_t>(std::clamp<int64_t>(followed.old_bytes - begin, 0, size));
    const int64_t damaged = followed.reader.damaged_records();
    read = followed.reader.Push(bytes.substr(0, old), [](const LogEvent&) {});
    if (read.ok()) {
      read = followed.reader.Push(bytes.substr(old), [&](const LogEvent& event) {
        events.push_back({&followed.prefix, event});
      });
    }
    for (int64_t i = damaged; i < followed.reader.damaged_records(); ++i) {
      assembly_.warnings().Add(
          Concat(Printable(path), ": damaged records"),
          Concat(Printable(path), ": a record is damaged and left out: its checksum is wrong"));
    }
  }
  if (read.ok()) return growth->has_more;
  assembly_.warnings().Add(path, std::string(read.message()));
  followed.is_given_up = true;
  return false;
}

// Files of one training are written side by side: what each says of a step belongs together.
bool EventSource::ReadRound() {
  std::vector<NamedEvent> events;
  bool has_more = false;
  for (auto& [path, followed] : files_) {
    if (!followed->is_given_up && ReadFrom(*followed, events)) has_more = true;
  }
  std::stable_sort(events.begin(), events.end(), [](const NamedEvent& a, const NamedEvent& b) {
    return std::pair(a.event.wall_time, a.event.step) < std::pair(b.event.wall_time, b.event.step);
  });
  for (const NamedEvent& named : events) assembly_.TakeEvent(named.event, *named.prefix);
  return has_more;
}

absl::StatusOr<std::vector<ProgramReport>> EventSource::Poll() {
  if (is_done_ || assembly_.IsFull()) return assembly_.Release(kMostReportsAtOnce);
  if (has_finished_ || polls_to_look_-- == 0) LookThrough();
  bool has_more = ReadRound();
  // The rest at the next polls, but for what is left when the program has ended.
  while (has_finished_ && has_more && !assembly_.IsFull()) has_more = ReadRound();
  is_done_ = has_finished_ && !has_more;
  if (is_done_) {
    if (files_.empty()) {
      assembly_.warnings().Add(
          "nothing", Concat(Printable(folder_), ": the program wrote no event file in it"));
    }
    assembly_.Finish();
  } else {
    assembly_.EndPoll();
  }
  return assembly_.Release(kMostReportsAtOnce);
}

}  // namespace powerdown
