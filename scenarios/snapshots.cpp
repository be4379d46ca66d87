#include "scenarios/snapshots.h"

#include <algorithm>

namespace throng {
namespace {

template <class T>
ColumnValues narrowed(const std::vector<u64>& bits) {
  std::vector<T> out(bits.size());
  for (std::size_t k = 0; k < bits.size(); ++k) {
    if constexpr (std::is_same_v<T, double>) {
      out[k] = __builtin_bit_cast(double, bits[k]);
    } else {
      out[k] = static_cast<T>(bits[k]);
    }
  }
  return out;
}

ColumnValues narrowed(const std::vector<u64>& bits, DataType type) {
  switch (type) {
    case DataType::u8_:
      return narrowed<u8>(bits);
    case DataType::u16_:
      return narrowed<u16>(bits);
    case DataType::u32_:
      return narrowed<u32>(bits);
    case DataType::u64_:
      return narrowed<u64>(bits);
    case DataType::f64_:
      return narrowed<double>(bits);
    default:
      return narrowed<i64>(bits);
  }
}

}  // namespace

namespace {

/// The columns of a kind with one of the roles, without their values.
std::vector<TableColumn> columns_of(const Kind& kind, bool fixed) {
  std::vector<TableColumn> all;
  if (kind.listed() && !fixed) {
    all.push_back({.name = kind.name() + ".id",
                   .unit = "id",
                   .doc = "Who it is: ids are given once, in order of birth.",
                   .values = narrowed({}, data_type<AgentId>())});
  }
  for (const auto& e : kind.columns()) {
    const ColumnInfo& info = e->store->info();
    // What a row that comes and goes was born with is part of every snapshot.
    const bool is_static = info.role == Role::fixed && !kind.listed();
    if (info.role != Role::finding && is_static == fixed) {
      all.push_back({.name = std::string(info.name),
                     .unit = std::string(info.unit),
                     .doc = std::string(info.doc),
                     .labels = e->label_names,
                     .values = narrowed({}, info.type)});
    }
  }
  return all;
}

}  // namespace

std::vector<TableColumn> gather_columns(const Communicator& world, const Kind& kind, bool fixed) {
  struct Cell {
    AgentId id;
    u64 bits;
  };
  /// In order of id; where rows come and go, ids have gaps.
  const auto in_order = [&](auto&& bits_of) {
    std::vector<Cell> mine;
    mine.reserve(kind.rows());
    for (Row r = 0; r < kind.rows(); ++r) {
      mine.push_back({kind.partition().id_of(r), bits_of(r)});
    }
    std::vector<Cell> all = world.gather(std::move(mine));
    std::vector<u64> bits(all.size());
    if (kind.listed()) {
      std::sort(all.begin(), all.end(), [](const Cell& a, const Cell& b) { return a.id < b.id; });
      std::transform(all.begin(), all.end(), bits.begin(), [](const Cell& c) { return c.bits; });
    } else {
      for (const Cell& c : all) {
        bits[c.id] = c.bits;
      }
    }
    return bits;
  };
  std::vector<TableColumn> all = columns_of(kind, fixed);
  for (TableColumn& column : all) {
    if (const Kind::Entry* e = kind.find(column.name)) {
      column.values =
          narrowed(in_order([&](Row r) { return e->store->bits(r); }), e->store->info().type);
    } else {
      column.values = narrowed(in_order([&](Row r) { return kind.partition().id_of(r); }),
                               data_type<AgentId>());
    }
  }
  return all;
}

void SnapshotRecorder::begin(Simulation& simulation) {
  const Population& population = simulation.population();
  for (const auto& kind : population.kinds()) {
    if (!kind->replicated() && model_.in_snapshots(*kind)) {
      all_.push_back({.kind = kind->name(),
                      .fixed = gather_columns(simulation.world(), *kind, true),
                      .snapshots = {},
                      .space = model_.extent_of(population, *kind)});
      blank_.push_back(columns_of(*kind, false));
    }
  }
  step(simulation);
}

void SnapshotRecorder::step(Simulation& simulation) {
  if (!std::binary_search(steps_.begin(), steps_.end(), simulation.now())) {
    return;
  }
  for (AgentColumns& agents : all_) {
    const Kind& kind = simulation.population().kind(agents.kind);
    agents.snapshots.push_back({simulation.now(), gather_columns(simulation.world(), kind, false)});
  }
}

void SnapshotRecorder::keep(Keeper& keeper) {
  for (std::size_t k = 0; k < all_.size(); ++k) {
    auto& snapshots = all_[k].snapshots;
    const std::string folder = "snapshots/" + all_[k].kind + "/";
    if (!keeper.keeps() && !keeper.has(folder + "steps")) {
      continue;  // a branch of a run without any
    }
    keeper.grows(folder + "steps", snapshots, &AgentColumns::Snapshot::step);
    for (auto& snapshot : snapshots) {
      if (!keeper.keeps()) {
        snapshot.columns = blank_[k];
      }
      for (TableColumn& column : snapshot.columns) {
        const std::string name = folder + snapshot_name(snapshot.step) + "/" + column.name;
        std::visit(
            [&]<class T>(std::vector<T>& values) {
              if constexpr (std::is_same_v<T, float> || std::is_same_v<T, std::string>) {
                ensures(false, "no column of an agent is a float or a text");
              } else {
                keeper.grows(name, values);
              }
            },
            column.values);
      }
    }
  }
}

void SnapshotRecorder::write(Results& results) const {
  for (AgentColumns agents : all_) {
    const auto file_ids = model_.file_ids();
    if (agents.kind == model_.kind() && !file_ids.empty()) {
      const std::string many = model_.words().many;
      agents.fixed.insert(agents.fixed.begin(),
                          {.name = agents.kind + ".id",
                           .unit = "id",
                           .doc = "Id in the file of " + many + "; other ids of " + many +
                                  " here are rows of this table.",
                           .values = std::vector<i64>(file_ids.begin(), file_ids.end())});
    }
    results.agents.push_back(std::move(agents));
  }
}

}  // namespace throng
