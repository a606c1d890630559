#include "server/rpc/quiz_service.h"

#include <algorithm>
#include <memory>

#include "server/rpc/unary_call.h"

namespace powerdown {
namespace {

// Tells the slot that waits for an answer when the client goes.
class QuizCall final : public grpc::ServerUnaryReactor {
 public:
  explicit QuizCall(std::shared_ptr<AnswerSlot> slot) : slot_(std::move(slot)) {}
  void OnCancel() override { slot_->Cancel(); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<AnswerSlot> slot_;
};

absl::Duration TimeLeft(const grpc::CallbackServerContext& context, Clock& clock,
                        absl::Duration most) {
  return std::min(most, absl::FromChrono(context.deadline()) - clock.Now().wall);
}

QuizRequest ReadRequest(const v1::AskRequest& wire) {
  QuizRequest request;
  request.run_id = wire.run_id();
  request.at = wire.at();
  request.questions.assign(wire.questions().begin(), wire.questions().end());
  if (wire.count() != 0) request.count = wire.count();
  request.seed = wire.seed();
  return request;
}

}  // namespace

grpc::ServerUnaryReactor* QuizService::Ask(grpc::CallbackServerContext* context,
                                           const v1::AskRequest* request,
                                           v1::AskResponse* response) {
  auto slot = std::make_shared<AnswerSlot>();
  return AnswerOn(Rpc::kQuizServiceAsk, pools_.quizzes, pools_, new QuizCall(slot), context,
                  request, response, [this, context, slot](const v1::AskRequest& wire) {
                    QuizRequest asked = ReadRequest(wire);
                    asked.deadline = TimeLeft(*context, *parts_.clock, asked.deadline);
                    return WireOf(parts_.quiz->Ask(asked, slot));
                  });
}

grpc::ServerUnaryReactor* QuizService::GetAnswerGrid(grpc::CallbackServerContext* context,
                                                     const v1::GetAnswerGridRequest* request,
                                                     v1::AnswerGrid* response) {
  auto slot = std::make_shared<AnswerSlot>();
  return AnswerOn(Rpc::kQuizServiceGetAnswerGrid, pools_.quizzes, pools_, new QuizCall(slot),
                  context, request, response,
                  [this, context, slot](const v1::GetAnswerGridRequest& wire) {
                    GridRequest asked{wire.run_id(), wire.at()};
                    asked.deadline = TimeLeft(*context, *parts_.clock, asked.deadline);
                    return WireOf(parts_.quiz->GetGrid(asked, slot));
                  });
}

}  // namespace powerdown
