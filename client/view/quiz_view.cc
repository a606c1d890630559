#include "client/view/quiz_view.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "client/view/answer_grid.h"
#include "client/view/bindings.h"
#include "client/view/run_list.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr float kNarrowQuiz = 760;
constexpr float kListWidth = 240;
constexpr float kQuestionsWidth = 360;
constexpr float kFooter = 62;
constexpr int64_t kQuestions = 12;
constexpr size_t kMostColumns = 3;

struct Frame {
  int64_t step = 0;
  Named<CheckpointLabel> label;
};

// Of the newest attempt that reached the step.
std::vector<Frame> FramesOf(const Run& run) {
  std::map<int64_t, Named<CheckpointLabel>> labels;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    Named<CheckpointLabel>& label = labels[checkpoint.step];
    if (label.name().empty() || checkpoint.label == CheckpointLabel::kMemorised ||
        checkpoint.label == CheckpointLabel::kGrokked) {
      label = checkpoint.label;
    }
  }
  std::vector<Frame> frames;
  for (const auto& [step, label] : labels) frames.push_back({step, label});
  return frames;
}

std::vector<const Run*> AskableRuns(const AppModel& model) {
  std::vector<const Run*> runs;
  for (const Run* run : model.runs()) {
    const bool has_answers = model.FindQuizzes(run->run_id) || model.FindGrids(run->run_id);
    if (!run->checkpoints.empty() || has_answers) runs.push_back(run);
  }
  return runs;
}

// The checkpoint shown first: the one halfway to the grok if its answers are here, else the last.
// The run whose questions were asked already, at one of their steps.
int64_t FirstStep(const AppModel& model, const std::string& run_id) {
  const auto* grids = model.FindGrids(run_id);
  const auto* quizzes = model.FindQuizzes(run_id);
  const bool was_asked = quizzes != nullptr && !quizzes->empty();
  int64_t first = -1;
  double nearest = 1;
  if (grids == nullptr) return first;
  for (const auto& [step, grid] : *grids) {
    if (was_asked && !quizzes->contains(step)) continue;
    const double distance = std::abs(grid.score.value_or(1) - 0.5);
    if (distance >= nearest) continue;
    nearest = distance;
    first = step;
  }
  return first;
}

// Without a server, the one whose answers are here.
const Run* FirstShown(const AppModel& model, const std::vector<const Run*>& runs) {
  const auto at = std::find_if(runs.begin(), runs.end(), [&](const Run* run) {
    return model.link().state == LinkState::kConnected || model.FindGrids(run->run_id) != nullptr;
  });
  return at != runs.end() ? *at : runs.front();
}

void AskForGrid(const Screen& screen, QuizState& state, int64_t step, Intents& intents) {
  if (screen.model.link().state != LinkState::kConnected) return;
  if (state.asked_grids.emplace(state.run_id, step).second) {
    intents.push_back(FetchGrid{state.run_id, step});
  }
}

size_t ShownFrame(const std::vector<Frame>& frames, int64_t step) {
  if (step < 0) return frames.size() - 1;
  const auto at = std::find_if(frames.begin(), frames.end(),
                               [&](const Frame& frame) { return frame.step >= step; });
  return at == frames.end() ? frames.size() - 1 : static_cast<size_t>(at - frames.begin());
}

void Play(const Screen& screen, QuizState& state, const std::vector<Frame>& frames, size_t* shown) {
  if (!state.is_playing || screen.now < state.next_frame) return;
  if (*shown + 1 >= frames.size()) {
    state.is_playing = false;
    return;
  }
  state.step = frames[++*shown].step;
  state.next_frame = screen.now + kFilmFrame;
}

void DrawFilmControls(const Screen& screen, QuizState& state, const std::vector<Frame>& frames,
                      size_t shown) {
  const Look& look = screen.look;
  if (PressButton(look, state.is_playing ? "■ Halt" : "▶ Play",
                  {.kind = ButtonKind::kPrimary,
                   .hint = Concat("Play the checkpoints from memorised to grokked (",
                                  KeyOf(Command::kPlay), ").")}) ||
      IsPressed(Command::kPlay)) {
    state.is_playing = !state.is_playing;
    if (state.is_playing && shown + 1 >= frames.size()) state.step = frames.front().step;
    state.next_frame = screen.now;
  }
  ImGui::SameLine();
  int index = static_cast<int>(shown);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderInt("##checkpoint", &index, 0, static_cast<int>(frames.size()) - 1, "")) {
    state.step = frames[static_cast<size_t>(index)].step;
    state.is_playing = false;
  }
  Hint(look, Concat("Checkpoint ", shown + 1, " of ", frames.size(), ". Drag, or use the arrows."));
}

