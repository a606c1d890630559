// Rows from a type's list of fields (common/run/run_fields.h): the names of its columns, its values
// into a statement's parameters, and a row into a value, all in the order of the list. For one
// thread; throws SQLite::Exception.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/text.h"
#include "common/run/run_fields.h"
#include "common/run/run_json.h"
#include "server/store/database_connection.h"
#include "server/store/statements.h"

namespace powerdown {

// An optional object, such as a run's stop, has its fields' columns with its own name in front.
template <typename T>
inline constexpr bool kIsOptionalObject = false;
template <typename T>
inline constexpr bool kIsOptionalObject<std::optional<T>> = IsDescribed<T>;
// … but one that holds lists is one column of JSON, empty where there is none. So are texts in a
// list.
template <>
inline constexpr bool kIsOptionalObject<std::optional<CommandSpec>> = false;
template <typename T>
inline constexpr bool kIsJsonColumn =
    std::is_same_v<T, RunSpec> || std::is_same_v<T, std::optional<CommandSpec>> ||
    std::is_same_v<T, std::vector<std::string>>;

template <unsigned kWithout, typename T, typename Visit>
void ForEachStored(Visit&& visit) {
  ForEachMember<T>([&]<typename Entry>(const Entry& entry) {
    if constexpr ((Entry::kTraits & (kWithout | kNotStored)) == 0) visit(entry);
  });
}

template <typename T, unsigned kWithout = kPlain>
std::vector<std::string> ColumnsOf() {
  std::vector<std::string> columns;
  ForEachStored<kWithout, T>([&]<typename Entry>(const Entry& entry) {
    using Type = typename Entry::Type;
    std::string name(entry.stored_name);
    if constexpr (kIsOptionalObject<Type>) {
      for (const std::string& inner : ColumnsOf<typename Type::value_type>()) {
        columns.push_back(name + "_" + inner);
      }
      return;
    } else if constexpr (std::is_same_v<Type, absl::Time> ||
                         std::is_same_v<Type, std::optional<absl::Time>>) {
      if (name.ends_with("_at")) name.resize(name.size() - 3);
      name += "_unix_us";
    } else if constexpr (kIsJsonColumn<Type>) {
      name += "_json";
    } else if constexpr (std::is_same_v<Type, FeatureValues>) {
      columns.push_back("feature_schema");
    }
    columns.push_back(std::move(name));
  });
  return columns;
}

template <typename T>
const std::string& ColumnList() {
  static const auto& list = *new std::string(Join(ColumnsOf<T>(), ", "));
  return list;
}

inline std::string Placeholders(size_t count) {  // "?, ?, ?"
  return Join(std::vector<std::string_view>(count, "?"), ", ");
}

void BindFeatures(Parameters& parameters, const FeatureValues& features);
void ReadFeatures(Columns& columns, FeatureValues& features);

template <typename T, unsigned kWithout = kPlain>
void BindFields(Parameters& parameters, const T& value);

template <typename T>
void BindField(Parameters& parameters, const T& value) {
  if constexpr (kIsOptionalObject<T>) {
    if (value) return BindFields(parameters, *value);
    const size_t columns = ColumnsOf<typename T::value_type>().size();
    for (size_t i = 0; i < columns; ++i) parameters << std::optional<int64_t>();
  } else if constexpr (std::is_same_v<T, FeatureValues>) {
    BindFeatures(parameters, value);
  } else if constexpr (std::is_same_v<T, RunSpec>) {
    parameters << SpecToJson(value);
  } else if constexpr (std::is_same_v<T, std::optional<CommandSpec>>) {
    parameters << (value ? CommandToJson(*value) : "");
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    parameters << TextsToJson(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    parameters << int64_t{value};
  } else if constexpr (HasNames<T>) {
    parameters << NameOf(value);
  } else {
    parameters << value;
  }
}

template <typename T, unsigned kWithout>
void BindFields(Parameters& parameters, const T& value) {
  ForEachStored<kWithout, T>([&]<typename Entry>(const Entry& entry) {
    if constexpr ((Entry::kTraits & kNanIsNull) != 0) {
      parameters << entry.Of(value).value_or(kNotTold);
    } else {
      BindField(parameters, entry.Of(value));
    }
  });
}

template <typename T>
void ReadFields(Columns& columns, T& value);

// The column's value, or the default of `value` and a problem of the row.
template <typename T>
void KeepIfRead(Columns& columns, absl::StatusOr<T> read, T& value) {
  if (read.ok()) {
    value = *std::move(read);
  } else {
    columns.Fail(StdView(read.status().message()));
  }
}

template <typename T>
void ReadField(Columns& columns, T& value) {
  if constexpr (kIsOptionalObject<T>) {
    const bool is_known = !columns.IsNextNull();  // an object's first field is never unknown
    typename T::value_type object;
    ReadFields(columns, object);
    if (is_known) value = std::move(object);
  } else if constexpr (std::is_same_v<T, FeatureValues>) {
    ReadFeatures(columns, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    int64_t number = 0;
    columns >> number;
    value = number != 0;
  } else if constexpr (HasNames<T>) {
    std::string word;
    columns >> word;
    KeepIfRead(columns, ParseNamed<T>(word), value);
  } else if constexpr (std::is_same_v<T, RunSpec>) {
    std::string json;
    columns >> json;
    value.task = kUnknownTask;  // of a spec that cannot be read
    KeepIfRead(columns, SpecFromJson(json), value);
  } else if constexpr (kIsJsonColumn<T>) {
    std::string json;
    columns >> json;
    if (json.empty()) return;
    if constexpr (std::is_same_v<T, std::optional<CommandSpec>>) {
      KeepIfRead(columns, CommandFromJson(json), value.emplace());
    } else {
      KeepIfRead(columns, TextsFromJson(json), value);
    }
  } else {
    columns >> value;
  }
}

template <typename T>
void ReadFields(Columns& columns, T& value) {
  ForEachStored<kPlain, T>([&]<typename Entry>(const Entry& entry) {
    if constexpr ((Entry::kTraits & kNanIsNull) != 0) {
      columns.ReadNumberOrNothing(entry.Of(value));
    } else {
      ReadField(columns, entry.Of(value));
    }
  });
}

// Inserts `value`, and `besides` into columns that are not its own: the key of what it belongs to,
// or what is made from it.
template <typename T>
void InsertRow(DatabaseConnection& database, std::string_view table, const T& value,
               const std::vector<std::pair<std::string_view, std::string>>& besides = {}) {
  std::vector<std::string> columns = ColumnsOf<T>();
  for (const auto& [column, text] : besides) columns.emplace_back(column);
  Statement insert(database, Concat("INSERT INTO ", table, " (", Join(columns, ", "), ") VALUES (",
                                    Placeholders(columns.size()), ")"));
  Parameters parameters(insert);
  BindFields(parameters, value);
  for (const auto& [column, text] : besides) parameters << text;
  insert.exec();
}

// All rows of a statement whose columns are ColumnList<T>(). A value that cannot be read keeps its
// default, and `take_damage` is called with the row and what is wrong.
template <typename T, typename TakeDamage>
std::vector<T> ReadRows(SQLite::Statement& select, TakeDamage take_damage) {
  std::vector<T> rows;
  while (select.executeStep()) {
    Columns columns(select);
    ReadFields(columns, rows.emplace_back());
    if (!columns.problem().empty()) take_damage(rows.back(), columns.problem());
  }
  return rows;
}
template <typename T>
std::vector<T> ReadRows(SQLite::Statement& select) {
  return ReadRows<T>(select, [](T&, const std::string&) {});
}

}  // namespace powerdown
