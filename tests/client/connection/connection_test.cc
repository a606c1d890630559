#include "client/connection/connection.h"

#include <atomic>
#include <set>

#include "server/run/run_summaries.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct SocketFolder {
  TemporaryFolder folder;
  std::string socket = folder.path() + "/d.sock";
};

class ConnectionTest : private SocketFolder, public RpcTest {
 protected:
  ConnectionTest() : RpcTest({.socket_path = socket, .listen_address = ""}) {}

  std::unique_ptr<Connection> Open() const {
    return *Connection::Open("unix:" + socket, absl::Seconds(10));
  }
  std::unique_ptr<Connection> connection_ = Open();
};

TEST_F(ConnectionTest, SubmitsShowsListsAndCancels) {
  Connection::Submission submission;
  submission.spec.modulus = 31;
  submission.auto_stop = AutoStop::kObserve;
  submission.name = "mine";
  submission.tags = {"paper"};
  const auto run = connection_->SubmitRun(submission);
  ASSERT_TRUE(run.ok()) << run.status();
  const auto shown = connection_->GetRun(run->run_id.substr(0, 8));
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->spec, submission.spec);
  EXPECT_EQ(shown->auto_stop, AutoStop::kObserve);
  EXPECT_EQ(connection_->ListRuns({.filter = "tag = \"paper\""})->size(), 1u);
  EXPECT_EQ(connection_->Act("cancel", run->run_id)->state, RunState::kCancelled);
}

