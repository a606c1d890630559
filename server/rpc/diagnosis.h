// Checks of the database, disk, worker and meters, each with a remedy. Reads files and asks the
// parts; changes nothing. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/rpc/rpc_parts.h"

namespace powerdown {

struct Check {
  enum class Status { kOk, kWarning, kFailed };
  std::string check;
  Status status = Status::kOk;
  std::string found;
  std::string remedy = {};  // empty if ok
};

std::vector<Check> Diagnose(const RpcParts& parts);

}  // namespace powerdown
