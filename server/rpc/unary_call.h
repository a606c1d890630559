// The one way in which a unary call is answered: on a pool, with errors mapped, unless the client
// has already gone.
#pragma once

#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
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

// `answer` maps the request, and its caller or its origin if it takes one, to a StatusOr of the
// response, once the gate has admitted the call. Request, response and context live until Finish,
// and so must the reactor.
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
  const CallOrigin from = OriginOf(*context, *request);
  const auto answer_to = [=, &gate, answer = std::move(answer)](const Caller& caller,
                                                                const CallOrigin& origin) {
    Request named;
    const bool is_prefix = origin.noun_id != from.noun_id;
    if (is_prefix) {
      named = *request;
      PutFullId(origin, named);
    }
    const Request& whole = is_prefix ? named : *request;
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
    if (result.ok()) {
      *response = *std::move(result);
      MakeUtf8(*response);
    }
    end(ToGrpcStatus(result.status(), IdentifiersOf(*request)));
  };
  const auto end_as_full = [end] {
    end(ToGrpcStatus(
        absl::ResourceExhaustedError("too many calls are waiting on the daemon; try again later")));
  };
  // Strangers wait for each other only, until they are known.
  const bool is_known = gate.IsKnown(from);
  WorkerPool& first = is_known ? pool : pools.strangers;
  const bool is_accepted = first.TryPost([=, &gate, &pool] {
    CallOrigin origin = from;
    if (context->IsCancelled()) {
      end(ToGrpcStatus(absl::CancelledError("the client has disconnected")));
      return;
    }
    const absl::StatusOr<Caller> caller = gate.Admit(rpc, origin);
    if (!caller.ok()) {
      end(ToGrpcStatus(caller.status(), IdentifiersOf(*request)));
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
