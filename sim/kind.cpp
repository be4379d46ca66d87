#include "sim/kind.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "sim/parallel.h"

namespace throng {
namespace {

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    out.emplace_back(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return out;
}

}  // namespace

Kind::Kind(std::string name, KindTag tag, Partition partition)
    : name_(std::move(name)),
      tag_(tag),
      partition_(std::move(partition)),
      slices_(Slices::cut(partition_.count(), thread_count())),
      hash_of_(slices_.count()) {}

Kind::Entry* Kind::find(std::string_view name) {
  for (const auto& e : columns_) {
    if (e->store->info().name == name) {
      return e.get();
    }
  }
  return nullptr;
}

const Kind::Entry* Kind::find(std::string_view name) const {
  return const_cast<Kind*>(this)->find(name);
}

void Kind::name_labels(std::string_view column, std::vector<std::string> names) {
  ensures(find(column) == nullptr, "labels are named before their column is bound");
  label_names_.emplace_back(column, std::move(names));
}

Kind::Entry& Kind::add(const ColumnInfo& info) {
  if (Entry* e = find(info.name)) {
    const ColumnInfo& there = e->store->info();
    ensures(there.type == info.type && there.role == info.role && there.indexed == info.indexed &&
                there.timer == info.timer && there.initial == info.initial &&
                there.unit == info.unit && there.labels == info.labels,
            "two columns of one name are declared differently");
    return *e;
  }
  ensures(!info.indexed || info.type == DataType::u8_,
          "an indexed column holds labels of one byte");
  ensures(!info.timer || info.type == data_type<StoredStep>(), "a timer column holds dates");
  auto entry = std::make_unique<Entry>();
  entry->store = std::make_unique<ColumnStore>(info, u64{tag_} << 32, rows());
  entry->label_names = split(info.labels);
  for (const auto& [column, names] : label_names_) {
    if (column == info.name) {
      entry->label_names = names;
    }
  }
  if (info.role == Role::finding) {
    entry->found.resize(slices_.count());
  }
  if (info.indexed) {
    entry->labels = std::make_unique<LabelIndex>(*entry->store, slices_,
                                                 static_cast<u32>(entry->label_names.size()));
  }
  if (info.timer) {
    entry->dates = std::make_unique<DateIndex>(*entry->store, slices_);
  }
  columns_.push_back(std::move(entry));
  return *columns_.back();
}

void Kind::group_counts_by(std::string_view column, u32 cells) {
  const Entry* e = find(column);
  ensures(e != nullptr && e->store->info().type == DataType::u8_,
          "counts are grouped by a fixed u8 column");
  cells_ = {.of = reinterpret_cast<const u8*>(e->store->data()), .count = cells};
}

void Kind::rebuild(Step next) {
  ensures(cells_.of == nullptr ||
              std::all_of(cells_.of, cells_.of + rows(), [&](u8 c) { return c < cells_.count; }),
          "counts are grouped by codes below their number");
  for (const auto& e : columns_) {
    if (e->store->info().role == Role::state || e->store->info().role == Role::decision) {
      e->store->populate();
    }
  }
  for (const auto& e : columns_) {
    if (e->labels) {
      e->labels->group_by(cells_);
      e->labels->rebuild();
    }
    if (e->dates) {
      e->dates->group_by(cells_);
      e->dates->rebuild(next);
    }
  }
  std::fill(hash_of_.begin(), hash_of_.end(), SliceHash{});
  hash_of_[0].value = full_hash();
}

namespace {

template <class T>
u64 hash_of_cells(const ColumnStore& store, const Partition& where, Row begin, Row end) {
  const T* values = reinterpret_cast<const T*>(store.data());
  const CellHash hash = store.hash();
  u64 sum = 0;
  if (where.is_contiguous()) {
    for (Row r = begin; r < end; ++r) {
      sum += hash(where.first() + r, bits_of(values[r]));
    }
  } else {
    for (Row r = begin; r < end; ++r) {
      sum += hash(where.id_of(r), bits_of(values[r]));
    }
  }
  return sum;
}

u64 hash_of_cells(const ColumnStore& store, const Partition& where, Row begin, Row end) {
  switch (store.info().type) {
    case DataType::u8_:
      return hash_of_cells<u8>(store, where, begin, end);
    case DataType::u16_:
      return hash_of_cells<u16>(store, where, begin, end);
    case DataType::u32_:
      return hash_of_cells<u32>(store, where, begin, end);
    case DataType::i32_:
      return hash_of_cells<i32>(store, where, begin, end);
    default:
      return hash_of_cells<u64>(store, where, begin, end);
  }
}

}  // namespace

u64 Kind::full_hash() const { return hash_of_columns(false); }
u64 Kind::finding_hash() const { return hash_of_columns(true); }

void Kind::forget(Entry& finding) {
  ColumnStore& store = *finding.store;
  const u64 initial = store.info().initial;
  const std::size_t width = size_of(store.info().type);
  u64 work = 0;
  for (const auto& rows : finding.found) {
    work += rows.size();
  }
  parallel_for(finding.found.size(), work, [&](std::size_t s) {
    for (const Row r : finding.found[s]) {
      // Little-endian: the low bytes of the pattern are the value's.
      std::memcpy(store.data() + r * width, &initial, width);
    }
    finding.found[s].clear();
  });
}

u64 Kind::hash_of_columns(bool findings) const {
  std::vector<u64> sums(slices_.count());
  parallel_for(sums.size(), u64{rows()} * columns_.size(), [&](std::size_t s) {
    const auto [begin, end] = slices_.range(static_cast<u32>(s));
    for (const auto& e : columns_) {
      if ((e->store->info().role == Role::finding) == findings) {
        sums[s] += hash_of_cells(*e->store, partition_, begin, end);
      }
    }
  });
  return std::accumulate(sums.begin(), sums.end(), u64{0});
}

u64 Kind::content_hash() const {
  u64 total = 0;
  for (const auto& h : hash_of_) {
    total += h.value;
  }
  return total;
}

void Kind::end_step() {
  for (const auto& e : columns_) {
    if (e->labels) {
      e->labels->end_step();
    }
  }
}

void Kind::tally() {
  for (const auto& e : columns_) {
    if (e->labels) {
      e->labels->tally();
    }
    if (e->dates) {
      e->dates->tally();
    }
  }
}

std::size_t Kind::column_bytes() const {
  std::size_t n = 0;
  for (const auto& e : columns_) {
    n += e->store->bytes();
  }
  return n;
}

std::vector<std::string> Kind::schema() const {
  constexpr std::array<std::string_view, 3> roles = {"fixed", "state", "decision"};
  std::vector<std::string> lines;
  for (const auto& e : columns_) {
    const ColumnInfo& info = e->store->info();
    if (info.role == Role::finding) {
      continue;  // nobody stores them
    }
    std::string line = name_ + (replicated() ? " (replicated) " : " ") + std::string(info.name) +
                       ": " + std::string(name_of(info.type)) + " " +
                       std::string(roles[static_cast<u8>(info.role)]) + " [" +
                       std::string(info.unit) + "] initial " + std::to_string(info.initial);
    for (const std::string& label : e->label_names) {
      line += "|" + label;
    }
    line += info.indexed ? " indexed" : "";
    line += info.timer ? " timer" : "";
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

Kind::Snapshot Kind::snapshot() const {
  Snapshot s;
  for (const auto& e : columns_) {
    const std::byte* data = e->store->data();
    const bool changes = e->store->info().role != Role::fixed;
    s.columns.emplace_back(data, data + (changes ? e->store->bytes() : 0));
    s.labels.push_back(e->labels ? std::optional<LabelIndex>(*e->labels) : std::nullopt);
    s.dates.push_back(e->dates ? std::optional<DateIndex>(*e->dates) : std::nullopt);
  }
  for (const auto& h : hash_of_) {
    s.hashes.push_back(h.value);
  }
  return s;
}

void Kind::restore(const Snapshot& s) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::copy(s.columns[i].begin(), s.columns[i].end(), columns_[i]->store->data());
    if (s.labels[i]) {
      *columns_[i]->labels = *s.labels[i];
    }
    if (s.dates[i]) {
      *columns_[i]->dates = *s.dates[i];
    }
  }
  for (std::size_t i = 0; i < hash_of_.size(); ++i) {
    hash_of_[i].value = s.hashes[i];
  }
}

}  // namespace throng