TEST_F(ConnectionTest, DeletedRunIsShownOnceMore) {
  const std::string run_id = Submit("mine");
  EndRun(run_id);
  EXPECT_EQ(connection_->Act("delete", run_id)->name, "mine");
  EXPECT_EQ(connection_->GetRun(run_id).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ConnectionTest, WatchesItsOwnRunsFirstThenRecordedOnes) {
  for (int i = 0; i < 130; ++i) {
    RunBundle bundle;
    bundle.run.run_id = ids_.Next(clock_.Now().wall);
    bundle.run.created_at = clock_.Now().wall;
    bundle.run.state = RunState::kFinished;
    ASSERT_TRUE(queue_.ImportRecorded({bundle}).ok());
  }
  const std::string own = Submit("mine");
  std::vector<powerdown::Run> seen;
  const auto status = connection_->WatchRuns(0, [&](const Connection::RunsUpdate& update) {
    seen.insert(seen.end(), update.runs.begin(), update.runs.end());
    return !update.has_all;
  });
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  ASSERT_EQ(seen.size(), 131u);
  EXPECT_EQ(seen.front().run_id, own);
  std::set<std::string> ids;
  for (const powerdown::Run& run : seen) ids.insert(run.run_id);
  EXPECT_EQ(ids.size(), 131u);
  EXPECT_EQ(seen.back().origin, "recorded");
}

TEST_F(ConnectionTest, ListsMoreThanOnePage) {
  for (int i = 0; i < 450; ++i) {
    powerdown::Run run;
    run.run_id = ids_.Next(clock_.Now().wall);
    run.created_at = clock_.Now().wall;
    ASSERT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
  }
  const auto runs = connection_->ListRuns({});
  ASSERT_TRUE(runs.ok()) << runs.status();
  std::set<std::string> ids;
  for (const powerdown::Run& run : *runs) ids.insert(run.run_id);
  EXPECT_EQ(runs->size(), 450u);
  EXPECT_EQ(ids.size(), 450u);
}

TEST_F(ConnectionTest, SummariesComeOnceTheyAreMade) {
  const std::string ended = Submit("mine");
  EndRun(ended);
  const std::string queued = Submit("yours");
  const auto before = connection_->ListRunSummaries("");
  ASSERT_EQ(before.value().size(), 2u);
  EXPECT_FALSE((*before)[1].summary.has_value());
  RunSummaries summaries(store_.get(), nullptr, "");
  ASSERT_TRUE(summaries.MakeSome().ok());
  const auto after = connection_->ListRunSummaries("");
  ASSERT_EQ(after.value().size(), 2u);
  EXPECT_EQ((*after)[0].run_id, queued);
  EXPECT_EQ((*after)[0].summary.value().reports, 0);  // as it goes on
  EXPECT_EQ((*after)[1].run_id, ended);
  EXPECT_EQ((*after)[1].summary.value().task, "addition");
  EXPECT_EQ((*after)[1].state, RunState::kFinished);
  EXPECT_TRUE(absl::IsInvalidArgument(connection_->ListRunSummaries("colour = 1").status()));
}

TEST_F(ConnectionTest, ErrorsAreTheDaemons) {
  const absl::Status unknown = connection_->GetRun("0zzz").status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("0zzz"));
  Connection::Submission submission;
  submission.spec.modulus = 1;
  const absl::Status invalid = connection_->SubmitRun(submission).status();
  EXPECT_EQ(invalid.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(invalid.message(), ValidateSpec(submission.spec).message());
  EXPECT_EQ(connection_->Act("explode", "0z").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ConnectionTest, UnreachableDaemonIsNamed) {
  const auto nobody = Connection::Open("unix:/nonexistent/d.sock", absl::Seconds(5));
  const absl::Status status = (*nobody)->GetRun("0").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(std::string(status.message()),
            "cannot reach the daemon at unix:/nonexistent/d.sock: No such file or directory");
  const absl::Status watch = (*nobody)->WatchRun(
      "0", 0, [](const RunUpdate&) { return true; }, nullptr);
  EXPECT_EQ(watch, status);
  EXPECT_EQ((*nobody)->WaitUntilServing(absl::Milliseconds(50)).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ConnectionTest, AddressesAreChecked) {
  for (const char* bad : {"", "unix:", "localhost", "localhost:", "host:0", "host:70000", ":80"}) {
    EXPECT_EQ(Connection::Open(bad, absl::Seconds(1)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
  const absl::Status unpaired = Connection::Open("localhost:7000", absl::Seconds(1)).status();
  EXPECT_EQ(unpaired.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(unpaired.message()), HasSubstr("powerdown server pair"));
}

TEST_F(ConnectionTest, WaitsUntilTheDaemonServes) {
  EXPECT_TRUE(connection_->WaitUntilServing(absl::Seconds(10)).ok());
  server_->SetServing(false);
  EXPECT_FALSE(connection_->WaitUntilServing(absl::Milliseconds(30)).ok());
  EXPECT_EQ(connection_->GetServerInfo()->pid, getpid());
}

// A watch in a thread of its own.
class BackgroundWatch {
 public:
  BackgroundWatch(Connection* connection, const std::string& run_id, int64_t start_revision = 0)
      : thread_([=, this] {
          status_ = connection->WatchRun(
              run_id, start_revision,
              [this](const RunUpdate& update) {
                revisions_.push_back(RevisionOf(update));
                ++seen_;
                return true;
              },
              [this](const std::string& state) {
                states_.push_back(state);
                ++told_;
              });
        }) {}
  size_t seen() const { return seen_; }
  size_t told() const { return told_; }  // states
  // After Join.
  absl::Status Join() {
    thread_.join();
    return status_;
  }
  const std::vector<int64_t>& revisions() const { return revisions_; }
  const std::vector<std::string>& states() const { return states_; }

 private:
  std::atomic<size_t> seen_ = 0;
  std::atomic<size_t> told_ = 0;
  std::vector<int64_t> revisions_;
  std::vector<std::string> states_;
  absl::Status status_;
  std::thread thread_;
};

TEST_F(ConnectionTest, WatchGoesOnAfterTheDaemonCameBack) {
  const std::string run_id = Submit();
  Report(run_id, 1, 10);
  BackgroundWatch watch(connection_.get(), run_id);
  ASSERT_TRUE(Becomes([&] { return watch.seen() >= 10; }));
  server_.reset();
  Report(run_id, 11, 20);
  StartServer();
  Report(run_id, 21, 30);
  EndRun(run_id);
  EXPECT_TRUE(watch.Join().ok());
  const auto updates = store_->updates().Read(run_id, 0, 1000);
  std::vector<int64_t> stored;
  for (const RunUpdate& update : *updates) stored.push_back(RevisionOf(update));
  EXPECT_EQ(watch.revisions(), stored);
  EXPECT_EQ(watch.states().front(), "connected");
  EXPECT_THAT(watch.states(), Contains(HasSubstr("reconnecting in 200ms")));
  EXPECT_EQ(watch.states().back(), "connected");
}

TEST_F(ConnectionTest, ADaemonThatHasAnsweredIsWaitedFor) {
  const std::string run_id = Submit();
  EndRun(run_id);
  ASSERT_TRUE(connection_->GetServerInfo().ok());
  server_.reset();
  BackgroundWatch watch(connection_.get(), run_id);
  bool was_lost = false;
  std::thread restart([&] {
    was_lost = Becomes([&] { return watch.told() >= 1; });
    StartServer();
  });
  EXPECT_EQ(connection_->GetRun(run_id)->run_id, run_id);
  restart.join();
  EXPECT_TRUE(was_lost);
  EXPECT_TRUE(watch.Join().ok());
}

TEST_F(ConnectionTest, AWatchGivesUpWhereItWasToldTo) {
  const std::string run_id = Submit();
  Report(run_id, 1, 3);
  connection_->GiveUpAfter(absl::Milliseconds(300));
  BackgroundWatch watch(connection_.get(), run_id);
  ASSERT_TRUE(Becomes([&] { return watch.seen() >= 3; }));
  server_.reset();
  const absl::Status ended = watch.Join();
  EXPECT_EQ(ended.code(), absl::StatusCode::kUnavailable) << ended;
  EXPECT_THAT(ended.ToString(), HasSubstr("gave up after 300ms (--give-up)"));
}

TEST_F(ConnectionTest, CancelledWatchReturnsAndStaysCancelled) {
  const std::string run_id = Submit();
  Report(run_id, 1, 3);
  BackgroundWatch watch(connection_.get(), run_id);
  ASSERT_TRUE(Becomes([&] { return watch.seen() >= 3; }));
  connection_->CancelWatches();
  EXPECT_EQ(watch.Join().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(BackgroundWatch(connection_.get(), run_id).Join().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(connection_->GetRun(run_id).ok());
}

TEST_F(ConnectionTest, WatchEndsWhenItsReaderHasEnough) {
  const std::string run_id = Submit();
  Report(run_id, 1, 100);
  int seen = 0;
  const absl::Status status = connection_->WatchRun(
      run_id, 0, [&](const RunUpdate&) { return ++seen < 5; }, nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(seen, 5);
}

TEST_F(ConnectionTest, WatchOfWhatIsNotThereIsNotRetried) {
  EXPECT_EQ(BackgroundWatch(connection_.get(), "0zzz").Join().code(), absl::StatusCode::kNotFound);
}

// Answers only at the second call, as a daemon whose first answer was lost.
class ForgetfulRuns : public v1::RunService::Service {
 public:
  grpc::Status SubmitRun(grpc::ServerContext*, const v1::SubmitRunRequest* request,
                         v1::Run* run) override {
    request_ids.push_back(request->request_id());
    *run = ToWire(powerdown::Run());
    return request_ids.size() % 2 == 1 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost")
                                       : grpc::Status::OK;
  }
  std::vector<std::string> request_ids;
};

TEST(ConnectionRetryTest, LostMutationIsRepeatedOnceUnderTheSameName) {
  const SocketFolder place;
  ForgetfulRuns runs;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + place.socket, grpc::InsecureServerCredentials());
  builder.RegisterService(&runs);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto connection = *Connection::Open("unix:" + place.socket, absl::Seconds(10));
  EXPECT_TRUE(connection->SubmitRun({}).ok());
  EXPECT_TRUE(connection->SubmitRun({}).ok());
  const std::vector<std::string>& ids = runs.request_ids;
  ASSERT_EQ(ids.size(), 4u);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[1], ids[2]);
  EXPECT_THAT(ids[0], ::testing::MatchesRegex(
                          "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  server->Shutdown();
}

}  // namespace
}  // namespace powerdown
