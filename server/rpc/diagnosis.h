// Checks of the database, disk, worker and meters, each with a remedy. Reads files and asks the
// parts; changes nothing. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "common/base/named.h"
#include "server/rpc/rpc_parts.h"

namespace powerdown {

struct Check {
  enum class Status { kOk, kWarning, kFailed };
  std::string check;
  Status status = Status::kOk;
  std::string found;
  std::string remedy = {};  // empty if ok
};
template <>
struct NamesOf<Check::Status> {
  static constexpr std::string_view kNames[] = {"ok", "warning", "failed"};
};

std::vector<Check> Diagnose(const RpcParts& parts);

}  // namespace powerdown
