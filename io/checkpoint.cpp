#include "io/checkpoint.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>

#include "io/h5.h"
#include "io/hash.h"
#include "io/json_text.h"
#include "io/publish.h"
#include "io/together.h"
#include "sim/parallel.h"
#include "sim/words.h"

namespace throng {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr u64 checkpoint_version = 1;
constexpr char ids_name[] = "id", flags_name[] = "stored";
/// Rows that are read at once where they do not stand one behind the other on this rank.
constexpr u64 rows_at_once = u64{1} << 20;

h5::Type stored(DataType type) {
  switch (type) {
    case DataType::u8_:
      return h5::Type::u8;
    case DataType::u16_:
      return h5::Type::u16;
    case DataType::u32_:
      return h5::Type::u32;
    case DataType::u64_:
      return h5::Type::u64;
    case DataType::i32_:
      return h5::Type::i32;
    case DataType::i64_:
      return h5::Type::i64;
    case DataType::f64_:
      return h5::Type::f64;
  }
  return h5::Type::u8;
}

enum class Part : u8 { state, fixed };

/// Whether a column stands in checkpoints or in the file of what never changes. What a row that
/// comes and goes was born with is part of the state.
bool belongs(const Kind& kind, const ColumnInfo& info, Part part) {
  if (info.role == Role::finding) {
    return false;
  }
  return (info.role == Role::fixed && !kind.listed()) == (part == Part::fixed);
}

std::string path_of(const Kind& kind, std::string_view column) {
  return kind.name() + "/" + std::string(column);
}

/// Part r of n rows over as many ranks as there are.
std::pair<u64, u64> share(u64 n, const Communicator& world) {
  const auto rank = static_cast<u64>(world.rank()), ranks = static_cast<u64>(world.size());
  return {n * rank / ranks, n * (rank + 1) / ranks};
}

/// How the rows of a kind come to stand in order of id: each rank gets a block of ids, and the
/// values of the rows in it, whoever has them. Of a kind whose rows stay, those that are as they
/// began in every column need not be stored: a flag for each row says which are.
class InOrder {
 public:
  InOrder(const Communicator& world, const Kind& kind, Part part) : world_(world), kind_(kind) {
    const Partition& where = kind.partition();
    if (where.is_contiguous()) {
      first_id_ = where.first();
      ids_here_ = kind.replicated() && world.rank() != 0 ? 0 : where.count();
    } else {
      deal_out();
    }
    if (part == Part::state && !kind.listed()) {
      leave_out_unchanged();
    }
    // A rank's block of the file.
    std::vector<u64> of_rank(static_cast<std::size_t>(world.size()), 0);
    of_rank[static_cast<std::size_t>(world.rank())] = rows();
    world.sum(std::span<u64>(of_rank));
    first_ = std::accumulate(of_rank.begin(), of_rank.begin() + world.rank(), u64{0});
    total_ = std::accumulate(of_rank.begin(), of_rank.end(), u64{0});
  }
  /// Rows that are stored: on all ranks, before those of the block, and of the block.
  u64 total() const { return total_; }
  u64 first() const { return first_; }
  u64 rows() const { return leaves_out_ ? starts_.back() : ids_here_; }
  /// Flags of the block, from first_id() on; none where all rows are stored.
  bool leaves_out() const { return leaves_out_; }
  std::span<const u8> flags() const { return flags_; }
  AgentId first_id() const { return first_id_; }
  /// Of stored rows, where they are not one after the other.
  std::span<const AgentId> ids() const { return ids_; }
  /// Stored values of the block. Collective.
  std::span<const std::byte> values(const ColumnStore& column) {
    const std::size_t width = size_of(column.info().type);
    const auto all = in_order({column.data(), kind_.rows() * width}, width);
    if (!leaves_out_) {
      return all;
    }
    packed_.resize(rows() * width);
    with_width(width, [&](auto w) {
      in_blocks(flags_.size(), [&](u64 b, u64 begin, u64 end) {
        // Every value is put behind the stored ones: no branch depends on which are.
        std::array<std::byte, (block + 1) * w()> some;
        std::byte* to = some.data();
        for (u64 k = begin; k < end; ++k) {
          std::memcpy(to, all.data() + k * w(), w());
          to += flags_[k] * w();
        }
        std::copy(some.data(), to, packed_.begin() + static_cast<i64>(starts_[b] * w()));
      });
    });
    return packed_;
  }
  /// Sum of the hashes of a column's cells in the block: of stored ones by what `read` gives of
  /// stored rows [begin, end), of the others by what they began with.
  template <class Read>
  u64 hash(const ColumnStore& column, Read&& read) const {
    const std::size_t width = size_of(column.info().type);
    std::vector<u64> sums(blocks(rows()) + blocks(left_out_.size()), 0);
    in_blocks(rows(), [&](u64 b, u64 begin, u64 end) {
      std::vector<std::byte> values((end - begin) * width);
      read(values, begin);
      sums[b] = ids_.empty() ? column.hash_of(values, first_id_ + static_cast<AgentId>(begin))
                             : column.hash_of(values, std::span(ids_).subspan(begin, end - begin));
    });
    in_blocks(left_out_.size(), [&](u64 b, u64 begin, u64 end) {
      sums[blocks(rows()) + b] =
          column.hash_of_initial(std::span(left_out_).subspan(begin, end - begin));
    });
    return std::accumulate(sums.begin(), sums.end(), u64{0});
  }

