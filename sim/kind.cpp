#include "sim/kind.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <type_traits>

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
      slices_(Slices::cut(partition_.count(), partition_.capacity(), thread_count())),
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
  ensures(image_size_ == 0, "columns of a kind whose rows come and go are added before the start");
  ensures(!info.indexed || info.type == DataType::u8_,
          "an indexed column holds labels of one byte");
  ensures(!info.timer || info.type == data_type<StoredStep>(), "a timer column holds dates");
  auto entry = std::make_unique<Entry>();
  entry->store =
      std::make_unique<ColumnStore>(info, u64{tag_} << 32, rows(), partition_.capacity());
  entry->label_names = split(info.labels);
  for (const auto& [column, names] : label_names_) {
    if (column == info.name) {
      entry->label_names = names;
    }
  }
  if (info.role == Role::finding) {
    entry->found.resize(static_cast<std::size_t>(thread_count()));
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

u64 Kind::full_hash() const { return hash_of_columns(false); }
u64 Kind::finding_hash() const { return hash_of_columns(true); }

void Kind::forget(Entry& finding) {
  ColumnStore& store = *finding.store;
  const u64 initial = store.info().initial;
  const std::size_t width = size_of(store.info().type);
  u64 work = 0;
  for (const Found& f : finding.found) {
    work += f.rows.size();
  }
  parallel_for(finding.found.size(), work, [&](std::size_t t) {
    for (const Row r : finding.found[t].rows) {
      // Little-endian: the low bytes of the pattern are the value's.
      std::memcpy(store.data() + r * width, &initial, width);
    }
    finding.found[t].rows.clear();
  });
}

u64 Kind::hash_of_columns(bool findings) const {
  u64 sum = 0;
  for (const auto& e : columns_) {
    if ((e->store->info().role == Role::finding) == findings) {
      sum += hash_of(*e->store);
    }
  }
  return sum;
}

u64 Kind::hash_of(const ColumnStore& column) const {
  std::vector<u64> sums(slices_.count());
  const std::size_t width = size_of(column.info().type);
  parallel_for(sums.size(), rows(), [&](std::size_t s) {
    const auto [begin, end] = slices_.range(static_cast<u32>(s));
    const std::span values(column.data() + begin * width, (end - begin) * width);
    if (partition_.is_contiguous()) {
      sums[s] = column.hash_of(values, partition_.first() + begin);
      return;
    }
    std::vector<AgentId> ids;
    ids.reserve(end - begin);
    for (Row r = begin; r < end; ++r) {
      ids.push_back(partition_.id_of(r));
    }
    sums[s] = column.hash_of(values, ids);
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

// ---- rows that come and go ----------------------------------------------------------------------

namespace {

template <std::size_t width>
void copy_cells(std::byte* cells, const std::byte* image, std::size_t stride,
                std::span<const Row> to) {
  for (const Row r : to) {
    std::memcpy(cells + std::size_t{r} * width, image, width);
    image += stride;
  }
}

template <std::size_t width>
void move_cells(std::byte* cells, std::span<const Row> from, std::span<const Row> to) {
  for (std::size_t k = 0; k < from.size(); ++k) {
    std::memcpy(cells + std::size_t{to[k]} * width, cells + std::size_t{from[k]} * width, width);
  }
}

u32 mark_in(const std::byte* image) {
  u32 mark = 0;
  std::memcpy(&mark, image, sizeof mark);
  return mark;
}

}  // namespace

void Kind::check_room(std::size_t rows) const {
  if (rows > partition_.capacity()) {
    throw ContractError("kind '" + name_ + "': " + std::to_string(rows) +
                        " rows would live on one rank (there is room for " +
                        std::to_string(partition_.capacity()) +
                        "). Make the kind with more room, or run on more ranks.");
  }
}

void Kind::replace_rows(std::vector<AgentId> ids, AgentId next) {
  ensures(listed() && image_size_ == 0, "rows are replaced where they come and go, before they do");
  check_room(ids.size());
  partition_ = Partition::listed(std::move(ids), next, partition_.capacity(),
                                 static_cast<int>(partition_.ranks_), partition_.rank_);
  slices_.rows = rows();
  for (const auto& e : columns_) {
    e->store->resize(rows());
    if (e->labels) {
      e->labels->resize(rows());
    }
    if (e->dates) {
      e->dates->resize(rows());
    }
    if (e->store->info().role == Role::finding) {
      e->store->fill_initial();
    }
  }
}

void Kind::settle(const Communicator& world) {
  if (!listed()) {
    return;
  }
  ensures(image_size_ == 0, "a kind is settled once");
  std::size_t at = sizeof(AgentId);
  u64 bit = 1;
  for (const auto& e : columns_) {
    const ColumnInfo& info = e->store->info();
    if (info.role == Role::finding) {
      continue;
    }
    e->image_at = at;
    e->marks_at = at + size_of(info.type);
    at = e->marks_at + (e->labels || e->dates ? sizeof(u32) : 0);
    if (info.role == Role::fixed) {
      ensures(bit != 0, "a kind whose rows come and go has at most 64 fixed columns");
      e->fixed_bit = bit;
      fixed_bits_ |= bit;
      bit <<= 1;
    }
  }
  image_size_ = at;
  // Without marks: that a newborn got its label is noted when it is put in.
  blank_.assign(image_size_, std::byte{0});
  for (const auto& e : columns_) {
    const ColumnInfo& info = e->store->info();
    if (info.role != Role::finding) {
      std::memcpy(blank_.data() + e->image_at, &info.initial, size_of(info.type));
    }
  }
  for (Row r = 0; r < rows(); ++r) {
    news_.emplace_back(partition_.list_->ids[r], true);
  }
  announce(world);
}

std::vector<std::byte> Kind::take_out(std::span<const Row> leaving, Why why) {
  std::vector<std::byte> images;
  if (leaving.empty()) {
    return images;
  }
  RowList& list = *partition_.list_;
  const bool moving = why == Why::moving;
  if (moving) {
    images.resize(leaving.size() * image_size_);
    for (std::size_t k = 0; k < leaving.size(); ++k) {
      std::memcpy(images.data() + k * image_size_, &list.ids[leaving[k]], sizeof(AgentId));
    }
  }
  Marks marks(leaving, rows());
  for (const auto& e : columns_) {
    const ColumnStore& store = *e->store;
    if (store.info().role == Role::finding) {
      continue;
    }
    if (e->labels) {
      e->labels->take(marks);
    } else if (e->dates) {
      e->dates->take(marks);
    }
    const std::size_t width = size_of(store.info().type);
    for (std::size_t k = 0; k < leaving.size(); ++k) {
      const Row r = leaving[k];
      changed(slices_.of(r), -store.hash()(list.ids[r], store.bits(r)));
      if (moving) {
        std::memcpy(images.data() + k * image_size_ + e->image_at, store.data() + r * width, width);
      }
      if (e->labels) {
        e->labels->gone(r, static_cast<u8>(store.bits(r)));
      } else if (e->dates && !moving) {
        e->dates->gone(r, marks[k]);
      }
      if (moving && (e->labels || e->dates)) {
        const u32 mark = marks[k];
        std::memcpy(images.data() + k * image_size_ + e->marks_at, &mark, sizeof mark);
      }
    }
    if (e->labels || e->dates) {
      marks.clear();
    }
  }
  for (const Row r : leaving) {
    list.rows.erase(list.ids[r]);
    if (!moving) {
      news_.emplace_back(list.ids[r], false);
    }
  }
  list.met.clear();
  return images;
}

void Kind::put_in(std::span<const Row> left, std::span<const std::byte> images, Why why) {
  RowList& list = *partition_.list_;
  const std::size_t come = images.size() / image_size_;
  if (left.empty() && come == 0) {
    return;
  }
  const Row before = rows();
  const std::size_t after = before - left.size() + come;
  check_room(after);
  const Row now = static_cast<Row>(after);
  // Those that come take the first holes, then new rows at the end.
  std::vector<Row> to(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(
                                                       std::min<std::size_t>(come, left.size())));
  for (Row r = before; to.size() < come; ++r) {
    to.push_back(r);
  }
  // Rows of the end take the holes that remain.
  std::vector<Row> from, into;
  for (std::size_t k = come, last = left.size(); k < left.size() && left[k] < now; ++k) {
    Row tail = (from.empty() ? before : from.back()) - 1;
    while (last > k && left[last - 1] == tail) {
      --tail;
      --last;
    }
    from.push_back(tail);
    into.push_back(left[k]);
  }
  std::reverse(from.begin(), from.end());
  std::reverse(into.begin(), into.end());
  const auto image_of = [&](const Entry& e) {
    return come == 0 ? nullptr : images.data() + e.image_at;
  };
  for (const auto& e : columns_) {
    if (cells_.of != nullptr && reinterpret_cast<const u8*>(e->store->data()) == cells_.of) {
      // Counts are kept by it, so it is known before they are.
      move_cells<1>(e->store->data(), from, into);
      copy_cells<1>(e->store->data(), image_of(*e), image_size_, to);
      for (const Row r : to) {
        ensures(cells_.of[r] < cells_.count, "counts are grouped by codes below their number");
      }
    }
  }
  list.ids.resize(std::max(now, before));
  for (std::size_t k = 0; k < from.size(); ++k) {
    list.ids[into[k]] = list.ids[from[k]];
    list.rows.put(list.ids[into[k]], into[k]);
  }
  for (std::size_t k = 0; k < come; ++k) {
    AgentId id;
    std::memcpy(&id, images.data() + k * image_size_, sizeof id);
    list.ids[to[k]] = id;
    list.rows.put(id, to[k]);
    news_.emplace_back(id, true);
  }
  list.ids.resize(now);
  partition_.count_ = now;
  slices_.rows = now;
  list.met.clear();

  Marks marks(from, std::max(now, before));
  for (const auto& e : columns_) {
    ColumnStore& store = *e->store;
    store.resize(now);
    const std::size_t width = size_of(store.info().type);
    if (store.info().role == Role::finding) {
      for (const Row r : to) {
        std::memcpy(store.data() + r * width, &store.info().initial, width);
      }
      continue;
    }
    if (e->labels) {
      e->labels->resize(now);
      e->labels->take(marks);
    } else if (e->dates) {
      e->dates->resize(now);
      e->dates->take(marks);
    }
    with_width(width, [&](auto w) {
      if (reinterpret_cast<const u8*>(store.data()) != cells_.of) {
        move_cells<w()>(store.data(), from, into);
        copy_cells<w()>(store.data(), image_of(*e), image_size_, to);
      }
    });
    for (const Row r : to) {
      changed(slices_.of(r), store.hash()(list.ids[r], store.bits(r)));
    }
    if (e->labels) {
      for (std::size_t k = 0; k < from.size(); ++k) {
        e->labels->place(into[k], static_cast<u8>(store.bits(into[k])), marks[k]);
      }
      for (std::size_t k = 0; k < come; ++k) {
        const auto label = static_cast<u8>(store.bits(to[k]));
        const bool born = why == Why::turnover;
        e->labels->come(to[k], label, born);
        e->labels->place(to[k], label,
                         born ? 1u << label : mark_in(&images[k * image_size_ + e->marks_at]));
      }
    } else if (e->dates) {
      for (std::size_t k = 0; k < from.size(); ++k) {
        e->dates->place(into[k], static_cast<StoredStep>(store.bits(into[k])), marks[k]);
      }
      for (std::size_t k = 0; k < come; ++k) {
        e->dates->place(to[k], static_cast<StoredStep>(store.bits(to[k])),
                        mark_in(&images[k * image_size_ + e->marks_at]));
      }
    }
    if (e->labels || e->dates) {
      marks.clear();
    }
  }
}

void Kind::announce(const Communicator& world) {
  struct News {
    AgentId id;
    Rank rank;  // -1: dead
  };
  RowList& list = *partition_.list_;
  std::vector<std::vector<News>> out(static_cast<std::size_t>(world.size()));
  for (const auto& [id, lives] : news_) {
    if (lives && !partition_.is_mine(id)) {
      continue;  // born here and moved on at once: who has it says so
    }
    const Rank home = partition_.home_of(id);
    if (home == world.rank()) {
      list.elsewhere.erase(id);
    } else {
      out[static_cast<std::size_t>(home)].push_back({id, lives ? world.rank() : -1});
    }
  }
  news_.clear();
  std::vector<News> in;
  world.exchange(out, in);
  for (const News& n : in) {
    if (n.rank < 0) {
      list.elsewhere.erase(n.id);
    } else {
      list.elsewhere.put(n.id, static_cast<u32>(n.rank));
    }
  }
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
