#include "server/rpc/rpc_server.h"

#include "powerdown/v1/health_service.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

using grpc::health::v1::HealthCheckResponse;

class RpcServerTest : public RpcTest {
 protected:
  HealthCheckResponse::ServingStatus Health() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    HealthCheckResponse response;
    const grpc::Status status =
        health_->Check(&context, grpc::health::v1::HealthCheckRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }
  v1::ServerInfo Describe() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::ServerInfo info;
    const grpc::Status status = admin_->GetServerInfo(&context, v1::GetServerInfoRequest(), &info);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return info;
  }

  std::unique_ptr<grpc::health::v1::Health::Stub> health_ =
      grpc::health::v1::Health::NewStub(channel_);
  std::unique_ptr<v1::AdminService::Stub> admin_ = v1::AdminService::NewStub(channel_);
};

TEST_F(RpcServerTest, DescribesItself) {
  Submit();
  Submit();
  const v1::ServerInfo info = Describe();
  EXPECT_EQ(info.version(), POWERDOWN_VERSION);
  EXPECT_EQ(info.pid(), getpid());
  EXPECT_EQ(info.queued_runs(), 2);
  EXPECT_EQ(info.running_runs(), 0);
  EXPECT_EQ(info.state_dir(), "/state");
}

TEST_F(RpcServerTest, HealthFollowsTheDaemon) {
  EXPECT_EQ(Health(), HealthCheckResponse::SERVING);
  server_->SetServing(false);
  EXPECT_EQ(Health(), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  EXPECT_EQ(Health(), HealthCheckResponse::SERVING);
}

TEST_F(RpcServerTest, ACallThatHangsIsAnsweredAndItsRepeatTellsWhatCameOfIt) {
  v1::SubmitRunRequest request;
  request.set_request_id("the-same");
  const auto submit = [&](v1::Run& run) {
    grpc::ClientContext context;
    return runs_->SubmitRun(&context, request, &run);
  };
  const Instant begin = clock_.Now();
  clock_.Block(true);  // as a disk would
  grpc::Status hung;
  std::thread client([&] {
    v1::Run run;
    hung = submit(run);
  });
  clock_.AwaitReaders(1);
  Instant later = begin;
  server_->Tick(later);
  later.monotonic += kLongestCall;
  server_->Tick(later);
  client.join();
  EXPECT_EQ(hung.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(hung.error_message(), HasSubstr("the same request id is answered once it is"));
  clock_.Block(false);
  v1::Run first;
  v1::Run second;
  EXPECT_TRUE(submit(first).ok());
  EXPECT_TRUE(submit(second).ok());
  EXPECT_EQ(first.run_id(), second.run_id());
  EXPECT_EQ(store_->runs().List({})->size(), 1u);
}

// gRPC has two threads of its own on a small machine: blocked handlers would freeze all of it.
TEST_F(RpcServerTest, BlockedCallsLeaveTheOthersAnswering) {
  const std::string run_id = Submit();
  store_->group().Append(run_id, {.checkpoint_id = "01c",
                                  .attempt = 1,
                                  .step = 5,
                                  .label = CheckpointLabel::kLast,
                                  .kind = CheckpointKind::kFull,
                                  .sha256 = "",
                                  .bytes = 1,
                                  .file = "x"});
  ASSERT_TRUE(store_->group().Commit().ok());
  std::vector<std::thread> clients;
  const auto quiz = v1::QuizService::NewStub(channel_);
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      grpc::ClientContext context;
      v1::AskRequest request;
      request.set_run_id(run_id);
      request.set_at("01c");
      request.add_questions("1 + 2");
      v1::AskResponse response;
      EXPECT_FALSE(quiz->Ask(&context, request, &response).ok());
    });
  }
  launcher_.AwaitHeld();

  EXPECT_EQ(Health(), HealthCheckResponse::SERVING);
  EXPECT_EQ(Describe().queued_runs(), 1);
  EXPECT_TRUE(server_->has_calls());

  launcher_.Release();
  for (std::thread& client : clients) client.join();
  EXPECT_TRUE(Becomes([&] { return !server_->has_calls(); }));
  EXPECT_GE(server_->started_calls(), 4);
}

}  // namespace
}  // namespace powerdown