 private:
  /// Small enough to stay in the cache.
  static constexpr u64 block = u64{1} << 15;
  static u64 blocks(u64 rows) { return (rows + block - 1) / block; }
  template <class F>
  static void in_blocks(u64 rows, F&& f) {
    parallel_for(blocks(rows), rows,
                 [&](std::size_t b) { f(b, b * block, std::min(rows, (b + 1) * block)); });
  }

  /// Who gets which rows: blocks of ids of about equal length.
  void deal_out() {
    const Partition& where = kind_.partition();
    to_.resize(static_cast<std::size_t>(world_.size()));
    std::vector<std::vector<AgentId>> ids(to_.size());
    const u64 ranks = to_.size(), all = std::max<u64>(1, where.total());
    for (Row r = 0; r < kind_.rows(); ++r) {
      const AgentId id = where.id_of(r);
      // The rank whose share of the ids this one is in: share() rounds down.
      const auto rank = static_cast<std::size_t>(((u64{id} + 1) * ranks - 1) / all);
      to_[rank].push_back(r);
      ids[rank].push_back(id);
    }
    std::vector<AgentId> mine = ids[static_cast<std::size_t>(world_.rank())];
    world_.exchange(ids, mine);
    std::vector<u32> order(mine.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](u32 a, u32 b) { return mine[a] < mine[b]; });
    place_.resize(order.size());
    for (u32 k = 0; k < order.size(); ++k) {
      place_[order[k]] = k;
      ids_.push_back(mine[order[k]]);
    }
    ids_here_ = ids_.size();
    if (!kind_.listed()) {
      first_id_ = static_cast<AgentId>(share(where.total(), world_).first);
      ids_.clear();
    }
  }

  /// Values of the rows of this rank, as the block has them. Collective.
  std::span<const std::byte> in_order(std::span<const std::byte> of_rows, std::size_t width) {
    if (to_.empty()) {
      return of_rows.first(ids_here_ * width);
    }
    std::vector<std::vector<std::byte>> out(to_.size());
    for (std::size_t rank = 0; rank < to_.size(); ++rank) {
      for (const Row r : to_[rank]) {
        const std::byte* value = of_rows.data() + std::size_t{r} * width;
        out[rank].insert(out[rank].end(), value, value + width);
      }
    }
    std::vector<std::byte> in = out[static_cast<std::size_t>(world_.rank())];
    world_.exchange(out, in);
    sorted_.resize(ids_here_ * width);
    for (std::size_t k = 0; k < place_.size(); ++k) {
      std::memcpy(sorted_.data() + place_[k] * width, in.data() + k * width, width);
    }
    return sorted_;
  }

