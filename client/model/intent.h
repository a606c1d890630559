// Intents: what the user wants done, as plain values. Views return them; the application acts.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/run/run_spec.h"

namespace powerdown {

struct StartComparison {
  RunSpec spec;
  std::string schedule = "twice-median";
};
struct ActOnRun {
  std::string verb;  // pause resume stop continue cancel delete
  std::string run_id;
};
struct EditRun {
  std::string run_id;
  std::string notes;
  std::vector<std::string> tags;
};
struct FollowRun {  // its curves are wanted
  std::string run_id;
};
struct FollowComparison {
  std::string comparison_id;
};
struct AskModel {
  std::string run_id;
  std::string at;        // memorised, grokked, latest, a step
  std::string question;  // empty: draw `count` held-out ones
  int64_t count = 10;
  uint64_t seed = 0;
};
struct FetchGrid {
  std::string run_id;
  int64_t step = 0;
};
struct ConnectServer {
  std::string address;
};
struct PairServer {
  std::string pairing;  // what `powerdown server pair` printed
};
struct StartLocalServer {};
struct ShowRecorded {};
struct PlayRecording {
  std::string comparison_id;  // empty: the one that is shown
  double speed = 1;           // times as fast as it trained; one that plays goes on at this speed
};
struct StopPlaying {};
struct Disconnect {};
struct ExportCsv {
  std::string name;  // of the file, without ending
  std::string text;
};
struct ExportPicture {
  std::string name;
  float left, top, width, height;  // of the screen, in pixels
};
struct SaveReport {
  std::string run_id;
};
struct CopyText {
  std::string text;
};
struct DismissNotice {};
struct Quit {};

using Intent = std::variant<StartComparison, ActOnRun, EditRun, FollowRun, FollowComparison,
                            AskModel, FetchGrid, ConnectServer, PairServer, StartLocalServer,
                            ShowRecorded, PlayRecording, StopPlaying, Disconnect, ExportCsv,
                            ExportPicture, SaveReport, CopyText, DismissNotice, Quit>;
using Intents = std::vector<Intent>;

}  // namespace powerdown
