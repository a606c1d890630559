#include "client/cli/terminal/grid_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

namespace powerdown {
namespace {

using Pixel = std::array<uint8_t, 3>;

AnswerGrid SomeGrid(int64_t symbols, bool is_right, uint8_t confidence) {
  AnswerGrid grid;
  grid.symbols = symbols;
  const auto cells = static_cast<size_t>(symbols * symbols);
  grid.answers.assign(cells, 1);
  grid.expected.assign(cells, is_right ? 1 : 0);
  grid.origins.assign(cells, AnswerGrid::Origin::kHeldOut);
  grid.confidences.assign(cells, confidence);
  return grid;
}

// The colour that most pixels have, but for white.
Pixel MainColour(const Picture& picture) {
  std::map<Pixel, int> counts;
  for (size_t i = 0; i + 2 < picture.rgb.size(); i += 3) {
    ++counts[{picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2]}];
  }
  counts.erase(Pixel{255, 255, 255});
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

TEST(GridPictureTest, RightIsBlueWrongIsOrangeAndUnsureIsPale) {
  const Pixel right = MainColour(GridPicture({SomeGrid(59, true, 255)}, "t"));
  const Pixel wrong = MainColour(GridPicture({SomeGrid(59, false, 255)}, "t"));
  const Pixel unsure = MainColour(GridPicture({SomeGrid(59, true, 30)}, "t"));
  EXPECT_GT(right[2], right[0] + 100);
  EXPECT_GT(wrong[0], wrong[2] + 100);
  EXPECT_GT(unsure[0], right[0] + 100);
}

TEST(GridPictureTest, TrainingPairsHaveADotAndWhatIsNotAskedIsGrey) {
  AnswerGrid grid = SomeGrid(59, true, 255);
  const std::vector<uint8_t> without = GridPicture({grid}, "t").rgb;
  grid.origins[5] = AnswerGrid::Origin::kTrained;
  EXPECT_NE(GridPicture({grid}, "t").rgb, without);
  grid.origins.assign(grid.origins.size(), AnswerGrid::Origin::kNone);
  const Pixel grey = MainColour(GridPicture({grid}, "t"));
  EXPECT_EQ(grey[0], grey[1]);
  EXPECT_EQ(grey[1], grey[2]);
}

TEST(GridPictureTest, PanelsStandSideBySideAndAllSizesFit) {
  const Picture one = GridPicture({SomeGrid(59, true, 255)}, "t");
  const Picture two = GridPicture({SomeGrid(59, true, 255), SomeGrid(59, false, 255)}, "t");
  EXPECT_GT(two.width, one.width + 500);
  EXPECT_EQ(two.height, one.height);
  EXPECT_EQ(two.rgb.size(), static_cast<size_t>(two.width * two.height * 3));
  EXPECT_GT(GridPicture({SomeGrid(1, true, 9)}, "t").width, 0);
  EXPECT_GE(GridPicture({SomeGrid(600, true, 9)}, "t").width, 600);
}

// Whether the outermost pixels are paper: a text that reached them was cut.
bool HasFreeEdge(const Picture& picture) {
  constexpr int kEdge = 3;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const bool is_inside =
          x >= kEdge && y >= kEdge && x < picture.width - kEdge && y < picture.height - kEdge;
      const size_t at = static_cast<size_t>(y * picture.width + x) * 3;
      if (!is_inside && picture.rgb[at] != 255) return false;
    }
  }
  return true;
}

TEST(GridPictureTest, NoLabelIsCut) {
  AnswerGrid grid = SomeGrid(59, true, 255);
  grid.label = CheckpointLabel::kMemorised;
  grid.at_step = 999'999'999'999;
  grid.score = 0.9876;
  grid.trained_score = 0.9999;
  for (const int64_t symbols : {1, 5, 59, 113, 600}) {
    AnswerGrid sized = SomeGrid(symbols, false, 255);
    sized.label = grid.label;
    sized.at_step = grid.at_step;
    sized.score = grid.score;
    sized.trained_score = grid.trained_score;
    EXPECT_TRUE(HasFreeEdge(GridPicture({sized}, "t"))) << symbols;
    EXPECT_TRUE(HasFreeEdge(GridPicture({sized, sized, sized, sized}, "t"))) << symbols;
    EXPECT_TRUE(HasFreeEdge(GridPicture({sized}, std::string(200, 'W')))) << symbols;
  }
}

}  // namespace
}  // namespace powerdown
