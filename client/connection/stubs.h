// The inside of a Connection: channel, stubs, and the two ways to call. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/connection/connection.h"
#include "client/connection/status_from_wire.h"
#include "client/connection/tls_probe.h"
#include "client/connection/watch_reader.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "powerdown/v1/access_service.grpc.pb.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "powerdown/v1/comparison_service.grpc.pb.h"
#include "powerdown/v1/forecast_service.grpc.pb.h"
#include "powerdown/v1/health_service.grpc.pb.h"
#include "powerdown/v1/power_service.grpc.pb.h"
#include "powerdown/v1/quiz_service.grpc.pb.h"
#include "powerdown/v1/run_service.grpc.pb.h"
#include "proto/message_text.h"

namespace powerdown {

class Connection::Stubs {
 public:
  Stubs(const Endpoint& endpoint, absl::Duration timeout);

  // A request with a text over its limit is not sent, and fails as the daemon would fail it.

  // One call with the connection's deadline, e.g. Call(*runs, &RunService::Stub::GetRun, …).
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    return ToAbsl(CallOnce(stub, method, request, response));
  }
  // As Call, for what is waited for and may be repeated: a question, or a change whose request_id
  // the daemon knows by then. Tried again when the connection was lost. A daemon that has answered
  // before is waited for, as it is likely to be starting again.
  template <typename Stub, typename Request, typename Response>
  absl::Status CallAgain(Stub& stub,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         const Request& request, Response* response) {
    const grpc::Status first = CallOnce(stub, method, request, response);
    if (first.ok() || !IsLost(first)) return ToAbsl(first);
    const absl::Time deadline = absl::Now() + timeout_;
    grpc::Status status = CallOnce(stub, method, request, response, has_answered_);
    while (has_answered_ && IsLost(status) && !IsFromDaemon(status) && absl::Now() < deadline &&
           SleepUnlessCancelled(absl::Milliseconds(100))) {
      status = CallOnce(stub, method, request, response, true);
    }
    const bool is_in_vain = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
    return ToAbsl(is_in_vain ? first : status);
  }

  // A pinned server that cannot be reached is looked at: PermissionDenied, with a warning, when it
  // shows another certificate.
  // A renewed certificate with the pinned one's key is pinned in its place.
  absl::Status ToAbsl(const grpc::Status& status) const;

  // Opens a stream and hands on its messages until it ends, `take` returns false or CancelWatches.
  template <typename Stub, typename Request, typename Response, typename Take>
  absl::Status ReadStream(Stub& stub,
                          std::unique_ptr<grpc::ClientReader<Response>> (Stub::*open)(
                              grpc::ClientContext*, const Request&),
                          const Request& request, Take take) {
    grpc::ClientContext context;
    if (!AddContext(&context)) return absl::CancelledError("the watch was cancelled");
    const std::unique_ptr<grpc::ClientReader<Response>> reader = (stub.*open)(&context, request);
    Response message;
    bool goes_on = true;
    while (goes_on && reader->Read(&message)) goes_on = take(message);
    if (!goes_on) context.TryCancel();
    const grpc::Status status = reader->Finish();
    RemoveContext(&context);
    if (!goes_on) return absl::CancelledError("the watch was cancelled");
    // These streams have no end of their own.
    if (status.ok()) return absl::UnavailableError("the daemon ended the stream");
    return ToAbsl(status);
  }

  // Watches: cancelled together, now and for good.
  bool AddWatch(WatchReader* reader);  // false: already cancelled
  void RemoveWatch(WatchReader* reader);
  bool AddContext(grpc::ClientContext* context);  // of a stream that is read with ReadStream
  void RemoveContext(grpc::ClientContext* context);
  void CancelWatches();
  bool SleepUnlessCancelled(absl::Duration duration);  // false: cancelled
  bool has_answered() const { return has_answered_; }  // a call, ever

  const Endpoint endpoint_;
  const absl::Duration timeout_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::RunService::Stub> runs_;
  const std::unique_ptr<v1::ComparisonService::Stub> comparisons_;
  const std::unique_ptr<v1::ForecastService::Stub> forecasts_;
  const std::unique_ptr<v1::PowerService::Stub> power_;
  const std::unique_ptr<v1::QuizService::Stub> quiz_;
  const std::unique_ptr<v1::AdminService::Stub> admin_;
  const std::unique_ptr<v1::AccessService::Stub> access_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> health_;

 private:
  absl::Status Repin(const ShownCertificate& shown) const;
  template <typename Stub, typename Request, typename Response>
  grpc::Status CallOnce(Stub& stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request, Response* response, bool waits_for_daemon = false) {
    if (const absl::Status checked = CheckTexts(request); !checked.ok()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, std::string(checked.message())};
    }
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
    context.set_wait_for_ready(waits_for_daemon);
    const grpc::Status status = (stub.*method)(&context, request, response);
    if (status.ok()) has_answered_ = true;
    return status;
  }

  std::atomic<bool> has_answered_ = false;
  absl::Mutex mutex_;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<WatchReader*> watches_ ABSL_GUARDED_BY(mutex_);
  std::set<grpc::ClientContext*> contexts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
