// The fields of a run's spec as widgets, driven by the one table of common/run/run_spec.h.
#include <algorithm>
#include <cstdio>

#include "client/view/compare_view.h"
#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

// What most people change; the command line has the rest.
constexpr const char* kShown[] = {"task",         "modulus",       "model", "train_fraction",
                                  "weight_decay", "learning_rate", "seed"};

std::vector<std::string> ChoicesOf(const SpecField& field) {
  std::vector<std::string> choices(field.choices.begin(), field.choices.end());
  if (field.name == "task") {
    for (const NamedTask& task : NamedTasks()) choices.emplace_back(task.name);
  }
  return choices;
}

std::string LabelOf(const SpecField& field) {
  std::string label(field.name);
  std::replace(label.begin(), label.end(), '_', ' ');
  label[0] = static_cast<char>(label[0] - 'a' + 'A');
  return label;
}

std::string HintOf(const SpecField& field) {
  if (field.maximum <= field.minimum) return std::string(field.help);
  char range[80];
  std::snprintf(range, sizeof range, " (%g to %g)", field.minimum, field.maximum);
  return Concat(field.help, static_cast<const char*>(range));
}

bool DrawChoice(RunSpec& spec, const SpecField& field, const std::vector<std::string>& choices) {
  const std::string current = SpecFieldText(spec, field);
  bool has_changed = false;
  if (!ImGui::BeginCombo("##value", current.c_str())) return false;
  for (const std::string& choice : choices) {
    if (ImGui::Selectable(choice.c_str(), choice == current)) {
      has_changed = SetSpecField(spec, field.name, choice).ok();
    }
    if (choice == current) ImGui::SetItemDefaultFocus();
  }
  ImGui::EndCombo();
  return has_changed;
}

bool DrawEntry(RunSpec& spec, const SpecField& field) {
  char text[128];
  std::snprintf(text, sizeof text, "%s", SpecFieldText(spec, field).c_str());
  if (!ImGui::InputText("##value", text, sizeof text)) return false;
  return SetSpecField(spec, field.name, text).ok();
}

}  // namespace

bool DrawSpecFields(const Look& look, RunSpec& spec) {
  bool has_changed = false;
  const float label_width = look.Px(120);
  for (const char* name : kShown) {
    const SpecField* field = FindSpecField(name);
    if (field == nullptr) continue;
    ImGui::PushID(name);
    ImGui::AlignTextToFramePadding();
    Say(look.fonts.body, look.palette().muted, LabelOf(*field));
    Hint(look, HintOf(*field));
    ImGui::SameLine(label_width);
    ImGui::SetNextItemWidth(-1);
    const std::vector<std::string> choices = ChoicesOf(*field);
    has_changed |= choices.empty() ? DrawEntry(spec, *field) : DrawChoice(spec, *field, choices);
    Hint(look, HintOf(*field));
    ImGui::PopID();
  }
  return has_changed;
}

}  // namespace powerdown
