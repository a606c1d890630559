#include "server/rpc/run_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "proto/convert.h"
#include "proto/convert_report.h"
#include "server/rpc/run_listing.h"

namespace powerdown {
namespace {

// A message this large is far below gRPC's 4 MB, and batching is worth a hundredfold.
constexpr int64_t kUpdatesPerMessage = 1000;
// Bytes of one update without its texts, about.
constexpr size_t kUpdateBytes = 160;

// Without a copy.
grpc::ByteBuffer BufferOf(std::string bytes) {
  auto* owned = new std::string(std::move(bytes));  // the slice's
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* string) { delete static_cast<std::string*>(string); },
      owned);
  return grpc::ByteBuffer(&slice, 1);
}

// Adds updates to a message of bytes: one message after another is the message that has the
// repeated fields of both, so a single update is made and written again and again.
class UpdateWriter {
 public:
  explicit UpdateWriter(std::string* bytes) : bytes_(*bytes) {}
  void Add(const StepReport& report) {
    WriteWire(report, *update_.mutable_report());
    message_.AppendToString(&bytes_);
  }
  void Add(const RunEvent& event) {
    *update_.mutable_event() = ToWire(event);
    message_.AppendToString(&bytes_);
  }

 private:
  std::string& bytes_;
  v1::WatchRunResponse message_;
  v1::RunUpdate& update_ = *message_.add_updates();
};

absl::StatusOr<RecentBatches::Batch> ReadBatch(Store& store, const RecentBatches::Key& key) {
  // In this order: when the run is seen to have ended, the read that follows sees its last update,
  // and all updates up to `newest`.
  ASSIGN_OR_RETURN(const RunState state, store.runs().GetState(key.run_id));
  ASSIGN_OR_RETURN(const int64_t newest, store.updates().NewestRevision());
  std::string bytes;
  UpdateWriter writer(&bytes);
  RecentBatches::Batch batch{.next_revision = key.start_revision};
  int64_t read = 0;
  size_t text_bytes = 0;  // only events have texts
  const auto add = [&](const auto& update) {
    if (read++ == 0) bytes.reserve(kUpdateBytes);
    if (read == 2) bytes.reserve(kUpdatesPerMessage * kUpdateBytes);
    if (text_bytes > kMostPageBytes) return false;
    writer.Add(update);
    ++batch.updates;
    batch.next_revision = update.revision + 1;
    return true;
  };
  RETURN_IF_ERROR(store.updates().ForEachUpdate(
      key.run_id, key.start_revision, kUpdatesPerMessage,
      [&](const StepReport& report) { add(report); },
      [&](const RunEvent& event) {
        if (add(event)) text_bytes += event.message.size() + event.details_json.size();
      }));
  batch.is_full = read == kUpdatesPerMessage || text_bytes > kMostPageBytes;
  if (!batch.is_full) {
    batch.next_revision = std::max(batch.next_revision, newest + 1);
    batch.is_last = HasEnded(state);
  }
  if (batch.is_last) {
    v1::WatchRunResponse end;
    end.set_progress_revision(batch.next_revision - 1);
    end.set_has_ended(true);
    end.AppendToString(&bytes);
  }
  batch.message = BufferOf(std::move(bytes));
  return batch;
}

}  // namespace

RunWatch::RunWatch(const RpcParts& parts, CallPools* pools, CallOrigin origin,
                   const v1::WatchRunRequest& request)
    : WatchStream(Rpc::kRunServiceWatchRun, std::move(origin), pools, kProgressPeriod,
                  parts.clock->Now()),
      store_(*parts.store),
      feed_(*parts.feed),
      queue_(*parts.queue),
      pools_(*pools),
      asked_run_id_(request.run_id()),
      next_revision_(request.start_revision()) {
  subscription_ = feed_.Subscribe([this](int64_t) { Wake(); });
}

absl::Status RunWatch::Begin() {
  if (next_revision_ < 0) {
    return absl::InvalidArgumentError(absl::StrCat("start_revision: value is ", next_revision_,
                                                   "; allowed: 0 (the beginning) or more"));
  }
  ASSIGN_OR_RETURN(const int64_t newest, store_.updates().NewestRevision());
  if (next_revision_ > newest + 1) {
    return absl::OutOfRangeError(absl::StrCat("start_revision: value is ", next_revision_,
                                              "; allowed: at most ", newest + 1,
                                              ", one after the newest revision"));
  }
  ASSIGN_OR_RETURN(run_id_, store_.runs().ResolveId(noun_id()));
  return absl::OkStatus();
}

// A stream that would stay silent because nothing can be committed says so and ends.
absl::Status RunWatch::Health() const {
  const absl::Status health = queue_.health();
  if (health.ok()) return health;
  return absl::Status(
      health.code(),
      absl::StrCat(health.message(), "; the run continues, its reports wait in memory"));
}

RecentBatches::Key RunWatch::NextKey() const {
  return {run_id_, next_revision_, feed_.newest_revision()};
}

// While one message goes to the client, the next ones are read.
void RunWatch::ReadAhead() {
  pools_.watches.TryPost([&store = store_, &batches = pools_.batches, key = NextKey()] {
    batches.ReadAhead(key,
                      [&store](const RecentBatches::Key& next) { return ReadBatch(store, next); });
  });
}

absl::StatusOr<WatchStep> RunWatch::Next(Instant, bool is_message_due, grpc::ByteBuffer& message) {
  if (run_id_.empty()) RETURN_IF_ERROR(Begin());
  const RecentBatches::Key key = NextKey();
  ASSIGN_OR_RETURN(const RecentBatches::Found batch,
                   pools_.batches.Get(key, [this](const RecentBatches::Key& next) {
                     return ReadBatch(store_, next);
                   }));
  next_revision_ = batch->next_revision;
  if (batch->is_last || batch->updates > 0) {
    message = batch->message;
    if (batch->is_full) ReadAhead();
    return batch->is_last ? WatchStep::kSendAndEnd : WatchStep::kSend;
  }
  if (!is_message_due) return WatchStep::kWait;
  RETURN_IF_ERROR(Health());
  v1::WatchRunResponse progress;
  progress.set_progress_revision(next_revision_ - 1);
  message = BufferOf(progress.SerializeAsString());
  return WatchStep::kSend;
}

}  // namespace powerdown
