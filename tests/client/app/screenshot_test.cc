// What `powerdown-gui --screenshot --demo` draws, against the pictures in docs/pictures. They hold
// for one renderer and one font; elsewhere the comparison is skipped, and says so. After a change
// that is meant: POWERDOWN_UPDATE_PICTURES=1 client_app_test, and look at them.
#include "client/app/screenshot.h"

#include <gtest/gtest.h>
#include <stb/stb_image.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "client/window/offscreen.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr char kRenderer[] = "llvmpipe";
constexpr char kMesa[] = "Mesa 22.3.6";
constexpr char kFont[] = "/usr/share/fonts/opentype/inter";
constexpr char kSize[] = "1280x800";
// llvmpipe rounds edges differently with the vector width of the processor: a pixel differs where a
// channel is off by more than kChannel, and at most kShare of them may.
constexpr int kChannel = 24;
constexpr double kShare = 0.002;

using Pixels = std::unique_ptr<stbi_uc, decltype(&stbi_image_free)>;

struct Read {
  Pixels pixels{nullptr, stbi_image_free};
  int width = 0;
  int height = 0;
};

Read ReadPng(const std::string& path) {
  Read read;
  int channels = 0;
  read.pixels.reset(stbi_load(path.c_str(), &read.width, &read.height, &channels, 3));
  return read;
}

double ShareThatDiffers(const Read& one, const Read& other) {
  if (one.width != other.width || one.height != other.height) return 1;
  const int pixels = one.width * one.height;
  int different = 0;
  for (int i = 0; i < pixels; ++i) {
    int most = 0;
    for (int c = 0; c < 3; ++c) {
      most = std::max(most, std::abs(one.pixels.get()[3 * i + c] - other.pixels.get()[3 * i + c]));
    }
    different += most > kChannel;
  }
  return static_cast<double>(different) / pixels;
}

std::string Renderer() {
  ImGui::CreateContext();
  std::string problem;
  std::string renderer;
  {
    const auto offscreen = Offscreen::Open(64, 64, &problem);
    renderer = offscreen != nullptr ? offscreen->renderer() : problem;
  }
  ImGui::DestroyContext();
  return renderer;
}

struct Shot {
  const char* view;
  const char* theme;
};

class PictureTest : public ::testing::TestWithParam<Shot> {
 protected:
  // What went wrong, or nothing.
  std::string Draw(const std::string& path, const std::vector<std::string>& flags) {
    std::vector<std::string> words = {Program("powerdown-gui"), "--screenshot", path, "--demo"};
    words.insert(words.end(), flags.begin(), flags.end());
    const std::string errors = folder_.path() + "/errors";
    ChildProcess child(words, {{"TZ", "UTC"}, {"LIBGL_ALWAYS_SOFTWARE", "1"}}, errors);
    child.ReadAll();
    if (child.Wait() == 0) return "";
    std::ifstream file(errors);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
};

TEST_P(PictureTest, IsAsInTheDocumentation) {
  const std::string renderer = Renderer();
  if (renderer.find(kRenderer) == std::string::npos || renderer.find(kMesa) == std::string::npos) {
    GTEST_SKIP() << "pictures are of llvmpipe, Mesa 22.3.6; here is " << renderer;
  }
  if (!fs::exists(kFont)) GTEST_SKIP() << "pictures are in Inter: apt-get install fonts-inter";
  const auto [view, theme] = GetParam();
  const std::string name = std::string(view) + "-" + theme + ".png";
  const std::string golden = std::string(POWERDOWN_SOURCE_DIR) + "/docs/pictures/" + name;
  const bool is_update = std::getenv("POWERDOWN_UPDATE_PICTURES") != nullptr;
  const std::string drawn = is_update ? golden : folder_.path() + "/" + name;
  ASSERT_EQ(Draw(drawn, {"--view", view, "--theme", theme, "--size", kSize}), "");
  const Read wanted = ReadPng(golden);
  const Read got = ReadPng(drawn);
  ASSERT_TRUE(wanted.pixels && got.pixels) << name;
  EXPECT_LE(ShareThatDiffers(wanted, got), kShare) << name;
}

TEST_P(PictureTest, FitsASmallWindow) {
  const auto [view, theme] = GetParam();
  const std::string drawn = folder_.path() + "/small.png";
  const std::string problem = Draw(drawn, {"--view", view, "--theme", theme, "--size", "640x400"});
  if (problem.find("EGL") != std::string::npos) GTEST_SKIP() << problem;
  ASSERT_EQ(problem, "");
  EXPECT_EQ(ReadPng(drawn).width, 640);
}

INSTANTIATE_TEST_SUITE_P(
    Views, PictureTest,
    ::testing::Values(Shot{"compare", "light"}, Shot{"compare", "dark"}, Shot{"fleet", "light"},
                      Shot{"fleet", "dark"}, Shot{"live", "light"}, Shot{"live", "dark"},
                      Shot{"explore", "light"}, Shot{"explore", "dark"}, Shot{"quiz", "light"},
                      Shot{"quiz", "dark"}, Shot{"servers", "light"}, Shot{"servers", "dark"}),
    [](const auto& info) { return std::string(info.param.view) + "_" + info.param.theme; });

}  // namespace
}  // namespace powerdown
