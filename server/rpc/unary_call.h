// The one way in which a unary call is answered: on a pool, with errors mapped, unless the client
// has already gone.
#pragma once

#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/convert.h"
#include "server/rpc/rpc_parts.h"
#include "server/rpc/status_mapping.h"

namespace powerdown {

// ToWire for an answer that may have failed.
template <typename Value>
auto WireOf(const absl::StatusOr<Value>& value) -> absl::StatusOr<decltype(ToWire(*value))> {
  if (!value.ok()) return value.status();
  return ToWire(*value);
}

// `answer` maps the request, and its caller if it takes one, to a StatusOr of the response, once
// the gate has admitted the call. Request, response and context live until Finish, and so must the
// reactor.
template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* AnswerOn(Rpc rpc, WorkerPool& pool, CallPools& pools,
                                   grpc::ServerUnaryReactor* reactor,
                                   grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Answer answer) {
  pools.started_calls.fetch_add(1);
  auto end = [reactor, &pools](const grpc::Status& status) {
    pools.ended_calls.fetch_add(1);
    reactor->Finish(status);
  };
  Gate& gate = *pools.gate;
  const CallOrigin origin = OriginOf(*context, *request);
  const bool is_accepted = pool.TryPost([=, &gate, answer = std::move(answer)] {
    if (context->IsCancelled()) {
      end(ToGrpcStatus(absl::CancelledError("the client has disconnected")));
      return;
    }
    const absl::StatusOr<Caller> caller = gate.Admit(rpc, origin);
    if (!caller.ok()) {
      end(ToGrpcStatus(caller.status(), IdentifiersOf(*request)));
      return;
    }
    absl::StatusOr<Response> result = [&] {
      if constexpr (std::is_invocable_v<Answer, const Request&, const Caller&>) {
        return answer(*request, *caller);
      } else {
        return answer(*request);
      }
    }();
    gate.Note(rpc, origin, *caller, result.status());
    if (result.ok()) *response = *std::move(result);
    end(ToGrpcStatus(result.status(), IdentifiersOf(*request)));
  });
  if (!is_accepted) {
    end(ToGrpcStatus(
        absl::ResourceExhaustedError("too many calls are waiting on the daemon; try again later")));
  }
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
