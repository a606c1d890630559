// Values into the parameters of a statement and out of its columns, in order. Times are stored as
// microseconds, quantities as their number, what is absent as NULL. SQLite stores NaN as NULL, so a
// double that is not optional reads NULL as NaN. Text is UTF-8 and times can be sent, whatever the
// file holds. For one thread; throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/named.h"
#include "common/base/text_limits.h"
#include "common/base/time_range.h"
#include "common/base/utf8.h"
#include "common/energy/units.h"

namespace powerdown {

inline constexpr absl::CivilDay kFirstDay(1970, 1, 1);  // days are counted from it

struct Bytes {
  std::string_view bytes;  // must outlive the binding of it
};

// Stands in a column of numbers for one that nobody told, where NULL is NaN. No loss and no norm is
// so.
inline constexpr double kNotTold = std::numeric_limits<double>::lowest();

class Parameters {
 public:
  explicit Parameters(SQLite::Statement& statement) : statement_(statement) {
    statement_.reset();  // it may have been executed before
  }
  Parameters& operator<<(int64_t value) {
    statement_.bind(++index_, value);
    return *this;
  }
  Parameters& operator<<(double value) {
    statement_.bind(++index_, value);
    return *this;
  }
  Parameters& operator<<(std::string_view value) {
    statement_.bind(++index_, std::string(value));
    return *this;
  }
  Parameters& operator<<(Bytes value) {
    statement_.bind(++index_, value.bytes.data(), static_cast<int>(value.bytes.size()));
    return *this;
  }
  Parameters& operator<<(absl::Time value) { return *this << int64_t{absl::ToUnixMicros(value)}; }
  Parameters& operator<<(absl::CivilDay value) { return *this << int64_t{value - kFirstDay}; }
  Parameters& operator<<(absl::Duration value) {
    return *this << int64_t{absl::ToInt64Microseconds(value)};
  }
  template <typename Enum>
  Parameters& operator<<(const Named<Enum>& value) {
    return *this << value.name();
  }
  template <typename Tag>
  Parameters& operator<<(Quantity<Tag> value) {
    return *this << value.value();
  }
  template <typename T>
  Parameters& operator<<(const std::optional<T>& value) {
    if (value.has_value()) return *this << *value;
    statement_.bind(++index_);
    return *this;
  }

 private:
  SQLite::Statement& statement_;
  int index_ = 0;
};

class Columns {
 public:
  explicit Columns(SQLite::Statement& statement) : statement_(statement) {}
  Columns& operator>>(int64_t& value) {
    value = Next().getInt64();
    return *this;
  }
  Columns& operator>>(double& value) {
    const SQLite::Column column = Next();
    value = column.isNull() ? std::numeric_limits<double>::quiet_NaN() : column.getDouble();
    return *this;
  }
  Columns& operator>>(std::string& value) {
    const SQLite::Column column = Next();
    value = column.isNull() ? std::string() : ToUtf8(column.getString());
    return *this;
  }
  Columns& operator>>(absl::Time& value) {
    value = std::clamp(absl::FromUnixMicros(Next().getInt64()), EarliestTime(), LatestTime());
    return *this;
  }
  Columns& operator>>(absl::CivilDay& value) {
    value = kFirstDay + Next().getInt64();
    return *this;
  }
  Columns& operator>>(absl::Duration& value) {
    value = absl::Microseconds(Next().getInt64());
    return *this;
  }
  template <typename Enum>
  Columns& operator>>(Named<Enum>& value) {
    std::string name;
    *this >> name;
    value = Named<Enum>::Parse(name);
    return *this;
  }
  template <typename Tag>
  Columns& operator>>(Quantity<Tag>& value) {
    double number = 0;
    *this >> number;
    value = Quantity<Tag>(number);
    return *this;
  }
  void ReadNumberOrNothing(std::optional<double>& value) {  // see kNanIsNull
    *this >> value.emplace();
    if (*value == kNotTold) value.reset();
  }
  std::string TakeBytes() {  // of a BLOB; empty if NULL
    const SQLite::Column column = Next();
    return column.isNull() ? std::string() : column.getString();
  }
  // Keeps the first problem with a value that was read: the row's other values are still good.
  void Fail(std::string_view problem) {
    if (problem_.empty()) problem_ = ShortText(problem, kMostTextBytes);
  }
  const std::string& problem() const { return problem_; }  // empty: none
  bool IsNextNull() const { return statement_.getColumn(index_).isNull(); }
  template <typename T>
  Columns& operator>>(std::optional<T>& value) {
    if (statement_.getColumn(index_).isNull()) {
      value.reset();
      ++index_;
      return *this;
    }
    return *this >> value.emplace();
  }

 private:
  SQLite::Column Next() { return statement_.getColumn(index_++); }

  SQLite::Statement& statement_;
  int index_ = 0;
  std::string problem_;
};

}  // namespace powerdown
