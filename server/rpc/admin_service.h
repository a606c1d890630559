// AdminService on the wire: the daemon about itself, and copies of its database. Does not wait for
// the queue, so that it answers while that is busy. Thread-safe.
#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"
#include "server/store/backup.h"

namespace powerdown {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  AdminService(const RpcParts& parts, CallPools* pools)
      : parts_(parts), pools_(*pools), started_at_(parts.clock->Now().wall) {}

  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                          const v1::GetServerInfoRequest* request,
                                          v1::ServerInfo* response) override;

  grpc::ServerUnaryReactor* Diagnose(grpc::CallbackServerContext* context,
                                     const v1::DiagnoseRequest* request,
                                     v1::Diagnosis* response) override;
  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const v1::CreateBackupRequest* request,
                                         v1::Backup* response) override;
  grpc::ServerUnaryReactor* RestoreBackup(grpc::CallbackServerContext* context,
                                          const v1::RestoreBackupRequest* request,
                                          v1::Backup* response) override;

  void set_addresses(const std::string& addresses) {
    absl::MutexLock lock(&mutex_);
    addresses_ = addresses;
  }

 private:
  absl::StatusOr<v1::ServerInfo> Describe() const;
  absl::StatusOr<Backup> MakeBackup(const std::string& request_id) const;
  absl::StatusOr<Backup> Restore(const std::string& name, const std::string& request_id) const;

  const RpcParts parts_;
  CallPools& pools_;
  const absl::Time started_at_;
  mutable absl::Mutex mutex_;
  std::string addresses_ ABSL_GUARDED_BY(mutex_);  // known once they are bound
};

}  // namespace powerdown