void DrawFilm(const Screen& screen, QuizState& state, const std::vector<Frame>& frames,
              size_t shown, Intents& intents) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  AskForGrid(screen, state, frames[shown].step, intents);
  for (const Frame& frame : frames) AskForGrid(screen, state, frame.step, intents);
  const auto* grids = screen.model.FindGrids(state.run_id);
  const AnswerGrid* grid = nullptr;
  if (grids != nullptr) {
    // While the grid shown has not arrived, the last one before it.
    auto at = grids->upper_bound(frames[shown].step);
    if (at != grids->begin()) grid = &std::prev(at)->second;
  }
  const std::string_view label = frames[shown].label.name();
  Say(look.fonts.title, palette.text,
      Concat("Step ", CountText(frames[shown].step), label.empty() ? "" : ", ", label));
  ImGui::SameLine();
  if (grid != nullptr && grid->score) {
    Say(look.fonts.body, palette.muted,
        Concat("held out ", PercentText(*grid->score), " right",
               grid->trained_score ? Concat(" · trained on ", PercentText(*grid->trained_score))
                                   : ""));
  } else {
    Say(look.fonts.body, palette.muted, " ");
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float height = room.y - look.Px(kFooter);
  const ImVec2 start = ImGui::GetCursorPos();
  if (grid != nullptr) {
    DrawAnswerGrid(look, *grid, {room.x, height});
  } else {
    const bool is_connected = screen.model.link().state == LinkState::kConnected;
    SayWrapped(look.fonts.body, palette.muted,
               is_connected ? "Waiting for the table of all answers. Only tasks with two "
                              "operands have one."
                            : "The table of all answers needs the run's server (6).");
  }
  ImGui::SetCursorPos({start.x, start.y + height + look.Px(spacing::kTiny)});
  DrawGridLegend(look);
  DrawFilmControls(screen, state, frames, shown);
}

void Ask(const QuizState& state, const std::vector<Frame>& frames, size_t shown,
         const std::string& question, Intents& intents) {
  std::set<int64_t> steps = {frames[shown].step};
  for (const Frame& frame : frames) {
    if (frame.label == CheckpointLabel::kMemorised || frame.label == CheckpointLabel::kGrokked)
      steps.insert(frame.step);
  }
  for (const int64_t step : steps) {
    intents.push_back(AskModel{.run_id = state.run_id,
                               .at = std::to_string(step),
                               .question = question,
                               .count = kQuestions,
                               .seed = state.seed});
  }
}

const QuizAnswer* FindAnswer(const QuizResult& quiz, const std::string& question) {
  for (const QuizAnswer& answer : quiz.questions) {
    if (answer.question == question) return &answer;
  }
  return nullptr;
}

// The first, the shown or middle one, and the last.
std::vector<const QuizResult*> ColumnsOf(const std::map<int64_t, QuizResult>& quizzes,
                                         int64_t shown) {
  std::vector<const QuizResult*> columns;
  for (const auto& [step, quiz] : quizzes) columns.push_back(&quiz);
  while (columns.size() > kMostColumns) {
    const auto spare = std::find_if(columns.begin() + 1, columns.end() - 1,
                                    [&](const auto* quiz) { return quiz->at_step != shown; });
    columns.erase(spare == columns.end() - 1 ? columns.begin() + 1 : spare);
  }
  return columns;
}

void DrawAnswers(const Look& look, const std::map<int64_t, QuizResult>& quizzes, int64_t shown) {
  const Palette& palette = look.palette();
  const std::vector<const QuizResult*> columns = ColumnsOf(quizzes, shown);
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable("answers", static_cast<int>(columns.size()) + 1, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("question", ImGuiTableColumnFlags_WidthStretch, 1.35f);
  for (size_t i = 0; i < columns.size(); ++i) {
    ImGui::TableSetupColumn("answer", ImGuiTableColumnFlags_WidthStretch, 1);
  }
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  Say(look.fonts.small, palette.muted, "question");
  for (const QuizResult* quiz : columns) {
    ImGui::TableNextColumn();
    Say(look.fonts.small, palette.muted,
        quiz->label == CheckpointLabel::kNone ? Concat("step ", CountText(quiz->at_step))
                                              : std::string(quiz->label.name()));
    Hint(look, Concat("step ", CountText(quiz->at_step)));
  }
  for (const QuizAnswer& asked : columns.back()->questions) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    Say(look.fonts.body, palette.text, Concat(asked.question, " = ", asked.expected));
    if (!asked.held_out) Hint(look, "In the training set: not counted in the score.");
    for (const QuizResult* quiz : columns) {
      ImGui::TableNextColumn();
      const QuizAnswer* answer = FindAnswer(*quiz, asked.question);
      if (answer == nullptr) {
        Say(look.fonts.body, palette.faint, "–");
        continue;
      }
      Say(look.fonts.body, answer->correct ? palette.good : palette.waste,
          Concat(answer->answer, answer->correct ? " ✓ " : " ✗ ",
                 PercentText(answer->probability, 0)));
    }
  }
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  Say(look.fonts.strong, palette.text, "held out");
  for (const QuizResult* quiz : columns) {
    ImGui::TableNextColumn();
    Say(look.fonts.strong, palette.text, quiz->score ? PercentText(*quiz->score) : "–");
  }
  ImGui::EndTable();
}

