#include "client/report/html.h"

#include <gmock/gmock.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HtmlTest, TextCannotBecomeMarkup) {
  EXPECT_EQ(Escaped("<script>\"a\" & b</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; b&lt;/script&gt;");
  EXPECT_EQ(Escaped("a\x1b[2Jb"), "a?[2Jb");
}

TEST(HtmlTest, APageNeedsNothingFromElsewhereAndFollowsLightAndDark) {
  const std::string page = HtmlPage("a <b>", "<p>text</p>");
  EXPECT_THAT(page, HasSubstr("<title>a &lt;b&gt;</title>"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  for (const char* outside : {"http:", "https:", "<script", "src=", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  }
}

TEST(HtmlTest, CoordinatesAreShortAndNeverNan) {
  EXPECT_EQ(Coordinate(12.0), "12");
  EXPECT_EQ(Coordinate(12.34), "12.3");
  EXPECT_EQ(Coordinate(-0.01), "0");
  EXPECT_EQ(Coordinate(0.0 / 0.0), "0");
}

}  // namespace
}  // namespace powerdown
