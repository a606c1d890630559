#include "client/cli/output.h"

#include <gtest/gtest.h>

#include "common/base/json.h"

namespace powerdown {
namespace {

// What `print` writes to stdout in a format.
template <typename Print>
std::string Printed(OutputFormat format, const Print& print) {
  FILE* out = std::tmpfile();
  Console console(out, stderr, ColorChoice::kNever, format);
  EXPECT_TRUE(print(console).ok());
  std::string text(std::ftell(out), '\0');
  std::rewind(out);
  text.resize(std::fread(text.data(), 1, text.size(), out));
  std::fclose(out);
  return text;
}

const std::vector<Json>& Rows() {
  static const auto& rows =
      *new std::vector<Json>{{{"a_key", 1}, {"b", "x,y"}}, {{"a_key", 2}, {"b", "z"}}};
  return rows;
}

std::string ForPeople(const Style&) {
  return "text\n";
}

TEST(OutputTest, AListInEachFormat) {
  const auto print = [](Console& console) { return PrintList(console, Rows(), ForPeople); };
  EXPECT_EQ(Printed(OutputFormat::kTable, print), "text\n");
  EXPECT_EQ(Json::parse(Printed(OutputFormat::kJson, print)), Json(Rows()));
  EXPECT_EQ(Printed(OutputFormat::kJsonLines, print),
            "{\"a_key\":1,\"b\":\"x,y\"}\n{\"a_key\":2,\"b\":\"z\"}\n");
  EXPECT_EQ(Printed(OutputFormat::kCsv, print), "a_key,b\n1,\"x,y\"\n2,z\n");
}

TEST(OutputTest, AnEmptyListIsAnEmptyArray) {
  const auto print = [](Console& console) { return PrintList(console, {}, ForPeople); };
  EXPECT_EQ(Printed(OutputFormat::kJson, print), "[]\n");
  EXPECT_EQ(Printed(OutputFormat::kJsonLines, print), "");
  EXPECT_EQ(Printed(OutputFormat::kCsv, print), "");
}

TEST(OutputTest, AnObjectInEachFormat) {
  const auto print = [](Console& console) { return PrintObject(console, Rows()[1], "a line"); };
  EXPECT_EQ(Printed(OutputFormat::kTable, print), "a line\n");
  EXPECT_EQ(Json::parse(Printed(OutputFormat::kJson, print)), Rows()[1]);
  EXPECT_EQ(Printed(OutputFormat::kJsonLines, print), "{\"a_key\":2,\"b\":\"z\"}\n");
  EXPECT_EQ(Printed(OutputFormat::kCsv, print), "a_key,b\n2,z\n");
}

TEST(OutputTest, OneAloneIsNoArray) {
  const auto print = [](const std::vector<Json>& objects) {
    return [objects](Console& console) { return PrintOneOrMore(console, objects, ForPeople); };
  };
  EXPECT_TRUE(Json::parse(Printed(OutputFormat::kJson, print({Rows()[0]}))).is_object());
  EXPECT_TRUE(Json::parse(Printed(OutputFormat::kJson, print(Rows()))).is_array());
  EXPECT_TRUE(Json::parse(Printed(OutputFormat::kJson, print({}))).is_array());
}

TEST(OutputTest, CsvMayHaveRowsOfItsOwn) {
  const auto print = [](Console& console) {
    return Print(console, {.objects = {{{"list", 3}}}, .rows = Rows(), .text = ForPeople});
  };
  EXPECT_EQ(Printed(OutputFormat::kCsv, print), "a_key,b\n1,\"x,y\"\n2,z\n");
  EXPECT_EQ(Printed(OutputFormat::kJsonLines, print), "{\"list\":3}\n");
  const auto none = [](Console& console) {
    return Print(console,
                 {.objects = {{{"list", 3}}}, .rows = std::vector<Json>(), .text = ForPeople});
  };
  EXPECT_EQ(Printed(OutputFormat::kCsv, none), "");
}

TEST(OutputTest, ATableHasAColumnAKey) {
  const auto print = [](Console& console) { return PrintTable(console, Rows(), {"b", "a_key"}); };
  EXPECT_EQ(Printed(OutputFormat::kTable, print),
            "b     a key\n"
            "x,y   1\n"
            "z     2\n");
}

TEST(OutputTest, RowsThatComeOneByOne) {
  const auto print = [](Console& console) {
    RowPrinter printer(console, console.format(), {"b", "missing", "a_key"});
    absl::Status status = printer.Begin();
    for (const Json& row : Rows()) status.Update(printer.Print(row));
    status.Update(printer.End());
    return status;
  };
  EXPECT_EQ(Printed(OutputFormat::kTable, print), "");
  EXPECT_EQ(Json::parse(Printed(OutputFormat::kJson, print)), Json(Rows()));
  EXPECT_EQ(Printed(OutputFormat::kJsonLines, print),
            "{\"a_key\":1,\"b\":\"x,y\"}\n{\"a_key\":2,\"b\":\"z\"}\n");
  EXPECT_EQ(Printed(OutputFormat::kCsv, print), "b,missing,a_key\n\"x,y\",,1\nz,,2\n");
}

}  // namespace
}  // namespace powerdown