  void leave_out_unchanged() {
    std::vector<u8> changed(kind_.rows(), 0);
    std::vector<const ColumnStore*> columns;
    u64 width_of_all = 0;
    for (const auto& e : kind_.columns()) {
      const ColumnInfo& info = e->store->info();
      if (!belongs(kind_, info, Part::state)) {
        continue;
      }
      width_of_all += size_of(info.type);
      columns.push_back(e->store.get());
    }
    in_blocks(changed.size(), [&](u64, u64 begin, u64 end) {
      for (const ColumnStore* column : columns) {
        column->mark_changed(begin, std::span(changed).subspan(begin, end - begin));
      }
    });
    const auto flags = in_order(std::as_bytes(std::span(changed)), 1);
    flags_.resize(flags.size());
    starts_.assign(blocks(flags_.size()) + 1, 0);
    in_blocks(flags_.size(), [&](u64 b, u64 begin, u64 end) {
      std::memcpy(flags_.data() + begin, flags.data() + begin, end - begin);
      starts_[b + 1] = static_cast<u64>(std::count(flags_.begin() + static_cast<i64>(begin),
                                                   flags_.begin() + static_cast<i64>(end), u8{1}));
    });
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    std::vector<u64> counts = {starts_.back(), ids_here_};
    world_.sum(std::span<u64>(counts));
    leaves_out_ = counts[0] * width_of_all + counts[1] < counts[1] * width_of_all;
    if (!leaves_out_) {
      flags_.clear();
      return;
    }
    ids_.resize(starts_.back());
    left_out_.resize(flags_.size() - ids_.size());
    in_blocks(flags_.size(), [&](u64 b, u64 begin, u64 end) {
      AgentId* stored = ids_.data() + starts_[b];
      AgentId* others = left_out_.data() + (begin - starts_[b]);
      for (u64 k = begin; k < end; ++k) {
        (flags_[k] != 0 ? *stored++ : *others++) = first_id_ + static_cast<AgentId>(k);
      }
    });
  }

  const Communicator& world_;
  const Kind& kind_;
  u64 total_ = 0, first_ = 0, ids_here_ = 0;
  AgentId first_id_ = 0;
  std::vector<std::vector<Row>> to_;  // [rank]; empty where the rows of a rank are a block
  std::vector<u32> place_;            // [arrived]: in the block
  std::vector<AgentId> ids_;
  bool leaves_out_ = false;
  std::vector<u8> flags_;    // [id of the block]: whether its row is stored
  std::vector<u64> starts_;  // [small block of ids]: stored rows before it; and how many there are
  std::vector<AgentId> left_out_;
  std::vector<std::byte> sorted_, packed_;
};

/// The hashes of the pieces of a file, in order, on every rank. Collective.
std::vector<u64> piece_hashes(const Communicator& world, const fs::path& path,
                              const std::string& named, u64 bytes) {
  const u64 pieces = (bytes + checkpoint_piece - 1) / checkpoint_piece;
  std::vector<u64> hashes(pieces, 0);
  together(world, [&] {
    const SharedFile file(path.string(), named, SharedFile::For::reading);
    if (file.size() != bytes) {
      throw IoError(named + ": has " + std::to_string(file.size()) + " bytes (" +
                    std::to_string(bytes) + " were written). It is damaged.");
    }
    const auto [begin, end] = share(pieces, world);
    parallel_for(end - begin, (end - begin) * checkpoint_piece, [&, begin = begin](std::size_t k) {
      const u64 at = (begin + k) * checkpoint_piece;
      std::vector<std::byte> piece(std::min(checkpoint_piece, bytes - at));
      file.read(piece, at);
      hashes[begin + k] = fast_hash(piece);
    });
  });
  world.sum(std::span<u64>(hashes));
  return hashes;
}

/// An array of a file: the values of a column, or what says whose they are.
struct Slot {
  enum class Of : u8 { column, ids, flags };
  const Kind* kind;
  Of of;
  const ColumnStore* column = nullptr;
  u64 begin = 0;
  DataType type() const {
    return of == Of::column ? column->info().type
           : of == Of::ids  ? data_type<AgentId>()
                            : data_type<u8>();
  }
  std::string name() const {
    return of == Of::column ? std::string(column->info().name)
           : of == Of::ids  ? ids_name
                            : flags_name;
  }
};

