// The one way in which a unary call is answered: on a pool, with errors mapped, unless the client
// has already gone.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/convert.h"
#include "proto/message_text.h"
#include "server/rpc/rpc_parts.h"
#include "server/rpc/status_mapping.h"

namespace powerdown {

// ToWire for an answer that may have failed.
template <typename Value>
auto WireOf(const absl::StatusOr<Value>& value) -> absl::StatusOr<decltype(ToWire(*value))> {
  if (!value.ok()) return value.status();
  return ToWire(*value);
}

// Whether a call ends after kLongestCall. The others take as long as their work, and end with it:
// those of pools of their own, and these.
inline bool IsLimited(Rpc rpc, const WorkerPool& pool, const CallPools& pools) {
  return &pool == &pools.calls && rpc != Rpc::kAdminServiceCreateBackup &&
         rpc != Rpc::kAdminServiceRestoreBackup && rpc != Rpc::kAdminServiceDiagnose;
}

inline absl::Status TookTooLong() {
  return absl::UnavailableError(absl::StrCat(
      "the daemon has not done this within ", absl::FormatDuration(kLongestCall),
      ": its disk or a driver hangs. If the call changes something, whether it did is not known "
      "yet; the same request id is answered once it is"));
}

// The reactor's end, once, by whoever comes first; see UnaryEnd. Ends by itself if it is limited.
class CallEnd {
 public:
  CallEnd(CallPools* pools, grpc::ServerUnaryReactor* reactor, bool is_limited,
          const ErrorMetadata& identifiers)
      : pools_(*pools), end_(std::make_shared<UnaryEnd>(reactor)) {
    pools_.started_calls.fetch_add(1);
    if (!is_limited) return;
    number_ = pools_.open_calls.Add([&pools = pools_, end = end_, identifiers] {
      end->End(ToGrpcStatus(TookTooLong(), identifiers), [&] { pools.ended_calls.fetch_add(1); });
    });
  }
  template <typename Prepare>
  void End(const grpc::Status& status, Prepare prepare) const {
    if (number_ != 0) pools_.open_calls.Remove(number_);
    end_->End(status, [&] {
      prepare();
      pools_.ended_calls.fetch_add(1);
    });
  }
  void End(const grpc::Status& status) const {
    End(status, [] {});
  }
  bool IsCancelled(const grpc::ServerContextBase& context) const {
    bool is_cancelled = false;
    return !end_->WhileOpen([&] { is_cancelled = context.IsCancelled(); }) || is_cancelled;
  }

 private:
  CallPools& pools_;
  std::shared_ptr<UnaryEnd> end_;
  int64_t number_ = 0;  // 0: it is not limited
};

// `answer` maps the request, and its caller or its origin if it takes one, to a StatusOr of the
// response, once the gate has admitted the call. Request, response and context live until Finish,
// and so must the reactor. What a limited call works on is its own: it may be ended before.
template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* AnswerOn(Rpc rpc, WorkerPool& pool, CallPools& pools,
                                   grpc::ServerUnaryReactor* reactor,
                                   grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Answer answer) {
  const bool is_limited = IsLimited(rpc, pool, pools);
  const std::shared_ptr<const Request> asked =
      is_limited ? std::make_shared<const Request>(*request)
                 : std::shared_ptr<const Request>(request, [](const Request*) {});
  const ErrorMetadata identifiers = IdentifiersOf(*request);
  const CallEnd call(&pools, reactor, is_limited, identifiers);
  Gate& gate = *pools.gate;
  const CallOrigin from = OriginOf(*context, *request);
  const auto answer_to = [=, &gate, answer = std::move(answer)](const Caller& caller,
                                                                const CallOrigin& origin) {
    Request named;
    const bool is_prefix = origin.noun_id != from.noun_id;
    if (is_prefix) {
      named = *asked;
      PutFullId(origin, named);
    }
    const Request& whole = is_prefix ? named : *asked;
    absl::StatusOr<Response> result = [&]() -> absl::StatusOr<Response> {
      if constexpr (std::is_invocable_v<Answer, const Request&, const Caller&>) {
        return answer(whole, caller);
      } else if constexpr (std::is_invocable_v<Answer, const Request&, const CallOrigin&>) {
        return answer(whole, origin);
      } else {
        return answer(whole);
      }
    }();
    gate.Note(rpc, origin, caller, result.status());
    call.End(ToGrpcStatus(result.status(), identifiers), [&] {
      if (!result.ok()) return;
      *response = *std::move(result);
      MakeUtf8(*response);
    });
  };
  const auto end_as_full = [call] {
    call.End(ToGrpcStatus(
        absl::ResourceExhaustedError("too many calls are waiting on the daemon; try again later")));
  };
  // Strangers wait for each other only, until they are known.
  const bool is_known = gate.IsKnown(from);
  WorkerPool& first = is_known ? pool : pools.strangers;
  const bool is_accepted = first.TryPost([=, &gate, &pool] {
    CallOrigin origin = from;
    if (call.IsCancelled(*context)) {
      call.End(ToGrpcStatus(absl::CancelledError("the client has disconnected")));
      return;
    }
    const absl::StatusOr<Caller> caller = gate.Admit(rpc, origin);
    if (!caller.ok()) {
      call.End(ToGrpcStatus(caller.status(), identifiers));
    } else if (is_known || caller->user.empty()) {
      answer_to(*caller, origin);
    } else if (!pool.TryPost([=, caller = *caller] { answer_to(caller, origin); })) {
      end_as_full();
    }
  });
  if (!is_accepted) end_as_full();
  return reactor;
}

// The same with the context's own reactor.
template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* AnswerOn(Rpc rpc, WorkerPool& pool, CallPools& pools,
                                   grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Answer answer) {
  return AnswerOn(rpc, pool, pools, context->DefaultReactor(), context, request, response,
                  std::move(answer));
}

}  // namespace powerdown
