// Every reader of text and bytes that others wrote, given to libFuzzer. One program for all of
// them: fuzz --target=NAME corpus/NAME [libFuzzer's options]; tests/fuzz/run starts them.
//
// A reader may refuse. It may not crash, hang, use more memory than its bound, or take what cannot
// be written and read back: what a reader accepts is written, read again and written again, and
// both texts must be the same.
#include <unistd.h>

#include <algorithm>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/json.h"
#include "common/forecast/predictor.h"
#include "common/log/event_file.h"
#include "common/log/event_rows.h"
#include "common/log/log_text.h"
#include "common/log/run_log.h"
#include "common/platform/files.h"
#include "common/run/checkpoint_file.h"
#include "common/run/run_bundle.h"
#include "common/run/run_json.h"
#include "common/run/run_spec.h"
#include "common/run/sweep.h"
#include "common/run/worker_lines.h"
#include "common/task/expression.h"
#include "common/task/task.h"
#include "powerdown/v1/run_service.pb.h"
#include "proto/convert.h"
#include "server/config.h"

namespace powerdown {
namespace {

void Check(bool is_true, const char* what) {
  if (is_true) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

// `read` gives a StatusOr, `write` the text of its value.
template <typename Read, typename Write>
void CheckWritesWhatItReads(std::string_view input, const Read& read, const Write& write) {
  const auto value = read(input);
  if (!value.ok()) return;
  const std::string text = write(*value);
  const auto again = read(text);
  Check(again.ok(), "what was accepted is refused once it is written");
  Check(write(*again) == text, "what is written reads back as something else");
}

void FuzzJson(std::string_view input) {
  CheckWritesWhatItReads(input, ParseJson, [](const Json& json) { return JsonText(json); });
}

void FuzzExpression(std::string_view input) {
  const absl::StatusOr<Expression> expression = Expression::Parse(input);
  if (!expression.ok()) return;
  for (int64_t x = 0; x < 7; ++x) expression->Evaluate(x, 6 - x, 7);
}

void FuzzSpecJson(std::string_view input) {
  CheckWritesWhatItReads(input, SpecFromJson, [](const RunSpec& spec) {
    ValidateSpec(spec).IgnoreError();
    return SpecToJson(spec);
  });
}

void FuzzSpecToml(std::string_view input) {
  const absl::StatusOr<RunSpec> spec = SpecFromToml(input, "spec.toml");
  if (spec.ok()) FuzzSpecJson(SpecToJson(*spec));
}

void FuzzSweep(std::string_view input) {
  const auto points = ExpandSweep(RunSpec(), input);
  Check(!points.ok() || points->size() <= kMostSweepRuns, "a sweep has more runs than it may");
}

void FuzzWorkerLine(std::string_view input) {
  CheckWritesWhatItReads(input, ParseLine, FormatLine);
}

void FuzzWorkerCommand(std::string_view input) {
  CheckWritesWhatItReads(input, ParseCommand, FormatCommand);
}

void FuzzRunLog(std::string_view input) {
  const absl::StatusOr<std::string> text = PlainLogText(std::string(input), "run.csv", 1 << 24);
  if (!text.ok()) return;
  const absl::StatusOr<RunLog> log = ParseRunLog(*text, "run.csv");
  if (log.ok()) BundleOfLog(Run(), log->reports, log->energy_coverage);
}

void FuzzEvents(std::string_view input) {
  const auto rows = OpenEventRows({{"events", std::string(input)}}, "logs");
  if (rows.ok()) ReadRunLog(**rows, "logs", {}).status().IgnoreError();
  ParseEvent(input).status().IgnoreError();
}

// The first line is the expression, the rest what is printed.
void FuzzPattern(std::string_view input) {
  const size_t end = std::min(input.find('\n'), input.size());
  RunLogOptions options;
  options.pattern = input.substr(0, end);
  if (!options.pattern.empty()) {
    ParseRunLog(input.substr(end), "out.log", options).status().IgnoreError();
  }
}

void FuzzTaskTable(std::string_view input) {
  const absl::StatusOr<TaskTable> table = ParseTaskTable(input);
  if (!table.ok()) return;
  ParseQuestion(*table, "1 + 2").IgnoreError();
  ParseQuestion(*table, input.substr(0, 20)).IgnoreError();
}

void FuzzBundle(std::string_view input) {
  CheckWritesWhatItReads(
      input, [](std::string_view text) { return ReadBundles(text, "runs.jsonl"); },
      [](const std::vector<RunBundle>& bundles) {
        std::string text;
        for (const RunBundle& bundle : bundles) {
          Check(!ToWire(bundle.run).SerializeAsString().empty(), "a run that was read is not sent");
          for (const RunUpdate& update : bundle.updates) ToWire(update).SerializeAsString();
          text += FormatBundle(bundle);
        }
        return text;
      });
}

void FuzzCheckpoint(std::string_view input) {
  CheckWritesWhatItReads(input, DecodeCheckpoint, EncodeCheckpoint);
}

void FuzzPredictor(std::string_view input) {
  Predictor::FromJson(input).status().IgnoreError();
}

void FuzzConfig(std::string_view input) {
  static const std::string path =
      (std::filesystem::temp_directory_path() / ("powerdown-fuzz-" + std::to_string(getpid())))
          .string();
  Check(WriteFile(path, input).ok(), "no room for the configuration");
  ReadConfig({"--config", path}, {}).IgnoreError();
}

void FuzzSubmitRequest(std::string_view input) {
  v1::SubmitRunRequest request;
  if (!request.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
  const absl::StatusOr<RunSpec> spec = SpecOfRequest(request.spec());
  if (spec.ok()) FuzzSpecJson(SpecToJson(*spec));
}

void FuzzWireRun(std::string_view input) {
  v1::Run wire;
  if (!wire.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
  const absl::StatusOr<Run> run = FromWire(wire);
  if (run.ok()) ToWire(*run).SerializeAsString();
}

struct Target {
  const char* name;
  void (*run)(std::string_view input);
};
constexpr Target kTargets[] = {
    {"json", FuzzJson},
    {"expression", FuzzExpression},
    {"spec_json", FuzzSpecJson},
    {"spec_toml", FuzzSpecToml},
    {"sweep", FuzzSweep},
    {"worker_line", FuzzWorkerLine},
    {"worker_command", FuzzWorkerCommand},
    {"run_log", FuzzRunLog},
    {"events", FuzzEvents},
    {"pattern", FuzzPattern},
    {"task_table", FuzzTaskTable},
    {"bundle", FuzzBundle},
    {"checkpoint", FuzzCheckpoint},
    {"predictor", FuzzPredictor},
    {"config", FuzzConfig},
    {"submit_request", FuzzSubmitRequest},
    {"wire_run", FuzzWireRun},
};

const Target* chosen = nullptr;

}  // namespace
}  // namespace powerdown

// libFuzzer leaves arguments that begin with two dashes to the program.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  constexpr std::string_view kFlag = "--target=";
  for (int i = 1; i < *count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (argument.substr(0, kFlag.size()) != kFlag) continue;
    for (const powerdown::Target& target : powerdown::kTargets) {
      if (argument.substr(kFlag.size()) == target.name) powerdown::chosen = &target;
    }
  }
  if (powerdown::chosen != nullptr) return 0;
  std::fprintf(stderr, "fuzz: needs --target=NAME; NAME is one of:");
  for (const powerdown::Target& target : powerdown::kTargets) {
    std::fprintf(stderr, " %s", target.name);
  }
  std::fprintf(stderr, "\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  powerdown::chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
