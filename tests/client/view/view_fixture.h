// The whole interface without a window: an ImGui context, the shipped recording, keys and clicks.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "client/model/recording.h"
#include "client/view/shell.h"
#include "imgui.h"

namespace powerdown {

class ViewTest : public testing::Test {
 protected:
  void SetUp() override {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.DisplaySize = {1440, 900};
    io.DeltaTime = 1.0f / 60;
    io.KeyMap[ImGuiKey_Escape] = 256;  // as GLFW numbers it
    io.SetClipboardTextFn = [](void*, const char* text) { copied_ = text; };
    look_.fonts = LoadFonts(1);
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    io.Fonts->GetTexDataAsAlpha8(&pixels, &width, &height);
    ApplyLook(look_);
  }
  void TearDown() override { ImGui::DestroyContext(); }

  void LoadRecording() {
    std::ifstream file(POWERDOWN_SOURCE_DIR "/deploy/recorded/demo.jsonl");
    std::ostringstream text;
    text << file.rdbuf();
    const auto updates = ParseRecording(text.str());
    ASSERT_TRUE(updates.ok()) << updates.status();
    for (const AppUpdate& update : *updates) model_.Apply(update);
    model_.Apply(LinkChanged{Link{.state = LinkState::kRecorded}});
  }
  void Connect() {
    Link link{.state = LinkState::kConnected, .server = {"box", "unix:/tmp/box"}};
    model_.Apply(LinkChanged{link});
  }

  Intents Frame() {
    ImGui::NewFrame();
    Intents intents = DrawShell({model_, look_, now_}, state_, {});
    ImGui::Render();
    return intents;
  }
  // What a settled frame says.
  std::string Text() {
    for (int i = 0; i < 3; ++i) Frame();
    ImGui::NewFrame();
    ImGui::LogToClipboard();
    DrawShell({model_, look_, now_}, state_, {});
    ImGui::LogFinish();
    ImGui::Render();
    return copied_;
  }
  // All that is wanted in the frames that a click, or a key, needs.
  Intents Click(float x, float y) {
    ImGuiIO& io = ImGui::GetIO();
    Intents all;
    for (const bool is_down : {false, false, true, false, false}) {
      io.MousePos = {x, y};
      io.MouseDown[0] = is_down;
      for (Intent& intent : Frame()) all.push_back(std::move(intent));
    }
    return all;
  }
  Intents Press(char key) {
    ImGui::GetIO().AddInputCharacter(static_cast<unsigned char>(key));
    return Frame();
  }
  template <typename Wanted>
  static const Wanted* Find(const Intents& intents) {
    for (const Intent& intent : intents) {
      if (const Wanted* found = std::get_if<Wanted>(&intent)) return found;
    }
    return nullptr;
  }

  static inline std::string copied_;
  AppModel model_;
  Look look_;
  ShellState state_;
  absl::Time now_ = absl::FromUnixSeconds(1'795'000'000);
};

}  // namespace powerdown
