// QuizService on the wire: converts, calls Quiz on a pool of its own, converts. Thread-safe.
#pragma once

#include "powerdown/v1/quiz_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"

namespace powerdown {

class QuizService final : public v1::QuizService::CallbackService {
 public:
  QuizService(const RpcParts& parts, CallPools* pools) : parts_(parts), pools_(*pools) {}

  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, const v1::AskRequest* request,
                                v1::AskResponse* response) override;
  grpc::ServerUnaryReactor* GetAnswerGrid(grpc::CallbackServerContext* context,
                                          const v1::GetAnswerGridRequest* request,
                                          v1::AnswerGrid* response) override;

 private:
  const RpcParts parts_;
  CallPools& pools_;
};

}  // namespace powerdown
