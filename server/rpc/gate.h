// Checks every call: who the caller is, whether the table of permissions allows the call, and
// whether the caller may see or change the run or comparison that the request names. Audits denials
// and changes. Thread-safe. It reads the store, which blocks: do not call it on gRPC's own threads.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "server/access/access.h"
#include "server/clock.h"
#include "server/door/door.h"
#include "server/rpc/permissions.h"
#include "server/store/store.h"

namespace powerdown {

// Where a call came from and what it names, read when it starts.
struct CallOrigin {
  std::string connection;  // gRPC's name of it
  std::string peer;        // who is behind it, for people: "ipv4:10.0.0.7:41234"
  std::string token;       // of "authorization: Bearer TOKEN"
  int64_t request_bytes = 0;
  absl::Status texts;   // InvalidArgument for a text over its limit
  std::string noun;     // "run" or "comparison", if the request names one…
  std::string noun_id;  // … by this
  std::string object;   // what an audit entry says it was about
  std::string request_id;
};
// Names in `request` what Admit found to be named.
void PutFullId(const CallOrigin& origin, google::protobuf::Message& request);
CallOrigin OriginOf(const grpc::ServerContextBase& context,
                    const google::protobuf::Message& request);
// Whether the call came over the unix socket or from within this process.
bool IsFromThisMachine(const grpc::ServerContextBase& context);

// An account of this machine behind a connection.
struct LocalPeer {
  std::string account;
  bool is_owner = false;  // the daemon's own account, or root
};

class Gate {
 public:
  // Nullopt for a connection that did not come from this machine's own accounts.
  using FindPeer = std::function<std::optional<LocalPeer>(const std::string& connection)>;
  Gate(Access* access, Store* store, Clock* clock, FindPeer find_peer);
  // Is told whose connections are known. Before serving; null: all are.
  void set_door(Door* door) { door_ = door; }

  // Unauthenticated; PermissionDenied; InvalidArgument for a text over its limit; NotFound for what
  // is not there or the caller may not see; ResourceExhausted for too many calls a second, or a
  // request that is too long for the RPC. Makes origin.noun_id whole, among the ids that the caller
  // may see; an admin's stays as it is.
  absl::StatusOr<Caller> Admit(Rpc rpc, CallOrigin& origin);
  // Whether a call was admitted on this connection before.
  bool IsKnown(const CallOrigin& origin) const;
  // For streams: whether their caller is still known. Audits it if not.
  absl::Status Confirm(Rpc rpc, const CallOrigin& origin, const Caller& caller);
  // Before and after a stream of an admitted caller. ResourceExhausted for too many at a time.
  absl::Status OpenStream(const Caller& caller);
  void CloseStream(const Caller& caller);
  // Audits the outcome of an admitted call, if the permission of the RPC says so.
  void Note(Rpc rpc, const CallOrigin& origin, const Caller& caller, const absl::Status& outcome);
  // Audits a connection that was refused before its first call.
  void NoteRefusedConnection(const std::string& peer, const std::string& why);
  // Writes one audit entry for all calls of a caller that were too many in the last minute. Called
  // by the daemon's loop.
  void Tick(Instant now);

 private:
  absl::StatusOr<Caller> Identify(const CallOrigin& origin) const;
  absl::Status Check(Rpc rpc, CallOrigin& origin, Caller& caller, bool& is_too_often);
  absl::Status CheckRate(const Caller& caller);
  void CountRefusal(Rpc rpc, const CallOrigin& origin, const Caller& caller);
  // Whether the caller deleted the run by an earlier call of this request.
  bool IsRepeatedDelete(Rpc rpc, const CallOrigin& origin, const Caller& caller) const;
  absl::Status CheckObject(const Permission& permission, CallOrigin& origin,
                           const Caller& caller) const;
  // Whether to write an audit entry for the denial of an unknown caller. Denials that are not
  // written are counted in the outcome of the next entry.
  bool TakeDenial(AuditRow& row);
  void Audit(Rpc rpc, const CallOrigin& origin, const Caller& caller, const absl::Status& outcome);

  Access* const access_;
  Store* const store_;
  Clock* const clock_;
  const FindPeer find_peer_;
  Door* door_ = nullptr;

  absl::Mutex mutex_;
  std::map<std::string, AttemptLimit> rates_ ABSL_GUARDED_BY(mutex_);  // as BoundKey
  // Of denials that are written down: the rest is only counted, or a stranger could fill the disk.
  AttemptLimit denials_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> streams_ ABSL_GUARDED_BY(mutex_);  // as BoundKey
  std::map<std::string, int> streams_of_users_ ABSL_GUARDED_BY(mutex_);
  int all_streams_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t unwritten_denials_ ABSL_GUARDED_BY(mutex_) = 0;
  // Calls that were too many: each is an audit entry to be, of the first of them.
  struct Refusals {
    AuditRow row;
    int64_t count = 0;
    absl::Duration since;  // monotonic
  };
  std::map<std::string, Refusals> refusals_ ABSL_GUARDED_BY(mutex_);  // as BoundKey
};

// The runs and comparisons that a list shows; as in RunFilter::visible_to.
std::string VisibleTo(const Caller& caller);
// The request id together with the user: no user gets the answer to another user's request.
std::string OwnRequestId(const Caller& caller, const std::string& request_id);

}  // namespace powerdown