u64 hash_of_text(const std::string& text) { return fast_hash(std::as_bytes(std::span(text))); }

std::string with_own_hash(Json json) {
  json["hash"] = hash_text(hash_of_text(json.dump(1)));
  return json.dump(1) + "\n";
}

Json hashes_of(const std::map<std::string, u64>& named) {
  Json json = Json::object();
  for (const auto& [name, hash] : named) {
    json[name] = hash_text(hash);
  }
  return json;
}

std::string side_text(const CheckpointInfo& info, const fs::path& path) {
  Json pieces = Json::array();
  for (const u64 piece : info.pieces) {
    pieces.push_back(hash_text(piece));
  }
  return with_own_hash({{"format", checkpoint_format},
                        {"format_version", checkpoint_version},
                        {"file", path.filename().string()},
                        {"step", info.step},
                        {"seed", info.seed},
                        {"content_hash", hash_text(info.content_hash)},
                        {"schema_fingerprint", info.fingerprint},
                        {"bytes", info.bytes},
                        {"columns", hashes_of(info.columns)},
                        {"networks", hashes_of(info.networks)},
                        {"piece_bytes", checkpoint_piece},
                        {"pieces", pieces}});
}

/// One checkpoint, or the file of what never changes, on its way to the disk.
class Writer {
 public:
  Writer(const Communicator& world, const fs::path& path, const Simulation& simulation,
         const Unchanging& what, Part part)
      : world_(world),
        path_(path),
        temporary_(path.string() + ".tmp"),
        simulation_(simulation),
        what_(what),
        part_(part) {
    info_.step = part == Part::fixed ? 0 : simulation.now();
    info_.seed = what.seed;
    info_.fingerprint = hash_text(simulation.population().fingerprint());
    info_.columns = what.columns;
    info_.networks = what.networks;
    if (part == Part::state) {
      numbers_ = simulation.numbers();
      info_.content_hash = simulation.content_hash();
    }
    for (const auto& kind : simulation.population().kinds()) {
      const InOrder& order = orders_.emplace(kind.get(), InOrder(world, *kind, part)).first->second;
      if (kind->listed() && part == Part::state) {
        slots_.push_back({kind.get(), Slot::Of::ids});
      }
      if (order.leaves_out()) {
        slots_.push_back({kind.get(), Slot::Of::flags});
      }
      for (const auto& e : kind->columns()) {
        if (belongs(*kind, e->store->info(), part)) {
          slots_.push_back({kind.get(), Slot::Of::column, e->store.get()});
        }
      }
    }
  }

  CheckpointInfo write() {
    try {
      together(world_, [&] { write_frame(); });
      learn_slots();
      write_values();
      if (part_ == Part::state) {
        compare_with_memory();  // its own values each, while the disk takes them
      }
      together(world_, [&] { file_->flush(); });
      info_.pieces = piece_hashes(world_, temporary_, path_.string(), info_.bytes);
      together(world_, [&] { file_->close(); });  // on all ranks, before it has its name
      together(world_, [&] { publish(); });
    } catch (const IoError&) {
      if (world_.rank() == 0) {
        remove_quietly(temporary_);
        if (std::error_code error; !fs::exists(path_, error)) {
          remove_quietly(side_file_of(path_).string());
        }
      }
      throw;
    }
    return info_;
  }

 private:
  /// Rank 0 writes all but the values.
  void write_frame() {
    if (world_.rank() != 0) {
      return;
    }
    auto file = h5::File::create_frame(temporary_, path_.string());
    file.set_text("format", checkpoint_format);
    file.set_number("format_version", checkpoint_version);
    file.set_number("step", u32{info_.step});
    file.set_number("seed", info_.seed);
    file.set_text("content_hash", hash_text(info_.content_hash));
    file.set_text("schema_fingerprint", info_.fingerprint);
    file.write_text("scenario", what_.scenario);
    file.write_text("schema", what_.schema);
    for (const auto& [name, values] : numbers_) {
      auto made = file.create_dataset("numbers/" + name, h5::Type::i64, {values.size()});
      made.write(std::span<const i64>(values));
      made.close();
    }
    for (Slot& slot : slots_) {
      const u64 rows = slot.of == Slot::Of::flags ? slot.kind->partition().total()
                                                  : orders_.at(slot.kind).total();
      slot.begin =
          file.reserve_dataset(path_of(*slot.kind, slot.name()), stored(slot.type()), {rows});
    }
    for (const auto& kind : simulation_.population().kinds()) {
      if (kind->listed() && part_ == Part::state) {
        file.group(kind->name()).set_number("next_id", u64{kind->partition().total()});
      }
    }
    file.close();
  }

