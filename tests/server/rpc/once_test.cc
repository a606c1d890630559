// Every mutation repeats its first answer: found by reflection, so that a new one is not forgotten.
#include "server/rpc/once.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/synchronization/notification.h"
#include "common/base/compression.h"
#include "common/run/run_bundle.h"
#include "powerdown/v1/access_service.pb.h"
#include "powerdown/v1/admin_service.pb.h"
#include "powerdown/v1/comparison_service.pb.h"
#include "powerdown/v1/power_service.pb.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using Message = google::protobuf::Message;

class OnceTest : public RpcTest {
 protected:
  OnceTest() : RpcTest({.listen_address = "127.0.0.1:0", .certificate = Pinned()}) {
    EXPECT_TRUE(access_.UseRequestKey(folder_.path() + "/request.key").ok());
    EXPECT_TRUE(access_.PutUser("grace", Role::kSubmitter, clock_.Now().wall).ok());
    for (const char* role : {"root", "grace"}) {
      tokens_[role] =
          access_
              .CreateToken({"ada", Role::kAdmin, ""}, std::string(role) == "root" ? "ada" : "grace",
                           "", std::nullopt, clock_.Now().wall)
              ->token;
    }
  }
  static Certificate Pinned() {
    static const TemporaryFolder folder;
    return *EnsureCertificate(folder.path(), absl::FromUnixSeconds(1'700'000'000));
  }
  std::string RunIn(RunState state) {
    powerdown::Run run;
    run.run_id = ids_.Next(clock_.Now().wall);
    run.owner = "grace";
    run.state = state;
    run.created_at = clock_.Now().wall;
    EXPECT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
    return run.run_id;
  }
  // The status and the bytes of the answer.
  std::pair<grpc::Status, std::string> Call(const std::string& method, const Message& request) {
    clock_.Advance(absl::Milliseconds(10));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens_.at(caller_));
    const grpc::Slice slice(request.SerializeAsString());
    const grpc::ByteBuffer bytes(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status result;
    absl::Notification done;
    grpc::GenericStub stub(channel_);
    stub.UnaryCall(&context, "/powerdown.v1." + method, {}, &bytes, &response,
                   [&](grpc::Status status) {
                     result = std::move(status);
                     done.Notify();
                   });
    done.WaitForNotification();
    grpc::Slice whole;
    if (!result.ok() || !response.DumpToSingleSlice(&whole).ok()) return {result, ""};
    return {result, std::string(whole.begin(), whole.end())};
  }
  // What may change between two answers: a queued run's place, and the port in a pairing line.
  static void ForgetPlaces(Message& message) {
    const auto* reflection = message.GetReflection();
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const auto* field : fields) {
      if (field->name() == "state_reason") reflection->ClearField(&message, field);
      if (field->name() == "pairing") {
        const std::string line = reflection->GetString(message, field);
        reflection->SetString(&message, field, line.substr(line.find('/', line.find("//") + 2)));
      }
      if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) ForgetPlaces(*reflection->MutableMessage(&message, field));
      for (int i = 0; field->is_repeated() && i < reflection->FieldSize(message, field); ++i) {
        ForgetPlaces(*reflection->MutableRepeatedMessage(&message, field, i));
      }
    }
  }
  static std::string Lasting(const std::string& method, const std::string& bytes) {
    const size_t slash = method.find('/');
    const auto* type = google::protobuf::DescriptorPool::generated_pool()
                           ->FindServiceByName("powerdown.v1." + method.substr(0, slash))
                           ->FindMethodByName(method.substr(slash + 1))
                           ->output_type();
    const std::unique_ptr<Message> answer(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    EXPECT_TRUE(answer->ParseFromString(bytes)) << method;
    ForgetPlaces(*answer);
    return answer->DebugString();
  }
  // As a daemon that was killed and starts again with the same files.
  void Restart() {
    server_.reset();
    StartServer();
    channel_ = server_->InProcessChannel();
  }

  // A valid request of each mutation. Each is sent by the caller that `caller_` names.
  using Make = std::function<std::unique_ptr<Message>()>;
  template <typename Request>
  static Make With(std::function<void(Request&)> fill) {
    return [fill] {
      auto request = std::make_unique<Request>();
      fill(*request);
      return request;
    };
  }
  Make Action(RunState state) {
    return With<v1::RunActionRequest>(
        [=, this](v1::RunActionRequest& request) { request.set_run_id(RunIn(state)); });
  }
  std::map<std::string, Make> Mutations();

  TemporaryFolder folder_;
  std::map<std::string, std::string> tokens_;
  std::string caller_ = "root";
};

std::map<std::string, OnceTest::Make> OnceTest::Mutations() {
  return {
      {"RunService/SubmitRun", With<v1::SubmitRunRequest>([](auto&) {})},
      // Refused to whoever has a token; run_service_test submits over the unix socket.
      {"RunService/SubmitCommand", With<v1::SubmitCommandRequest>([](auto&) {})},
      {"RunService/PauseRun", Action(RunState::kQueued)},
      {"RunService/ResumeRun", Action(RunState::kPaused)},
      {"RunService/StopRun", Action(RunState::kPaused)},
      {"RunService/ContinueRun", Action(RunState::kStopped)},
      {"RunService/CancelRun", Action(RunState::kQueued)},
      {"RunService/DeleteRun", Action(RunState::kFinished)},
      {"RunService/UpdateRun", With<v1::UpdateRunRequest>([this](auto& request) {
         request.set_run_id(RunIn(RunState::kFinished));
         request.set_name("renamed");
         request.mutable_update_mask()->add_paths("name");
       })},
      {"RunService/ImportRuns", With<v1::ImportRunsRequest>([this](auto& request) {
         powerdown::RunBundle bundle;
         bundle.run.run_id = ids_.Next(clock_.Now().wall);
         bundle.run.state = RunState::kFinished;
         bundle.run.created_at = clock_.Now().wall;
         request.set_content(*Compress(FormatBundle(bundle)));
       })},
      {"ComparisonService/CreateComparison", With<v1::CreateComparisonRequest>([](auto&) {})},
      {"PowerService/Calibrate", With<v1::CalibrateRequest>([](auto& request) {
         request.set_device("cpu");
         request.set_forget(true);
       })},
      {"AdminService/CreateBackup", With<v1::CreateBackupRequest>([](auto&) {})},
      {"AdminService/RestoreBackup",
       With<v1::RestoreBackupRequest>([](auto& request) { request.set_backup("none.db"); })},
      {"AccessService/StartPairing",
       With<v1::StartPairingRequest>([](auto& request) { request.set_user("grace"); })},
      {"AccessService/Pair", With<v1::PairRequest>([this](auto& request) {
         request.set_code(access_.StartPairing("grace", Role::kViewer, clock_.Now().wall)->code);
       })},
      {"AccessService/PutUser", With<v1::PutUserRequest>([](auto& request) {
         request.set_name("alan");
         request.set_role("viewer");
       })},
      {"AccessService/SetUserBudget", With<v1::SetUserBudgetRequest>([](auto& request) {
         request.set_name("grace");
         request.set_period("day");
         request.set_budget("5Wh");
       })},
      {"AccessService/DeleteUser", With<v1::DeleteUserRequest>([this](auto& request) {
         EXPECT_TRUE(access_.PutUser("gone", Role::kViewer, clock_.Now().wall).ok());
         request.set_name("gone");
       })},
      {"AccessService/CreateToken",
       With<v1::CreateTokenRequest>([](auto& request) { request.set_label("desk"); })},
      {"AccessService/RevokeToken", With<v1::RevokeTokenRequest>([this](auto& request) {
         request.set_token_id(access_
                                  .CreateToken({"ada", Role::kAdmin, ""}, "grace", "", std::nullopt,
                                               clock_.Now().wall)
                                  ->row.token_id);
       })},
  };
}

TEST_F(OnceTest, EveryMutationTakesARequestId) {
  const std::map<std::string, Make> mutations = Mutations();
  for (const NamedRpc& named : kRpcs) {
    const std::optional<Permission> permission = PermissionOf(named.rpc);
    if (!permission || !permission->is_audited) continue;
    const std::string method = named.name;
    ASSERT_TRUE(mutations.contains(method)) << method << " is new: add it to Mutations()";
    const size_t slash = method.find('/');
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        "powerdown.v1." + method.substr(0, slash));
    const auto* type = service->FindMethodByName(method.substr(slash + 1))->input_type();
    EXPECT_NE(type->FindFieldByName("request_id"), nullptr) << method;
  }
}

