#include "server/rpc/quiz_service.h"

#include <algorithm>

#include "server/rpc/unary_call.h"

namespace powerdown {
namespace {

QuizRequest ReadRequest(const v1::AskRequest& wire, absl::Duration time_left) {
  QuizRequest request;
  request.run_id = wire.run_id();
  request.at = wire.at();
  request.questions.assign(wire.questions().begin(), wire.questions().end());
  if (wire.count() != 0) request.count = wire.count();
  request.seed = wire.seed();
  request.deadline = std::min(request.deadline, time_left);
  return request;
}

}  // namespace

grpc::ServerUnaryReactor* QuizService::Ask(grpc::CallbackServerContext* context,
                                           const v1::AskRequest* request,
                                           v1::AskResponse* response) {
  return AnswerOn(Rpc::kQuizServiceAsk, pools_.quizzes, pools_, context, request, response,
                  [this, context](const v1::AskRequest& wire) {
                    const absl::Duration time_left =
                        absl::FromChrono(context->deadline()) - parts_.clock->Now().wall;
                    return WireOf(parts_.quiz->Ask(ReadRequest(wire, time_left)));
                  });
}

}  // namespace powerdown