  void learn_slots() {
    std::vector<u64> begins;
    for (const Slot& slot : slots_) {
      begins.push_back(world_.rank() == 0 ? slot.begin : 0);
    }
    world_.sum(std::span<u64>(begins));
    for (std::size_t k = 0; k < slots_.size(); ++k) {
      slots_[k].begin = begins[k];
    }
    together(world_, [&] {
      file_.emplace(temporary_, path_.string(), SharedFile::For::writing);
      info_.bytes = file_->size();
    });
  }

  void write_values() {
    std::optional<IoError> failed;
    for (const Slot& slot : slots_) {
      InOrder& order = orders_.at(slot.kind);
      // Collective, so it goes on when a write failed.
      const auto values =
          slot.of == Slot::Of::column ? order.values(*slot.column) : whose(slot, order);
      try {
        if (!failed) {
          file_->write(values, begin_of(slot, order));
          file_->begin_flush();
        }
      } catch (const IoError& error) {
        failed.emplace(error);
      }
    }
    together(world_, [&] {
      if (failed) {
        throw *failed;
      }
    });
  }

  /// Of this rank: what says whose the values are, and where its part of an array begins.
  static std::span<const std::byte> whose(const Slot& slot, const InOrder& order) {
    return slot.of == Slot::Of::ids ? std::as_bytes(order.ids()) : std::as_bytes(order.flags());
  }
  static u64 begin_of(const Slot& slot, const InOrder& order) {
    const u64 first = slot.of == Slot::Of::flags ? order.first_id() : order.first();
    return slot.begin + first * size_of(slot.type());
  }

  /// The hashes of what is on the disk, which add up to the hash of what is in memory; whose values
  /// they are, byte by byte.
  void compare_with_memory() {
    std::vector<u64> hashes(slots_.size(), 0);
    together(world_, [&] {
      for (std::size_t k = 0; k < slots_.size(); ++k) {
        const Slot& slot = slots_[k];
        const InOrder& order = orders_.at(slot.kind);
        const u64 begin = begin_of(slot, order);
        if (slot.of != Slot::Of::column) {
          file_->compare(whose(slot, order), begin);
        } else {
          hashes[k] = order.hash(*slot.column, [&](std::span<std::byte> values, u64 row) {
            file_->read(values, begin + row * size_of(slot.type()));
          });
        }
      }
    });
    world_.sum(std::span<u64>(hashes));
    u64 all = 0;
    for (const auto& [name, hash] : what_.columns) {
      all += hash;
    }
    for (std::size_t k = 0; k < slots_.size(); ++k) {
      all += hashes[k];
      if (slots_[k].of == Slot::Of::column) {
        info_.columns[path_of(*slots_[k].kind, slots_[k].name())] = hashes[k];
      }
    }
    if (all != info_.content_hash) {
      throw file_->differs();
    }
  }

  void publish() {
    if (world_.rank() == 0) {
      replace_file(side_file_of(path_).string(), side_text(info_, path_));
      put_in_place(temporary_, path_.string());
    }
  }

  const Communicator& world_;
  const fs::path path_;
  const std::string temporary_;
  const Simulation& simulation_;
  const Unchanging& what_;
  const Part part_;
  CheckpointInfo info_;
  std::map<std::string, std::vector<i64>> numbers_;
  std::map<const Kind*, InOrder> orders_;
  std::vector<Slot> slots_;
  std::optional<SharedFile> file_;
};

}  // namespace

std::string checkpoint_name(Step step) {
  char name[32];
  std::snprintf(name, sizeof name, "ckpt-%08u.h5", unsigned{step});
  return name;
}

fs::path side_file_of(const fs::path& checkpoint) {
  return fs::path(checkpoint).replace_extension(".json");
}

