// Calibrations of this box's sensors with a plug meter: stores load levels and applies the fit.
// Thread-safe: one change at a time.
#pragma once

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/instant.h"
#include "server/meter/calibration.h"
#include "server/meter/sampler.h"
#include "server/store/store.h"

namespace powerdown {

class Calibrations {
 public:
  Calibrations(Store* store, Sampler* sampler) : store_(*store), sampler_(*sampler) {}

  struct Standing {
    int64_t levels = 0;
    Watts sensor;  // of the newest level
    CalibrationFit fit;
  };
  // The plug showed `plug` for this device while the sensor read what it did in the last five
  // seconds. NotFound for a device that is not metered; FailedPrecondition for an estimated one;
  // Unavailable without recent samples; InvalidArgument for a plug that cannot be.
  absl::StatusOr<Standing> Add(const std::string& device, Watts plug, Instant now,
                               const NewAnswer& answer = {});
  absl::StatusOr<Standing> Forget(const std::string& device, const NewAnswer& answer = {});
  absl::StatusOr<Standing> Get(const std::string& device);
  // Applies what is stored; at the start.
  absl::Status Apply(const std::string& device);

 private:
  absl::StatusOr<Standing> ApplyLocked(const std::string& device)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  Store& store_;
  Sampler& sampler_;
};

}  // namespace powerdown
