#include "client/connection/stubs.h"

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace powerdown {
namespace {

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  // gRPC's own pauses of up to two minutes are not for a daemon that is being started.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // In agreement with the server's (daemon.md c2).
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A daemon on loopback or behind ssh is never reached through a proxy.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Connections of one process to one address are apart, as if they were programs of their own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

Connection::Stubs::Stubs(const std::string& address, absl::Duration timeout)
    : address_(address),
      timeout_(timeout),
      channel_(MakeChannel(address)),
      runs_(v1::RunService::NewStub(channel_)),
      comparisons_(v1::ComparisonService::NewStub(channel_)),
      power_(v1::PowerService::NewStub(channel_)),
      quiz_(v1::QuizService::NewStub(channel_)),
      admin_(v1::AdminService::NewStub(channel_)),
      health_(grpc::health::v1::Health::NewStub(channel_)) {}

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