Unchanging unchanging(const Communicator& world, const Population& population, std::string scenario,
                      u64 seed) {
  Unchanging u;
  u.scenario = std::move(scenario);
  u.schema = population.schema();
  u.seed = seed;
  for (const auto& kind : population.kinds()) {
    for (const auto& e : kind->columns()) {
      if (belongs(*kind, e->store->info(), Part::fixed)) {
        u64 hash = kind->replicated() && world.rank() != 0 ? 0 : kind->hash_of(*e->store);
        world.sum(std::span<u64>(&hash, 1));
        u.columns[path_of(*kind, e->store->info().name)] = hash;
      }
    }
  }
  for (const auto& [name, hash] : population.network_hashes(world)) {
    u.networks[name] = hash;
  }
  return u;
}

CheckpointInfo write_checkpoint(const Communicator& world, const fs::path& path,
                                const Simulation& simulation, const Unchanging& what) {
  return Writer(world, path, simulation, what, Part::state).write();
}

void write_fixed_columns(const Communicator& world, const fs::path& path,
                         const Simulation& simulation, const Unchanging& what) {
  Writer(world, path, simulation, what, Part::fixed).write();
}

// ---- reading ------------------------------------------------------------------------------------

namespace {

[[noreturn]] void damaged(const fs::path& path, const std::string& what) {
  throw IoError(path.string() + ": " + what +
                " (it is damaged, or not one of ours). "
                "An older checkpoint may be whole.");
}

u64 hash_in(const Json& json, const fs::path& path) {
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  if (text.size() != 16 || text.find_first_not_of("0123456789abcdef") != std::string::npos) {
    damaged(path, "a hash is not 16 hexadecimal digits");
  }
  return std::stoull(text, nullptr, 16);
}

template <class T>
T number_in(const Json& json, const fs::path& path, T most = std::numeric_limits<T>::max()) {
  const auto number = whole_number<T>(json);
  if (!number || *number > most) {
    damaged(path, "has something else where a whole number is expected, or one out of range");
  }
  return *number;
}

std::map<std::string, u64> hashes_in(const Json& json, const fs::path& path) {
  if (!json.is_object()) {
    damaged(path, "does not name what its hashes are of");
  }
  std::map<std::string, u64> all;
  for (const auto& [name, hash] : json.items()) {
    all[name] = hash_in(hash, path);
  }
  return all;
}

}  // namespace

CheckpointInfo checkpoint_info(const fs::path& side_file) {
  const std::string text = read_file(side_file.string());
  Json json = parse_json(text);
  if (!json.is_object() || !json.contains("hash") || !json["hash"].is_string()) {
    damaged(side_file, "is not the side file of a checkpoint");
  }
  const u64 hash = hash_in(json["hash"], side_file);
  json.erase("hash");
  // Byte by byte: what JSON passes over may be all that is left of the damage.
  if (hash_of_text(json.dump(1)) != hash || with_own_hash(json) != text) {
    damaged(side_file, "does not match its own hash");
  }
  try {
    if (json.at("format") != checkpoint_format || json.at("format_version") != checkpoint_version ||
        json.at("piece_bytes") != checkpoint_piece) {
      damaged(side_file, "is of another format or version");
    }
    if (json.at("file") != fs::path(side_file).replace_extension(".h5").filename().string()) {
      damaged(side_file, "tells of another file, " + json.at("file").dump());
    }
    CheckpointInfo info;
    info.step = number_in<Step>(json.at("step"), side_file, last_step);
    info.seed = number_in<u64>(json.at("seed"), side_file);
    info.content_hash = hash_in(json.at("content_hash"), side_file);
    info.fingerprint = json.at("schema_fingerprint").get<std::string>();
    info.bytes = number_in<u64>(json.at("bytes"), side_file);
    info.columns = hashes_in(json.at("columns"), side_file);
    info.networks = hashes_in(json.at("networks"), side_file);
    for (const Json& piece : json.at("pieces")) {
      info.pieces.push_back(hash_in(piece, side_file));
    }
    const u64 pieces = info.bytes / checkpoint_piece + (info.bytes % checkpoint_piece != 0 ? 1 : 0);
    if (!json.at("pieces").is_array() || info.pieces.size() != pieces) {
      damaged(side_file, "has not one hash for each piece");
    }
    return info;
  } catch (const Json::exception&) {
    damaged(side_file, "lacks what the side file of a checkpoint says");
  }
}

