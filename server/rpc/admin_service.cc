#include "server/rpc/admin_service.h"

#include <unistd.h>

#include <vector>

#include "common/base/status.h"
#include "server/rpc/diagnosis.h"
#include "server/rpc/unary_call.h"
#include "server/store/backup.h"

namespace powerdown {
namespace {

constexpr const char* kFeatures[] = {"runs", "watch", "comparisons", "power", "quiz"};

std::string Hostname() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

v1::Diagnosis WireOfChecks(const std::vector<Check>& checks) {
  v1::Diagnosis wire;
  for (const Check& check : checks) {
    v1::Diagnosis::Check* line = wire.add_checks();
    line->set_check(check.check);
    line->set_status(std::string(NameOf(check.status)));
    line->set_found(check.found);
    line->set_remedy(check.remedy);
  }
  return wire;
}

absl::StatusOr<v1::Backup> WireOfBackup(const absl::StatusOr<Backup>& backup) {
  RETURN_IF_ERROR(backup.status());
  v1::Backup wire;
  wire.set_backup(backup->name);
  wire.set_path(backup->path);
  wire.set_bytes(backup->bytes);
  wire.set_runs(backup->runs);
  return wire;
}

}  // namespace

absl::StatusOr<v1::ServerInfo> AdminService::Describe() const {
  ASSIGN_OR_RETURN(const int64_t running, parts_.store->runs().Count(RunState::kRunning));
  ASSIGN_OR_RETURN(const int64_t queued, parts_.store->runs().Count(RunState::kQueued));
  v1::ServerInfo info;
  info.set_version(POWERDOWN_VERSION);
  info.set_hostname(Hostname());
  info.set_state_dir(parts_.state_dir);
  info.set_running_runs(running);
  info.set_queued_runs(queued);
  info.set_watchers(static_cast<int64_t>(pools_.watchers.size()));
  *info.mutable_started_at() = ToWire(started_at_);
  for (const char* feature : kFeatures) info.add_features(feature);
  info.set_pid(getpid());
  info.set_receipt_key(parts_.receipts->public_key());
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

grpc::ServerUnaryReactor* AdminService::Diagnose(grpc::CallbackServerContext* context,
                                                 const v1::DiagnoseRequest* request,
                                                 v1::Diagnosis* response) {
  return AnswerOn(Rpc::kAdminServiceDiagnose, pools_.calls, pools_, context, request, response,
                  [this](const v1::DiagnoseRequest&) -> absl::StatusOr<v1::Diagnosis> {
                    return WireOfChecks(powerdown::Diagnose(parts_));
                  });
}

absl::StatusOr<Backup> AdminService::MakeBackup(const std::string& request_id) const {
  const std::string database = DatabasePath(parts_.state_dir);
  const std::string folder = BackupFolder(parts_.state_dir);
  return Once(
      *parts_.store, pools_.turns, Rpc::kAdminServiceCreateBackup, request_id,
      [&](NewAnswer answer) -> absl::StatusOr<Backup> {
        answer.answer = absl::FormatTime("powerdown-%Y%m%dT%H%M%E3SZ.db", parts_.clock->Now().wall,
                                         absl::UTCTimeZone());
        // Its name first: a repeat after a crash finds the file, or makes it.
        RETURN_IF_ERROR(parts_.store->answers().Put(answer));
        return powerdown::CreateBackup(database, folder, answer.answer);
      },
      [&](const std::string& name) {
        absl::StatusOr<Backup> made = FindBackup(folder, name);
        return absl::IsNotFound(made.status()) ? powerdown::CreateBackup(database, folder, name)
                                               : made;
      });
}

absl::StatusOr<Backup> AdminService::Restore(const std::string& name,
                                             const std::string& request_id) const {
  const std::string folder = BackupFolder(parts_.state_dir);
  return Once(
      *parts_.store, pools_.turns, Rpc::kAdminServiceRestoreBackup, request_id,
      [&](NewAnswer answer) -> absl::StatusOr<Backup> {
        answer.answer = name;
        ASSIGN_OR_RETURN(Backup backup,
                         StageRestore(DatabasePath(parts_.state_dir), folder, name, answer));
        RETURN_IF_ERROR(parts_.store->answers().Put(answer));
        return backup;
      },
      [&](const std::string& restored) { return FindBackup(folder, restored); });
}

grpc::ServerUnaryReactor* AdminService::CreateBackup(grpc::CallbackServerContext* context,
                                                     const v1::CreateBackupRequest* request,
                                                     v1::Backup* response) {
  return AnswerOn(Rpc::kAdminServiceCreateBackup, pools_.calls, pools_, context, request, response,
                  [this](const v1::CreateBackupRequest& wire, const Caller& caller) {
                    return WireOfBackup(MakeBackup(OwnRequestId(caller, wire.request_id())));
                  });
}

grpc::ServerUnaryReactor* AdminService::RestoreBackup(grpc::CallbackServerContext* context,
                                                      const v1::RestoreBackupRequest* request,
                                                      v1::Backup* response) {
  return AnswerOn(
      Rpc::kAdminServiceRestoreBackup, pools_.calls, pools_, context, request, response,
      [this](const v1::RestoreBackupRequest& wire, const Caller& caller) {
        return WireOfBackup(Restore(wire.backup(), OwnRequestId(caller, wire.request_id())));
      });
}

}  // namespace powerdown
