#include "sim/column.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/chance.h"
#include "sim/parallel.h"

namespace throng {

std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::u8_:
      return 1;
    case DataType::u16_:
      return 2;
    case DataType::u32_:
    case DataType::i32_:
      return 4;
    default:
      return 8;
  }
}

std::string_view name_of(DataType type) {
  constexpr std::string_view names[] = {"uint8", "uint16", "uint32", "uint64",
                                        "int32", "int64",  "float64"};
  return names[static_cast<int>(type)];
}

std::string value_text(DataType type, u64 bits) {
  std::array<char, 32> text;
  const auto written = [&](auto value) {
    return std::string(text.data(),
                       std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  };
  switch (type) {
    case DataType::f64_:
      return written(__builtin_bit_cast(double, bits));
    case DataType::i32_:
      return written(static_cast<i32>(bits));
    case DataType::i64_:
      return written(static_cast<i64>(bits));
    default:
      return written(bits);
  }
}

ColumnStore::ColumnStore(ColumnInfo info, u64 kind_key, Row rows, Row capacity)
    : info_(info),
      rows_(rows),
      pages_(std::max(rows, capacity) * size_of(info.type)),
      data_(pages_.data()) {
  u64 name_key = 1469598103934665603ull;
  for (const char c : info.name) {
    name_key = (name_key ^ static_cast<u8>(c)) * 1099511628211ull;
  }
  // High bits set: neither factor of the product is ever small.
  hash_.for_id = mix(name_key + kind_key) | 1ull << 63;
  hash_.for_value = mix(hash_.for_id) | 1ull << 63;
  if (info.initial != 0) {
    fill_initial();  // pages come as zeros
  }
}

void ColumnStore::fill_initial() {
  const std::size_t width = size_of(info_.type), block = std::size_t{1} << 16;
  parallel_for(rows_ / block + 1, rows_, [&](std::size_t b) {
    const std::size_t end = std::min<std::size_t>(rows_, (b + 1) * block);
    for (std::size_t r = b * block; r < end; ++r) {
      std::memcpy(data_ + r * width, &info_.initial, width);
    }
  });
}

namespace {

template <class T, class IdOf>
u64 hash_of_cells(std::span<const std::byte> values, const CellHash& hash, IdOf id_of) {
  u64 sum = 0;
  for (std::size_t k = 0; k < values.size() / sizeof(T); ++k) {
    T value;
    std::memcpy(&value, values.data() + k * sizeof(T), sizeof(T));
    sum += hash(id_of(k), bits_of(value));
  }
  return sum;
}

/// Calls f(T{}) with the type that holds a column's values bit by bit: i32 apart, numbers of 8
/// bytes are all alike.
template <class F>
void with_type(DataType type, F&& f) {
  switch (type) {
    case DataType::u8_:
      return f(u8{});
    case DataType::u16_:
      return f(u16{});
    case DataType::u32_:
      return f(u32{});
    case DataType::i32_:
      return f(i32{});
    default:
      return f(u64{});
  }
}

template <class IdOf>
u64 hash_of_cells(DataType type, std::span<const std::byte> values, const CellHash& hash,
                  IdOf id_of) {
  u64 sum = 0;
  with_type(type, [&]<class T>(T) { sum = hash_of_cells<T>(values, hash, id_of); });
  return sum;
}

}  // namespace

u64 ColumnStore::hash_of(std::span<const std::byte> values, AgentId first) const {
  return hash_of_cells(info_.type, values, hash_,
                       [first](std::size_t k) { return first + static_cast<AgentId>(k); });
}

u64 ColumnStore::hash_of(std::span<const std::byte> values, std::span<const AgentId> ids) const {
  return hash_of_cells(info_.type, values, hash_, [ids](std::size_t k) { return ids[k]; });
}

u64 ColumnStore::hash_of_initial(std::span<const AgentId> ids) const {
  u64 sum = 0;
  for (const AgentId id : ids) {
    sum += hash_(id, info_.initial);
  }
  return sum;
}

void ColumnStore::mark_changed(std::size_t begin, std::span<u8> changed) const {
  with_type(info_.type, [&]<class T>(T initial) {
    std::memcpy(&initial, &info_.initial, sizeof(T));
    const std::byte* const values = data_ + begin * sizeof(T);
    for (std::size_t k = 0; k < changed.size(); ++k) {
      T value;
      std::memcpy(&value, values + k * sizeof(T), sizeof(T));
      changed[k] = static_cast<u8>(changed[k] | (value != initial ? 1 : 0));
    }
  });
}

u64 ColumnStore::bits(Row row) const {
  const std::size_t width = size_of(info_.type);
  u64 value = 0;
  std::memcpy(&value, data_ + row * width, width);
  if (info_.type == DataType::i32_) {
    value = static_cast<u64>(static_cast<i64>(static_cast<i32>(value)));
  }
  return value;
}

}  // namespace throng