void verify_checkpoint(const Communicator& world, const fs::path& path,
                       const CheckpointInfo& info) {
  const auto found = piece_hashes(world, path, path.string(), info.bytes);
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (info.pieces.size() != found.size() || info.pieces[k] != found[k]) {
      damaged(path, "its bytes from " + std::to_string(k * checkpoint_piece) +
                        " on are not those that were written");
    }
  }
}

Checkpoint::Checkpoint(const Communicator& world, const fs::path& path)
    : world_(world), path_(path) {
  together(world, [&] { info_ = checkpoint_info(side_file_of(path)); });
  verify_checkpoint(world, path, info_);
  together(world, [&] {
    const auto file = h5::File::open(path.string());
    if (file.text("format") != checkpoint_format || file.number<u32>("step") != info_.step) {
      damaged(path, "is another file than its side file says");
    }
    scenario_ = file.read_text("scenario");
    schema_ = file.read_text("schema");
    if (file.has("numbers")) {  // not every model counts
      const h5::Group numbers = file.group("numbers");
      for (const std::string& name : numbers.names()) {
        numbers_[name] = numbers.dataset(name).read<i64>();
      }
    }
    for (const std::string& kind : file.names()) {
      if (kind == "scenario" || kind == "schema" || kind == "numbers") {
        continue;
      }
      const h5::Group group = file.group(kind);
      if (group.has_attribute("next_id")) {
        next_ids_[kind] = static_cast<AgentId>(group.number<u64>("next_id"));
      }
      for (const std::string& column : group.names()) {
        const h5::Dataset array = group.dataset(column);
        DataType type = DataType::u8_;
        for (u8 t = 0; t <= static_cast<u8>(DataType::f64_); ++t) {
          type = stored(static_cast<DataType>(t)) == array.type() ? static_cast<DataType>(t) : type;
        }
        arrays_[kind + "/" + column] = {type, array.first_byte(), array.rows()};
      }
    }
    file_ = std::make_unique<SharedFile>(path.string(), path.string(), SharedFile::For::reading);
  });
}

Checkpoint::~Checkpoint() = default;

const Checkpoint::Array& Checkpoint::array_of(const Kind& kind, std::string_view column) const {
  const auto at = arrays_.find(path_of(kind, column));
  if (at == arrays_.end()) {
    throw InputError(path_.string() + ": has no column '" + std::string(column) + "' of kind '" +
                     kind.name() + "'. Go on with the program and the scenario that wrote it.");
  }
  return at->second;
}

void Checkpoint::fill(Kind& kind) const {
  const u64 all_ids = kind.partition().total();
  const auto flags = arrays_.find(path_of(kind, flags_name));
  Stored stored;
  if (kind.listed()) {
    const Array& ids = array_of(kind, ids_name);
    const auto [begin, end] = share(ids.rows, world_);
    std::vector<AgentId> mine(end - begin);
    together(world_, [&, begin = begin] {
      file_->read(std::as_writable_bytes(std::span(mine)), ids.begin + begin * sizeof(AgentId));
    });
    kind.replace_rows(std::move(mine), next_ids_.at(kind.name()));
    stored.total = ids.rows;
    stored.first = begin;
  } else if (flags != arrays_.end()) {
    if (flags->second.rows != all_ids) {
      refuse_length(kind, flags_name, flags->second.rows, all_ids);
    }
    stored.flags.resize(all_ids);
    together(world_, [&] {
      file_->read(std::as_writable_bytes(std::span(stored.flags)), flags->second.begin);
    });
    stored.total = static_cast<u64>(std::count(stored.flags.begin(), stored.flags.end(), u8{1}));
  } else {
    stored.total = all_ids;
    stored.first = kind.partition().is_contiguous() ? kind.partition().first() : 0;
  }
  for (const auto& e : kind.columns()) {
    if (belongs(kind, e->store->info(), Part::state)) {
      fill(kind, *e->store, stored);
    }
  }
}

