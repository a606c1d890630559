// Colour on terminals, and text measured as a terminal shows it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace powerdown {

// What a piece of text means; the colour follows from it.
enum class Ink { kPlain, kStrong, kFaint, kTrain, kValidation, kWaste, kGood, kBad };

class Style {
 public:
  // `width` of the terminal; 0: the text goes elsewhere, and nothing is cut.
  explicit Style(bool has_color, int width = 0) : has_color_(has_color), width_(width) {}
  std::string Paint(Ink ink, std::string_view text) const;
  bool has_color() const { return has_color_; }
  int width() const { return width_; }

 private:
  bool has_color_;
  int width_;
};

// The columns that a text takes on a terminal: colour codes take none, wide characters two.
int DisplayWidth(std::string_view text);
// The first `width` columns; the last of them is "…" if something was cut off. Keeps colour codes.
std::string FitWidth(std::string_view text, int width);
// Filled up with spaces to `width` columns.
std::string PadRight(std::string_view text, int width);
std::string PadLeft(std::string_view text, int width);
std::string Repeat(std::string_view text, int times);

}  // namespace powerdown
