#include "server/rpc/gate.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/platform/account.h"
#include "proto/message_text.h"

namespace powerdown {
namespace {

constexpr size_t kMostObject = 200;
constexpr size_t kMostPeer = 100;
constexpr double kMostCallsAtOnce = 2000;
constexpr absl::Duration kCallPeriod = absl::Milliseconds(1);
constexpr int kMostStreams = 1024;        // of a token; a desktop client has three or four
constexpr int kMostStreamsOfUser = 2048;  // with all tokens together
constexpr int kMostStreamsInAll = 4096;   // every commit looks at each
constexpr double kMostDenialsAtOnce = 100;
constexpr absl::Duration kDenialPeriod = absl::Seconds(1);
// Calls that are too many come by the thousand: the audit gets their number once in this time.
constexpr absl::Duration kRefusalPeriod = absl::Minutes(1);

// A daemon that is not root's can act as nobody else.
absl::Status CheckAccount(const Caller& caller) {
  if (caller.account.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat("user ", caller.user,
                     " may not run commands with a token; run it on the box itself, through the "
                     "daemon's unix socket"));
  }
  const Account own = OwnAccount();
  if (own.uid == 0 || own.name == caller.account) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the daemon runs as ", own.name, " and can run no command as ", caller.account,
                   "; start a daemon of your own, or run one as root"));
}

std::string TextField(const google::protobuf::Message& request, const std::string& name) {
  const auto* field = request.GetDescriptor()->FindFieldByName(name);
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? request.GetReflection()->GetString(request, field) : "";
}

// Calls and streams are bounded for each token, so that a script that runs wild does not lock its
// user's laptop out; for an account of this machine, which has none, all together.
const std::string& BoundKey(const Caller& caller) {
  return caller.token_id.empty() ? caller.user : caller.token_id;
}

// Without time and outcome.
AuditRow RowOf(Rpc rpc, const CallOrigin& origin, const Caller& caller) {
  AuditRow row;
  row.user = caller.user;
  row.token_id = caller.token_id;
  row.peer = ShortText(origin.peer, kMostPeer);
  row.method = NameOf(rpc);
  row.object = origin.object;
  return row;
}

}  // namespace

CallOrigin OriginOf(const grpc::ServerContextBase& context,
                    const google::protobuf::Message& request) {
  CallOrigin origin;
  origin.connection = context.peer();
  origin.peer = Door::OriginOf(origin.connection).value_or(origin.connection);
  origin.request_bytes = static_cast<int64_t>(request.ByteSizeLong());
  origin.texts = CheckTexts(request);
  const auto& metadata = context.client_metadata();
  if (const auto found = metadata.find("authorization"); found != metadata.end()) {
    absl::string_view value(found->second.data(), found->second.size());
    // Whoever brings a broken token is not taken for somebody without one.
    origin.token = std::string(absl::ConsumePrefix(&value, "Bearer ") ? value : "?");
  }
  for (const char* noun : {"run", "comparison"}) {
    std::string id = TextField(request, absl::StrCat(noun, "_id"));
    if (request.GetDescriptor()->FindFieldByName(absl::StrCat(noun, "_id")) == nullptr) continue;
    origin.noun = noun;
    origin.noun_id = std::move(id);
    break;
  }
  origin.request_id = TextField(request, "request_id");
  for (const char* name : {"run_id", "comparison_id", "name", "user", "token_id", "request_id"}) {
    if (origin.object.empty()) origin.object = ShortText(TextField(request, name), kMostObject);
  }
  return origin;
}

bool IsFromThisMachine(const grpc::ServerContextBase& context) {
  const std::string connection = context.peer();
  return !Door::OriginOf(connection).value_or("").starts_with("ip");
}

void PutFullId(const CallOrigin& origin, google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName(absl::StrCat(origin.noun, "_id"));
  if (field != nullptr) request.GetReflection()->SetString(&request, field, origin.noun_id);
}

Gate::Gate(Access* access, Store* store, Clock* clock, FindPeer find_peer)
    : access_(access),
      store_(store),
      clock_(clock),
      find_peer_(std::move(find_peer)),
      denials_(kMostDenialsAtOnce, kDenialPeriod) {}

absl::StatusOr<Caller> Gate::Identify(const CallOrigin& origin) const {
  if (!origin.token.empty()) return access_->IdentifyToken(origin.token, clock_->Now().wall);
  const std::optional<LocalPeer> peer = find_peer_ ? find_peer_(origin.connection) : std::nullopt;
  if (peer) {
    ASSIGN_OR_RETURN(Caller caller, access_->IdentifyAccount(peer->account, peer->is_owner));
    caller.account = peer->is_owner ? OwnAccount().name : peer->account;
    return caller;
  }
  return access_->IdentifyToken("", clock_->Now().wall);
}

