// Puts a database back whose file was deleted while the daemon ran. Not thread-safe.
#pragma once

#include <string>

#include "server/store/store.h"

namespace powerdown {

// Declare it before the store, so that it is destroyed after it: the copy gets its name when
// nothing writes to the old log any longer.
class DatabaseRescue {
 public:
  ~DatabaseRescue();
  // Copies all that is stored beside `database`. Logs what it did, or why it could not.
  void Take(Store& store, const std::string& database);

 private:
  std::string database_;  // empty: nothing was taken
};

}  // namespace powerdown