void DrawQuestions(const Screen& screen, QuizState& state, const std::vector<Frame>& frames,
                   size_t shown, Intents& intents) {
  const Look& look = screen.look;
  const Palette& palette = look.palette();
  const bool is_connected = screen.model.link().state == LinkState::kConnected;
  Say(look.fonts.title, palette.text, "Ask it");
  SayWrapped(look.fonts.small, palette.muted,
             "The same questions, asked at three checkpoints: memorised, the one shown, grokked.");
  ImGui::SetNextItemWidth(-look.Px(76));
  if (IsPressed(Command::kSearch)) ImGui::SetKeyboardFocusHere();
  const bool is_entered =
      ImGui::InputTextWithHint("##question", "17 + 44", state.question, sizeof state.question,
                               ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine();
  const bool can_ask = is_connected && state.question[0] != '\0';
  const std::string hint =
      is_connected ? "A question in the notation of the task." : "Connect to the run's server (6).";
  const bool is_pressed =
      PressButton(look, "Ask", {.hint = hint, .is_enabled = can_ask, .width = look.Px(68)});
  if (can_ask && (is_entered || is_pressed)) {
    Ask(state, frames, shown, state.question, intents);
  }
  const bool is_drawn = PressButton(
      look, "Draw held-out questions",
      {.hint = hint, .is_enabled = is_connected, .width = ImGui::GetContentRegionAvail().x});
  if (is_drawn || (is_connected && IsPressed(Command::kDraw))) {
    ++state.seed;
    Ask(state, frames, shown, "", intents);
  }
  VerticalSpace(look, spacing::kTiny);
  const auto* quizzes = screen.model.FindQuizzes(state.run_id);
  if (quizzes == nullptr || quizzes->empty()) {
    SayWrapped(look.fonts.body, palette.faint, "No question was asked yet.");
    const bool is_first = is_connected && state.asked_runs.insert(state.run_id).second;
    if (is_first) Ask(state, frames, shown, "", intents);
    return;
  }
  DrawAnswers(look, *quizzes, frames[shown].step);
}

}  // namespace

void DrawQuizView(const Screen& screen, QuizState& state, Intents& intents) {
  const Look& look = screen.look;
  const std::vector<const Run*> runs = AskableRuns(screen.model);
  if (runs.empty()) {
    return EmptyState(look, "No model to ask yet",
                      "A run answers questions from its first checkpoint on, written when it has "
                      "memorised. Start a run with Train & Compare (1).");
  }
  const Run* run = screen.model.FindRun(state.run_id);
  if (run == nullptr) run = FirstShown(screen.model, runs);
  std::string run_id = run->run_id;
  // A small window has them one below the other.
  const bool is_narrow = ImGui::GetContentRegionAvail().x < look.Px(kNarrowQuiz);
  const auto place = [&](float width, float height) {
    return is_narrow ? ImVec2(0, look.Px(height)) : ImVec2(look.Px(width), 0);
  };
  BeginCard(look, "runs", place(kListWidth, 160));
  DrawRunList(screen, runs, &run_id);
  EndCard();
  if (run_id != state.run_id) {
    state.run_id = run_id;
    state.step = FirstStep(screen.model, run_id);
    state.is_playing = false;
    run = screen.model.FindRun(run_id);
  }
  std::vector<Frame> frames = FramesOf(*run);
  if (frames.empty()) {
    for (const auto& [step, quiz] : *screen.model.FindQuizzes(run_id)) {
      frames.push_back({step, quiz.label});
    }
  }
  size_t shown = ShownFrame(frames, state.step);
  Play(screen, state, frames, &shown);
  if (!is_narrow) ImGui::SameLine(0, look.Px(spacing::kMedium));
  BeginCard(look, "film", place(-kQuestionsWidth - spacing::kMedium, 420));
  DrawFilm(screen, state, frames, shown, intents);
  EndCard();
  if (!is_narrow) ImGui::SameLine(0, look.Px(spacing::kMedium));
  BeginCard(look, "questions", place(0, 400));
  DrawQuestions(screen, state, frames, shown, intents);
  EndCard();
}

}  // namespace powerdown