TEST_F(OnceTest, EveryMutationRepeatsItsFirstAnswerAlsoAfterARestart) {
  // Copies of a database on disk: here it is in memory, so the outcome is the same refusal.
  const std::set<std::string> without_file = {"AdminService/CreateBackup",
                                              "AdminService/RestoreBackup"};
  for (const auto& [method, make] : Mutations()) {
    for (const char* caller : {"root", "grace"}) {
      caller_ = caller;
      const std::unique_ptr<Message> request = make();
      const auto* field = request->GetDescriptor()->FindFieldByName("request_id");
      ASSERT_NE(field, nullptr) << method;
      request->GetReflection()->SetString(request.get(), field, std::string("id-") + caller);
      const auto first = Call(method, *request);
      if (first.first.error_code() == grpc::StatusCode::PERMISSION_DENIED) continue;
      const auto again = Call(method, *request);
      Restart();
      const auto after = Call(method, *request);
      EXPECT_EQ(first.first.error_message(), again.first.error_message()) << method;
      EXPECT_EQ(first.first.error_message(), after.first.error_message()) << method;
      const std::string lasting = Lasting(method, first.second);
      EXPECT_EQ(lasting, Lasting(method, again.second)) << method << " by " << caller;
      EXPECT_EQ(lasting, Lasting(method, after.second)) << method << " by " << caller;
      EXPECT_TRUE(first.first.ok() || without_file.contains(method))
          << method << " by " << caller << ": " << first.first.error_message();
    }
  }
}

