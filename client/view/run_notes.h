// One run in words, with its forecast, and its notes and tags to edit.
#pragma once

#include <string>

#include "client/model/explored_runs.h"
#include "client/model/intent.h"
#include "client/view/screen.h"
#include "common/base/text_limits.h"

namespace powerdown {

struct NotesState {
  std::string run_id;  // whose texts these are
  std::string saved_notes;
  std::string saved_tags;
  // As long as they may be: what did not fit would be lost by the next save.
  char notes[TextLimitOf("notes").most_bytes + 1] = "";
  // Separated by spaces.
  char tags[TextLimitOf("tags").most_items * (TextLimitOf("tags").most_bytes + 1)] = "";
};
inline constexpr float kRunNotesHeight = 150;

void DrawRunNotes(const Screen& screen, const Run& run, NotesState& state, Intents& intents);

}  // namespace powerdown