absl::StatusOr<Caller> Gate::Admit(Rpc rpc, CallOrigin& origin) {
  Caller caller;
  bool is_too_often = false;
  const absl::Status status = Check(rpc, origin, caller, is_too_often);
  if (is_too_often) {
    CountRefusal(rpc, origin, caller);
  } else if (!status.ok() && !absl::IsNotFound(status) && !absl::IsInvalidArgument(status)) {
    Audit(rpc, origin, caller, status);
  }
  RETURN_IF_ERROR(status);
  if (door_ != nullptr && !caller.user.empty()) {
    door_->SetKnown(origin.connection,
                    caller.role == Role::kViewer ? kTableRequest : kImportRequest);
  }
  return caller;
}

absl::Status Gate::Check(Rpc rpc, CallOrigin& origin, Caller& caller, bool& is_too_often) {
  const std::optional<Permission> permission = PermissionOf(rpc);
  if (!permission) return absl::PermissionDeniedError("nobody can call this");
  if (permission->reach != Reach::kEveryone) {
    ASSIGN_OR_RETURN(caller, Identify(origin));
    const absl::Status rate = CheckRate(caller);
    is_too_often = !rate.ok();
    RETURN_IF_ERROR(rate);
  }
  if (origin.request_bytes > permission->most_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(NameOf(rpc), ": the request has ",
                                                     origin.request_bytes, " bytes; the limit is ",
                                                     permission->most_bytes));
  }
  RETURN_IF_ERROR(origin.texts);
  if (permission->reach == Reach::kEveryone) return absl::OkStatus();
  if (caller.role < permission->least) {
    return absl::PermissionDeniedError(
        absl::StrCat("user ", caller.user, " is a ", AbslView(NameOf(caller.role)), "; this needs ",
                     permission->least == Role::kAdmin ? "an admin" : "a submitter or an admin"));
  }
  if (permission->needs_account) RETURN_IF_ERROR(CheckAccount(caller));
  const absl::Status checked = CheckObject(*permission, origin, caller);
  return absl::IsNotFound(checked) && IsRepeatedDelete(rpc, origin, caller) ? absl::OkStatus()
                                                                            : checked;
}

bool Gate::IsKnown(const CallOrigin& origin) const {
  return door_ == nullptr || door_->IsKnown(origin.connection);
}

absl::Status Gate::Confirm(Rpc rpc, const CallOrigin& origin, const Caller& caller) {
  const absl::Status status = access_->Confirm(caller, clock_->Now().wall);
  if (!status.ok()) Audit(rpc, origin, caller, status);
  return status;
}

absl::Status Gate::OpenStream(const Caller& caller) {
  absl::MutexLock lock(&mutex_);
  if (all_streams_ >= kMostStreamsInAll) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the daemon has ", all_streams_, " open streams, which is the limit; close some"));
  }
  int& of_user = streams_of_users_[caller.user];
  int& streams = streams_[BoundKey(caller)];
  if (streams < kMostStreams && of_user < kMostStreamsOfUser) {
    ++streams;
    ++of_user;
    ++all_streams_;
    return absl::OkStatus();
  }
  const bool is_tokens = streams >= kMostStreams;
  const absl::Status refused = absl::ResourceExhaustedError(
      absl::StrCat("user ", caller.user, " has ", is_tokens ? streams : of_user, " open streams",
                   is_tokens ? " with this token" : "", ", which is the limit; close some"));
  if (streams == 0) streams_.erase(BoundKey(caller));
  return refused;
}

void Gate::CloseStream(const Caller& caller) {
  absl::MutexLock lock(&mutex_);
  const auto found = streams_.find(BoundKey(caller));
  --all_streams_;
  const auto of_user = streams_of_users_.find(caller.user);
  if (--of_user->second == 0) streams_of_users_.erase(of_user);
  if (--found->second == 0) streams_.erase(found);
}

absl::Status Gate::CheckRate(const Caller& caller) {
  const absl::Duration now = clock_->Now().monotonic;
  absl::MutexLock lock(&mutex_);
  const auto [rate, is_new] =
      rates_.try_emplace(BoundKey(caller), AttemptLimit(kMostCallsAtOnce, kCallPeriod));
  if (rate->second.Take(now)) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "user ", caller.user, ": too many calls with this token; the limit is 1000 calls a second"));
}

