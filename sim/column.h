// Columns: one named quantity per row, declared once as a constant. Files, checkpoints, messages,
// documentation and checks are loops over these declarations.
#pragma once
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/pages.h"
#include "sim/types.h"
#include "sim/units.h"

namespace throng {

enum class Role : u8 { fixed, state, decision, finding };
enum class DataType : u8 { u8_, u16_, u32_, u64_, i32_, i64_, f64_ };

template <class T>
constexpr DataType data_type() {
  if constexpr (std::is_enum_v<T>) {
    return data_type<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, u8>) {
    return DataType::u8_;
  } else if constexpr (std::is_same_v<T, u16>) {
    return DataType::u16_;
  } else if constexpr (std::is_same_v<T, u32>) {
    return DataType::u32_;
  } else if constexpr (std::is_same_v<T, u64>) {
    return DataType::u64_;
  } else if constexpr (std::is_same_v<T, i32>) {
    return DataType::i32_;
  } else if constexpr (std::is_same_v<T, i64>) {
    return DataType::i64_;
  } else {
    static_assert(std::is_same_v<T, double>,
                  "a column holds u8, u16, u32, u64, i32, i64, double or an enum of these");
    return DataType::f64_;
  }
}
std::size_t size_of(DataType type);

/// f(integral constant of a value's width in bytes), so that copies know it when compiled.
template <class F>
void with_width(std::size_t width, F&& f) {
  switch (width) {
    case 1:
      return f(std::integral_constant<std::size_t, 1>{});
    case 2:
      return f(std::integral_constant<std::size_t, 2>{});
    case 4:
      return f(std::integral_constant<std::size_t, 4>{});
    default:
      return f(std::integral_constant<std::size_t, 8>{});
  }
}

std::string_view name_of(DataType type);
/// A value by its bit pattern, as people read it.
std::string value_text(DataType type, u64 bits);

/// What all columns say of themselves.
struct ColumnInfo {
  std::string_view name;  ///< domain.snake_case
  std::string_view unit;  ///< from the closed list of units; "1" for numbers, "label" for labels
  std::string_view doc;
  Role role = Role::state;
  DataType type = DataType::u8_;
  bool indexed = false;  ///< label column: rows, counts and entries of the step are kept by label
  bool timer = false;    ///< date column: due rows are kept by date
  u64 initial = 0;       ///< bit pattern of the initial value
  std::string_view labels;  ///< comma-separated names of the values, where the column declares them
  std::string_view source = {};  ///< of what it holds, where that is taken from somewhere
};

template <class T>
constexpr u64 bits_of(T value) {
  if constexpr (std::is_same_v<T, double>) {
    return __builtin_bit_cast(u64, value);
  } else {
    return static_cast<u64>(value);
  }
}

/// Written once per run, before the first step: age, household.
template <class T>
struct Fixed {
  using Type = T;
  std::string_view name;
  Unit unit;
  std::string_view doc;
  std::string_view labels = {};
  std::string_view source = {};
  constexpr ColumnInfo info() const {
    return {.name = name,
            .unit = unit.name,
            .doc = doc,
            .role = Role::fixed,
            .type = data_type<T>(),
            .labels = labels,
            .source = source};
  }
};

/// Written by its row in `act`, read by everyone in `observe`.
template <class T>
struct State {
  using Type = T;
  std::string_view name;
  Unit unit;
  std::string_view doc;
  T initial{};
  bool indexed = false, timer = false;
  std::string_view labels = {};
  std::string_view source = {};
  constexpr ColumnInfo info() const {
    return {.name = name,
            .unit = unit.name,
            .doc = doc,
            .role = Role::state,
            .type = data_type<T>(),
            .indexed = indexed,
            .timer = timer,
            .initial = bits_of(initial),
            .labels = labels,
            .source = source};
  }
};

/// Written by its row in `decide`, read by it in `act` and by everyone in `observe`.
template <class T>
struct Decision {
  using Type = T;
  std::string_view name;
  Unit unit;
  std::string_view doc;
  T initial{};
  std::string_view labels = {};
  std::string_view source = {};
  constexpr ColumnInfo info() const {
    return {.name = name,
            .unit = unit.name,
            .doc = doc,
            .role = Role::decision,
            .type = data_type<T>(),
            .initial = bits_of(initial),
            .labels = labels,
            .source = source};
  }
};

/// What a row found when it looked around: written by it in `observe`, read by it in `decide` and
/// `act` of the same substep, and its initial value again after that. No part of the state.
template <class T>
struct Finding {
  using Type = T;
  std::string_view name;
  Unit unit;
  std::string_view doc;
  T initial{};
  constexpr ColumnInfo info() const {
    return {.name = name,
            .unit = unit.name,
            .doc = doc,
            .role = Role::finding,
            .type = data_type<T>(),
            .initial = bits_of(initial),
            .labels = {}};
  }
};

/// The content hash is a sum of cells, so that a changed cell is "old out, new in" and no order
/// matters.
struct CellHash {
  u64 for_id = 0, for_value = 0;
  u64 operator()(AgentId id, u64 value) const {
    __extension__ using u128 = unsigned __int128;
    const u128 p = static_cast<u128>(for_id ^ id) * (for_value ^ value);
    return static_cast<u64>(p) ^ static_cast<u64>(p >> 64);
  }
};

/// The values of one column on this rank, aligned for SIMD, never moved.
class ColumnStore {
 public:
  /// Address space is taken for `capacity` rows, memory for those that are there.
  ColumnStore(ColumnInfo info, u64 kind_key, Row rows, Row capacity = 0);

  const ColumnInfo& info() const { return info_; }
  Row rows() const { return rows_; }
  /// Rows come and go, up to the capacity; what a new one holds is for the caller to say.
  void resize(Row rows) { rows_ = rows; }
  /// Every row holds the initial value.
  void fill_initial();
  std::size_t bytes() const { return rows_ * size_of(info_.type); }
  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(data_), rows_};
  }
  /// See Pages::populate.
  void populate() const { pages_.populate(bytes()); }
  /// The bit pattern of one value, whatever its type.
  u64 bits(Row row) const;
  const CellHash& hash() const { return hash_; }
  /// Sum of the hashes of cells with these values, of rows with ids from `first` on, or with `ids`.
  u64 hash_of(std::span<const std::byte> values, AgentId first) const;
  u64 hash_of(std::span<const std::byte> values, std::span<const AgentId> ids) const;
  /// Of rows that hold the initial value.
  u64 hash_of_initial(std::span<const AgentId> ids) const;
  /// Puts a 1 where a row from `begin` on holds another value than the initial one.
  void mark_changed(std::size_t begin, std::span<u8> changed) const;

 private:
  ColumnInfo info_;
  CellHash hash_;
  Row rows_ = 0;
  Pages pages_;
  std::byte* data_;
};

}  // namespace throng
