#include "client/connection/stubs.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/connection/profiles.h"
#include "client/connection/tls_probe.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "proto/connection_limits.h"

namespace powerdown {
namespace {

// The certificate is pinned, so the host name is not checked: all daemons' certificates have this.
constexpr char kCertificateName[] = "powerdown";
constexpr absl::Duration kProbeTimeout = absl::Seconds(3);

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Endpoint& endpoint) {
  if (endpoint.certificate_pem.empty()) return grpc::InsecureChannelCredentials();
  auto tls = grpc::SslCredentials({.pem_root_certs = endpoint.certificate_pem});
  if (endpoint.token.empty()) return tls;
  return grpc::CompositeChannelCredentials(tls, grpc::AccessTokenCredentials(endpoint.token));
}

std::shared_ptr<grpc::Channel> MakeChannel(const Endpoint& endpoint) {
  grpc::ChannelArguments arguments;
  // gRPC's own pauses of up to two minutes are not for a daemon that is being started.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Also how long one attempt may take: a busy box needs a while for the handshake.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  SetKeepalive([&](const char* name, int value) { arguments.SetInt(name, value); });
  // A daemon on loopback or behind ssh is never reached through a proxy.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Connections of one process to one address are apart, as if they were programs of their own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kMostMessageBytes);
  if (!endpoint.certificate_pem.empty()) arguments.SetSslTargetNameOverride(kCertificateName);
  return grpc::CreateCustomChannel(endpoint.address, CredentialsOf(endpoint), arguments);
}

}  // namespace

Connection::Stubs::Stubs(const Endpoint& endpoint, absl::Duration timeout)
    : endpoint_(endpoint),
      timeout_(timeout),
      channel_(MakeChannel(endpoint)),
      runs_(v1::RunService::NewStub(channel_)),
      comparisons_(v1::ComparisonService::NewStub(channel_)),
      forecasts_(v1::ForecastService::NewStub(channel_)),
      power_(v1::PowerService::NewStub(channel_)),
      quiz_(v1::QuizService::NewStub(channel_)),
      admin_(v1::AdminService::NewStub(channel_)),
      access_(v1::AccessService::NewStub(channel_)),
      health_(grpc::health::v1::Health::NewStub(channel_)) {}

absl::Status Connection::Stubs::ToAbsl(const grpc::Status& status) const {
  absl::Status told = StatusFromWire(status, endpoint_.address, timeout_);
  if (endpoint_.fingerprint.empty() || IsFromDaemon(status) || !absl::IsUnavailable(told)) {
    return told;
  }
  const absl::StatusOr<ShownCertificate> shown = FetchCertificate(endpoint_.address, kProbeTimeout);
  if (!shown.ok()) return told;
  if (shown->fingerprint == endpoint_.fingerprint) {
    const absl::Status dates = CheckDates(*shown, endpoint_.address, absl::Now());
    return dates.ok() ? told : dates;
  }
  if (shown->key_fingerprint == KeyFingerprintOf(endpoint_.certificate_pem)) return Repin(*shown);
  return absl::PermissionDeniedError(
      absl::StrCat("WARNING: the certificate of ", endpoint_.address, " has changed from ",
                   endpoint_.fingerprint, " to ", shown->fingerprint,
                   ": someone may be intercepting the connection, or the daemon was reinstalled. "
                   "Nothing was sent. "
                   "If you know why, pair again: `powerdown server pair` on the box, `powerdown "
                   "server add` here"));
}

// The same key in a new certificate, as after the dates of the old one turned out to be wrong.
absl::Status Connection::Stubs::Repin(const ShownCertificate& shown) const {
  const absl::StatusOr<std::string> folder = ConfigFolder();
  absl::Status saved = folder.status();
  if (saved.ok() && !endpoint_.profile.empty()) {
    absl::StatusOr<Profile> profile = FindProfile(*folder, endpoint_.profile);
    saved = profile.status();
    if (saved.ok()) {
      profile->endpoint.fingerprint = shown.fingerprint;
      profile->endpoint.certificate_pem = shown.pem;
      saved = SaveProfile(*folder, *profile);
    }
  }
  if (!saved.ok()) return saved;
  return absl::UnavailableError(absl::StrCat("the daemon at ", endpoint_.address,
                                             " has renewed its certificate with the same key; the "
                                             "new one is pinned now: try again"));
}

bool Connection::Stubs::AddWatch(WatchReader* reader) {
  absl::MutexLock lock(&mutex_);
  if (!is_cancelled_) watches_.insert(reader);
  return !is_cancelled_;
}

void Connection::Stubs::RemoveWatch(WatchReader* reader) {
  absl::MutexLock lock(&mutex_);
  watches_.erase(reader);
}

bool Connection::Stubs::AddContext(grpc::ClientContext* context) {
  absl::MutexLock lock(&mutex_);
  if (!is_cancelled_) contexts_.insert(context);
  return !is_cancelled_;
}

void Connection::Stubs::RemoveContext(grpc::ClientContext* context) {
  absl::MutexLock lock(&mutex_);
  contexts_.erase(context);
}

void Connection::Stubs::CancelWatches() {
  absl::MutexLock lock(&mutex_);
  is_cancelled_ = true;
  for (WatchReader* reader : watches_) reader->Cancel();
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
}

bool Connection::Stubs::SleepUnlessCancelled(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&is_cancelled_), duration);
}

}  // namespace powerdown