void Gate::CountRefusal(Rpc rpc, const CallOrigin& origin, const Caller& caller) {
  const absl::Duration now = clock_->Now().monotonic;
  absl::MutexLock lock(&mutex_);
  Refusals& refusals = refusals_[BoundKey(caller)];
  if (refusals.count++ > 0) return;
  refusals.since = now;
  refusals.row = RowOf(rpc, origin, caller);
}

void Gate::Tick(Instant now) {
  std::vector<AuditRow> rows;
  {
    absl::MutexLock lock(&mutex_);
    for (auto next = refusals_.begin(); next != refusals_.end();) {
      const auto entry = next++;
      Refusals& refusals = entry->second;
      if (now.monotonic - refusals.since < kRefusalPeriod) continue;
      refusals.row.time = now.wall;
      refusals.row.outcome =
          absl::StrCat(absl::StatusCodeToString(absl::StatusCode::kResourceExhausted), " (",
                       refusals.count, " calls too many in a minute)");
      rows.push_back(std::move(refusals.row));
      refusals_.erase(entry);
    }
  }
  for (AuditRow& row : rows) store_->group().Append(std::move(row));
}

bool Gate::IsRepeatedDelete(Rpc rpc, const CallOrigin& origin, const Caller& caller) const {
  if (rpc != Rpc::kRunServiceDeleteRun || origin.request_id.empty()) return false;
  const auto answer = store_->answers().Find(OwnRequestId(caller, origin.request_id), kDeleteRun);
  return answer.ok() && answer->has_value();
}

absl::Status Gate::CheckObject(const Permission& permission, CallOrigin& origin,
                               const Caller& caller) const {
  const bool names_one = permission.reach == Reach::kRead || permission.reach == Reach::kWrite;
  // An admin's "last" is the admin's own too.
  const bool is_free = caller.role == Role::kAdmin && origin.noun_id != "last";
  if (!names_one || is_free) return absl::OkStatus();
  if (origin.noun.empty())
    return absl::PermissionDeniedError("the request names no run or comparison");
  ASSIGN_OR_RETURN(const Ownership object,
                   origin.noun == "run"
                       ? store_->runs().FindOwnership(origin.noun_id, caller.user)
                       : store_->comparisons().FindOwnership(origin.noun_id, caller.user));
  // What the call acts on: the prefix may also be that of a run that the caller may not see.
  origin.noun_id = object.id;
  if (object.owner == caller.user || caller.role == Role::kAdmin ||
      permission.reach == Reach::kRead)
    return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(origin.noun, " ", origin.noun_id, " belongs to ",
                                                  object.owner, "; only ", object.owner,
                                                  " or an admin can do this"));
}

void Gate::Note(Rpc rpc, const CallOrigin& origin, const Caller& caller,
                const absl::Status& outcome) {
  const std::optional<Permission> permission = PermissionOf(rpc);
  if (permission && permission->is_audited) Audit(rpc, origin, caller, outcome);
}

void Gate::NoteRefusedConnection(const std::string& peer, const std::string& why) {
  AuditRow row;
  row.outcome = absl::StatusCodeToString(absl::StatusCode::kUnauthenticated);
  if (!TakeDenial(row)) return;
  row.time = clock_->Now().wall;
  row.peer = ShortText(peer, kMostPeer);
  row.method = "connection";
  row.object = why;
  store_->group().Append(std::move(row));
}

bool Gate::TakeDenial(AuditRow& row) {
  const absl::Duration now = clock_->Now().monotonic;
  absl::MutexLock lock(&mutex_);
  if (!denials_.Take(now)) {
    ++unwritten_denials_;
    return false;
  }
  const int64_t before = std::exchange(unwritten_denials_, 0);
  if (before > 0) absl::StrAppend(&row.outcome, " (and ", before, " more before it)");
  return true;
}

void Gate::Audit(Rpc rpc, const CallOrigin& origin, const Caller& caller,
                 const absl::Status& outcome) {
  AuditRow row = RowOf(rpc, origin, caller);
  row.outcome = absl::StatusCodeToString(outcome.code());
  if (caller.user.empty() && !outcome.ok() && !TakeDenial(row)) return;
  row.time = clock_->Now().wall;
  store_->group().Append(std::move(row));
}

std::string VisibleTo(const Caller& caller) {
  return caller.role == Role::kAdmin ? "" : caller.user;
}

std::string OwnRequestId(const Caller& caller, const std::string& request_id) {
  return request_id.empty() ? "" : absl::StrCat(caller.user, "/", request_id);
}

}  // namespace powerdown
