#include "server/meter/meter_search.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace powerdown {

struct MeterSearch::State {
  explicit State(BoxOptions options) : search(std::move(options)) {}

  BoxSearch search;  // of the one who searches
  absl::Mutex mutex;
  std::optional<BoxMeters> found ABSL_GUARDED_BY(mutex);
  bool is_searching ABSL_GUARDED_BY(mutex) = false;
};

MeterSearch::MeterSearch(BoxOptions options)
    : state_(std::make_shared<State>(std::move(options))), thread_("the search for meters") {}

MeterSearch::~MeterSearch() {
  state_->search.Cancel();
}

BoxMeters MeterSearch::Find(Instant now) {
  searched_at_ = now.monotonic;
  return state_->search.Find(now);
}

std::optional<BoxMeters> MeterSearch::Tick(Instant now, int64_t returned_sensors) {
  absl::MutexLock lock(&state_->mutex);
  std::optional<BoxMeters> found = std::exchange(state_->found, std::nullopt);
  const bool has_returned = returned_sensors > returned_sensors_;
  const bool is_due = has_returned || now.monotonic - searched_at_ >= kPeriod;
  if (state_->is_searching || !is_due) return found;
  state_->is_searching = true;
  searched_at_ = now.monotonic;
  returned_sensors_ = returned_sensors;
  thread_.Post([state = state_, now, has_returned] {
    BoxMeters box = state->search.Find(now, has_returned);
    absl::MutexLock found_lock(&state->mutex);
    state->found = std::move(box);
    state->is_searching = false;
  });
  return found;
}

}  // namespace powerdown
