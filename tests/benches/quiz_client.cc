// Asks one question after the other over gRPC, at a given rate, and prints how long each answer
// took: a JSON array of milliseconds.
// usage: quiz_client ADDRESS RUN AT COUNT QUESTIONS_A_SECOND
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/time/clock.h"
#include "client/connection/connection.h"

namespace powerdown {
namespace {

int Main(char** arguments) {
  const absl::Time begin = absl::Now();
  auto connection = Connection::Open(arguments[1], absl::Seconds(30));
  if (!connection.ok() || !(*connection)->WaitUntilServing(absl::Seconds(10)).ok()) return 1;
  const int count = std::atoi(arguments[4]);
  const absl::Duration gap = absl::Seconds(1) / std::atof(arguments[5]);
  absl::Time next = begin;
  std::string times = "[";
  for (int i = 0; i < count; ++i) {
    absl::SleepFor(next - absl::Now());
    const absl::Time asked = absl::Now();
    next = asked + gap;
    const auto answer = (*connection)
                            ->Ask({.run_id = arguments[2],
                                   .at = arguments[3],
                                   .questions = {},
                                   .count = 1,
                                   .seed = static_cast<uint64_t>(i)});
    if (!answer.ok()) {
      std::fprintf(stderr, "quiz_client: %s\n", std::string(answer.status().message()).c_str());
      return 1;
    }
    char text[32];
    std::snprintf(text, sizeof(text), "%s%.3f", i > 0 ? ", " : "",
                  absl::ToDoubleMilliseconds(absl::Now() - asked));
    times += text;
  }
  std::printf("%s]\n", times.c_str());
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  if (count != 6) return 2;
  return powerdown::Main(arguments);
}