TEST_F(OnceTest, ARepeatedRequestActsOnce) {
  const auto count = [&] { return access_.ListTokens({"ada", Role::kAdmin, ""}).size(); };
  v1::CreateTokenRequest request;
  request.set_request_id("the-same");
  const size_t before = count();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Call("AccessService/CreateToken", request).first.ok());
  EXPECT_EQ(count(), before + 1);
  caller_ = "grace";
  EXPECT_TRUE(Call("AccessService/CreateToken", request).first.ok());
  EXPECT_EQ(count(), before + 2) << "another user's request is another";
}

// A user's name may be used again between a request and its repeat.
TEST_F(OnceTest, ALateRepeatChangesNothing) {
  v1::DeleteUserRequest remove;
  remove.set_name("grace");
  remove.set_request_id("gone");
  ASSERT_TRUE(Call("AccessService/DeleteUser", remove).first.ok());
  ASSERT_TRUE(access_.PutUser("grace", Role::kViewer, clock_.Now().wall).ok());
  EXPECT_TRUE(Call("AccessService/DeleteUser", remove).first.ok());
  EXPECT_TRUE(access_.GetUser("grace").ok());
}

TEST_F(OnceTest, CallsOfOneRequestTakeTurns) {
  RequestTurns turns;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        const RequestTurns::Turn turn(turns, "the-same");
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

TEST_F(OnceTest, ACallWaitsForAnEarlierOneOfItsRequestNoLongerThanItsLimit) {
  RequestTurns turns(absl::Milliseconds(1));
  {
    const RequestTurns::Turn first(turns, "the-same");
    EXPECT_TRUE(first.is_taken());
    EXPECT_FALSE(RequestTurns::Turn(turns, "the-same").is_taken());
    const auto act = [](const NewAnswer&) -> absl::StatusOr<std::string> { return "done"; };
    const auto repeat = [](const std::string& text) -> absl::StatusOr<std::string> { return text; };
    const RequestTurns::Turn other(turns, "AccessService/PutUser id");
    EXPECT_TRUE(absl::IsUnavailable(
        Once(*store_, turns, Rpc::kAccessServicePutUser, "id", act, repeat).status()));
  }
  EXPECT_TRUE(RequestTurns::Turn(turns, "the-same").is_taken());
}

}  // namespace
}  // namespace powerdown
