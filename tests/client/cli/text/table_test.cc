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

TextTable Listing() {
  TextTable table({"run", {"step", Align::kRight, 2}, {"grokked", Align::kRight, 1}, "training"});
  table.AddRow({"128", "1,450", "720", "addition mod 59 · mlp 128/256 · seed 0"});
  table.AddRow({"r12", "300", "–", "a short name"});
  return table;
}

TEST(TextTableTest, LongTextsEndInAnEllipsisWhereALineWouldWrap) {
  EXPECT_EQ(Listing().Text(Style(false, 50)),
            "run    step   grokked   training\n"
            "128   1,450       720   addition mod 59 · mlp 128…\n"
            "r12     300         –   a short name\n");
}

TEST(TextTableTest, WhatMayLeaveDoesBeforeTextsSayNothing) {
  EXPECT_EQ(Listing().Text(Style(false, 32)),
            "run   grokked   training\n"
            "128       720   addition mod 59…\n"
            "r12         –   a short name\n");
  EXPECT_EQ(Listing().Text(Style(false, 22)),
            "run   training\n"
            "128   addition mod 59…\n"
            "r12   a short name\n");
}

TEST(TextTableTest, FactsGoOnBelowInsteadOfBeingCut) {
  TextTable table({"", ""});
  table.AddRow({"energy", "7.24 mWh (4.35 mWh to 10.1 mWh)"});
  EXPECT_EQ(table.Text(Style(false, 26)),
            "energy   7.24 mWh (4.35\n"
            "         mWh to 10.1 mWh)\n");
}

}  // namespace
}  // namespace powerdown
