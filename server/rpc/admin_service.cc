#include "server/rpc/admin_service.h"

#include <unistd.h>

#include <vector>

#include "common/status.h"
#include "server/rpc/unary_call.h"

namespace powerdown {
namespace {

constexpr const char* kFeatures[] = {"runs", "watch", "comparisons", "power", "quiz"};

std::string Hostname() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

absl::StatusOr<v1::ServerInfo> AdminService::Describe() const {
  ASSIGN_OR_RETURN(const std::vector<Run> running,
                   parts_.store->ListRunsInState(RunState::kRunning));
  ASSIGN_OR_RETURN(const std::vector<Run> queued, parts_.store->ListRunsInState(RunState::kQueued));
  v1::ServerInfo info;
  info.set_version(POWERDOWN_VERSION);
  info.set_hostname(Hostname());
  info.set_state_dir(parts_.state_dir);
  info.set_running_runs(static_cast<int64_t>(running.size()));
  info.set_queued_runs(static_cast<int64_t>(queued.size()));
  info.set_watchers(static_cast<int64_t>(pools_.watchers.size()));
  *info.mutable_started_at() = ToWire(started_at_);
  for (const char* feature : kFeatures) info.add_features(feature);
  info.set_pid(getpid());
  if (const std::optional<OwnCost> cost = parts_.sampler->own_cost()) {
    info.set_own_core_share(cost->core_share);
    if (cost->power) info.set_own_power_watts(cost->power->value());
  }
  absl::MutexLock lock(&mutex_);
  info.set_addresses(addresses_);
  return info;
}

grpc::ServerUnaryReactor* AdminService::GetServerInfo(grpc::CallbackServerContext* context,
                                                      const v1::GetServerInfoRequest* request,
                                                      v1::ServerInfo* response) {
  return AnswerOn(Rpc::kAdminServiceGetServerInfo, pools_.calls, pools_, context, request, response,
                  [this](const v1::GetServerInfoRequest&) { return Describe(); });
}

}  // namespace powerdown
