// What calls cost whose answer is made from a long history: the first page of ListRuns, all its
// pages, WatchRuns until all runs are there, and GetSeries of one long run while another client
// pings. Prints {"first_page_ms","all_pages_ms","watch_runs_ms","runs","series_ms","again_ms",
// "worst_ping_ms","pings"}. With a command, what others wait for while it runs: the slowest ping,
// first page and change of the run. Prints {"seconds","pings","worst_ping_ms","worst_page_ms",
// "worst_change_ms"}.
// usage: history_client unix:SOCKET RUN [COMMAND]
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "powerdown/v1/run_service.grpc.pb.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPingPeriod = absl::Milliseconds(20);

void Check(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "history_client: %s\n", status.error_message().c_str());
  std::exit(1);
}

template <typename Action>
double MillisecondsOf(Action action) {
  const absl::Time begin = absl::Now();
  action();
  return absl::ToDoubleMilliseconds(absl::Now() - begin);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void Ping(v1::AdminService::Stub& admin) {
  grpc::ClientContext context;
  v1::ServerInfo info;
  Check(admin.GetServerInfo(&context, v1::GetServerInfoRequest(), &info));
}

v1::ListRunsResponse Page(v1::RunService::Stub& runs, int size, const std::string& token) {
  grpc::ClientContext context;
  v1::ListRunsRequest request;
  v1::ListRunsResponse response;
  request.set_page_size(size);
  request.set_page_token(token);
  Check(runs.ListRuns(&context, request, &response));
  return response;
}

void ReadAllPages(v1::RunService::Stub& runs) {
  std::string token;
  do {
    token = Page(runs, 1000, token).next_page_token();
  } while (!token.empty());
}

int64_t WatchAllRuns(v1::RunService::Stub& runs) {
  grpc::ClientContext context;
  const auto watch = runs.WatchRuns(&context, v1::WatchRunsRequest());
  v1::WatchRunsResponse message;
  int64_t count = 0;
  while (watch->Read(&message)) {
    count += message.runs_size();
    if (message.has_all()) break;
  }
  context.TryCancel();
  return count;
}

void ReadSeries(v1::RunService::Stub& runs, const std::string& run) {
  grpc::ClientContext context;
  v1::GetSeriesRequest request;
  v1::GetSeriesResponse response;
  request.set_run_id(run);
  Check(runs.GetSeries(&context, request, &response));
}

void Change(v1::RunService::Stub& runs, const std::string& run, int count) {
  grpc::ClientContext context;
  v1::UpdateRunRequest request;
  request.set_run_id(run);
  request.set_notes("change " + std::to_string(count));
  request.mutable_update_mask()->add_paths("notes");
  v1::Run changed;
  Check(runs.UpdateRun(&context, request, &changed));
}

int Beside(const std::string& address, const std::string& run, const std::string& command) {
  const auto runs = v1::RunService::NewStub(Connect(address));
  const auto admin = v1::AdminService::NewStub(Connect(address));
  Ping(*admin);
  Page(*runs, 50, "");
  std::atomic<bool> is_over = false;
  int code = 0;
  double milliseconds = 0;
  std::thread other([&] {
    milliseconds = MillisecondsOf([&] { code = std::system(command.c_str()); });
    is_over = true;
  });
  double ping = 0;
  double page = 0;
  double change = 0;
  int pings = 0;
  for (; !is_over; ++pings) {
    ping = std::max(ping, MillisecondsOf([&] { Ping(*admin); }));
    page = std::max(page, MillisecondsOf([&] { Page(*runs, 50, ""); }));
    change = std::max(change, MillisecondsOf([&] { Change(*runs, run, pings); }));
    absl::SleepFor(kPingPeriod);
  }
  other.join();
  std::printf(
      "{\"seconds\": %.3f, \"pings\": %d, \"worst_ping_ms\": %.1f, \"worst_page_ms\": %.1f, "
      "\"worst_change_ms\": %.1f}\n",
      milliseconds / 1000, pings, ping, page, change);
  return code == 0 ? 0 : 1;
}

int Main(const std::string& address, const std::string& run) {
  const auto runs = v1::RunService::NewStub(Connect(address));
  const auto admin = v1::AdminService::NewStub(Connect(address));
  Ping(*admin);
  const double first_page = MillisecondsOf([&] { Page(*runs, 50, ""); });
  const double all_pages = MillisecondsOf([&] { ReadAllPages(*runs); });
  int64_t count = 0;
  const double watched = MillisecondsOf([&] { count = WatchAllRuns(*runs); });
  std::atomic<bool> has_series = false;
  double worst_ping = 0;
  int pings = 0;
  std::thread pinging([&] {
    for (; !has_series; ++pings) {
      worst_ping = std::max(worst_ping, MillisecondsOf([&] { Ping(*admin); }));
      absl::SleepFor(kPingPeriod);
    }
  });
  const double series = MillisecondsOf([&] { ReadSeries(*runs, run); });
  has_series = true;
  pinging.join();
  const double again = MillisecondsOf([&] { ReadSeries(*runs, run); });
  std::printf(
      "{\"first_page_ms\": %.1f, \"all_pages_ms\": %.1f, \"watch_runs_ms\": %.1f, \"runs\": %lld, "
      "\"series_ms\": %.1f, \"again_ms\": %.1f, \"worst_ping_ms\": %.1f, \"pings\": %d}\n",
      first_page, all_pages, watched, static_cast<long long>(count), series, again, worst_ping,
      pings);
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  if (count == 4) return powerdown::Beside(arguments[1], arguments[2], arguments[3]);
  if (count != 3) return 2;
  return powerdown::Main(arguments[1], arguments[2]);
}
