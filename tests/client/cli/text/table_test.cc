#include "client/cli/text/table.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(TextTableTest, AlignsByWhatIsSeen) {
  TextTable table;
  table.AddColumn("name");
  table.AddColumn("energy", Align::kRight);
  table.AddRow({"\x1b[32ma\x1b[0m", "1 µWh"});
  table.AddRow({"long name", "12.3 mWh"});
  EXPECT_EQ(table.Text(Style(false)),
            "name          energy\n"
            "\x1b[32ma\x1b[0m              1 µWh\n"
            "long name   12.3 mWh\n");
}

TEST(TextTableTest, WithoutTitlesThereIsNoHeaderAndMissingCellsAreEmpty) {
  TextTable table;
  table.AddColumn("");
  table.AddColumn("");
  table.AddRow({"only"});
  EXPECT_EQ(table.Text(Style(false), 2), "  only\n");
}

}  // namespace
}  // namespace powerdown