void Checkpoint::refuse_length(const Kind& kind, std::string_view column, u64 there,
                               u64 here) const {
  throw InputError(path_.string() + ": column '" + std::string(column) + "' of kind '" +
                   kind.name() + "' has " + std::to_string(there) + " values (" +
                   std::to_string(here) +
                   " are needed). Go on with the program and the scenario that wrote it.");
}

void Checkpoint::fill(const Kind& kind, ColumnStore& column, const Stored& stored) const {
  const ColumnInfo& info = column.info();
  const Array& array = array_of(kind, info.name);
  const std::size_t width = size_of(info.type);
  if (array.type != info.type || array.rows != stored.total) {
    refuse_length(kind, info.name, array.rows, stored.total);
  }
  const Partition& where = kind.partition();
  together(world_, [&] {
    if (stored.flags.empty() && (kind.listed() || where.is_contiguous())) {
      file_->read({column.data(), kind.rows() * width}, array.begin + stored.first * width);
      return;
    }
    // In pieces of ids; a row that is not stored is as it began.
    std::vector<std::byte> piece;
    const u64 ids = where.total();
    for (u64 at = 0, first = 0; at < ids; at += rows_at_once) {
      const u64 end = std::min(ids, at + rows_at_once);
      const u64 n =
          stored.flags.empty()
              ? end - at
              : static_cast<u64>(std::count(stored.flags.begin() + static_cast<i64>(at),
                                            stored.flags.begin() + static_cast<i64>(end), u8{1}));
      const bool none_mine =
          where.is_contiguous() && (end <= where.first() || at >= where.first() + where.count());
      if (!none_mine) {
        piece.resize(n * width);
        file_->read(piece, array.begin + first * width);
        const std::byte* value = piece.data();
        for (u64 id = at; id < end; ++id) {
          const bool here = stored.flags.empty() || stored.flags[id] == 1;
          if (where.is_mine(static_cast<AgentId>(id))) {
            std::memcpy(column.data() + where.row_of(static_cast<AgentId>(id)) * width,
                        here ? value : reinterpret_cast<const std::byte*>(&info.initial), width);
          }
          value += here ? width : 0;
        }
      }
      first += n;
    }
  });
}

void Checkpoint::compare(const Communicator& world, const Population& population) const {
  const Unchanging here = unchanging(world, population, {}, 0);
  std::vector<std::string> mistakes;
  for (const auto& [name, hash] : here.columns) {
    const auto there = info_.columns.find(name);
    if (there == info_.columns.end() || there->second != hash) {
      mistakes.push_back(path_.string() + ": fixed column '" + name + "' " +
                         (there == info_.columns.end() ? "was not there" : "had other values") +
                         " when it was written (the scenario, a file it reads, or the program has "
                         "changed). Go on with those that wrote it, or run anew.");
    }
  }
  for (const auto& [name, hash] : here.networks) {
    const auto there = info_.networks.find(name);
    if (there == info_.networks.end() || there->second != hash) {
      mistakes.push_back(path_.string() + ": network '" + name +
                         "' was another one when it was written (the scenario, a file it reads, or "
                         "the program has changed). Go on with those that wrote it, or run anew.");
    }
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

void Checkpoint::check(const Population& population) const {
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  const auto there = lines_of(schema_), here = lines_of(population.schema());
  std::vector<std::string> gone, come, mistakes;
  std::set_difference(there.begin(), there.end(), here.begin(), here.end(),
                      std::back_inserter(gone));
  std::set_difference(here.begin(), here.end(), there.begin(), there.end(),
                      std::back_inserter(come));
  for (const auto& [lines, when] :
       {std::pair{&gone, "was declared when it was written, and is not now"},
        std::pair{&come, "is declared now, and was not when it was written"}}) {
    for (const std::string& line : *lines) {
      mistakes.push_back(path_.string() + ": column '" + line + "' " + when +
                         ". Go on with the program and the scenario that wrote it.");
    }
  }
  if (!mistakes.empty()) {
    throw InputError(std::move(mistakes));
  }
}

}  // namespace throng
