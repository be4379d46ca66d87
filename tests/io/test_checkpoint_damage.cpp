// A checkpoint gives back what was written; one that is damaged, cut or of other columns is refused
// with its name, and before the library opens it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "io/checkpoint.h"
#include "io/publish.h"
#include "sim/simulation.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

namespace fs = std::filesystem;

constexpr Fixed<u8> clan{.name = "test.clan", .unit = "1", .doc = "-"};
constexpr State<double> height{.name = "test.height", .unit = "meter", .doc = "-"};
constexpr State<u16> mood{.name = "test.mood", .unit = "1", .doc = "-", .initial = 7};
constexpr State<i32> energy{.name = "test.energy", .unit = "1", .doc = "-", .initial = 4};
constexpr State<u32> food{.name = "test.food", .unit = "1", .doc = "-"};

// Above 4 MB, which are hashed piece by piece.
constexpr AgentId many = 700'000, creatures = 300;
constexpr u64 seed = 5;

const Communicator alone;

/// Rows that stay, of which one in a hundred has a mood and all have a height; rows that come and
/// go; rows that everybody has. Untouched they are as they began.
std::unique_ptr<Simulation> small_world(AgentId rows, bool touched,
                                        const std::function<void(Population&)>& change = {}) {
  Population p;
  Kind& row = p.add_kind("row", Partition::blocks({0, rows}, 0));
  const auto clans = row.values(clan);
  const auto moods = row.values(mood);
  const auto heights = row.values(height);
  for (Row r = 0; r < rows; ++r) {
    clans[r] = static_cast<u8>(r % 5);
    if (touched) {
      moods[r] = r % 100 == 3 ? static_cast<u16>(r) : 7;
      heights[r] = 0.5 * r + 1;
    }
  }
  Kind& creature = p.add_kind("creature", Partition::blocks({0, creatures}, 0).listed(creatures));
  Kind& world = p.add_kind("world", Partition::replicated(3));
  const auto energies = creature.values(energy);
  const auto foods = world.values(food);
  if (touched) {
    for (Row r = 0; r < creatures; ++r) {
      energies[r] = static_cast<i32>(r) - 150;
    }
    foods[2] = 1'000'000;
  }
  if (change) {
    change(p);
  }
  return std::make_unique<Simulation>(alone, std::move(p), SimulationOptions{.seed = seed});
}

/// A checkpoint in a folder of its own, and what its files held when they were whole.
struct Written {
  explicit Written(AgentId rows) {
    const auto simulation = small_world(rows, true);
    simulation->start();
    info = write_checkpoint(alone, path, *simulation,
                            unchanging(alone, simulation->population(), "title = \"x\"\n", seed));
    whole = read_file(path);
    whole_side = read_file(side);
  }
  /// Puts a byte where it was, or another.
  static void put(const std::string& file, u64 at, char byte) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
    REQUIRE(stream.flush());
  }
  static void put(const std::string& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << text;
    REQUIRE(stream.flush());
  }
  void restore() const {
    put(path, whole);
    put(side, whole_side);
  }

  Scratch scratch;
  std::string path = scratch / "ckpt-00000000.h5", side = scratch / "ckpt-00000000.json";
  CheckpointInfo info;
  std::string whole, whole_side;
};

/// What opening it says; "" where it finds nothing wrong.
std::string refusal(const std::string& path) {
  try {
    const Checkpoint checkpoint(alone, path);
    return "";
  } catch (const IoError& error) {
    return error.what();
  }
}

/// The same, of its bytes and side file alone.
std::string refusal_of_bytes(const std::string& path, const std::string& side) {
  try {
    verify_checkpoint(alone, path, checkpoint_info(side));
    return "";
  } catch (const IoError& error) {
    return error.what();
  }
}

char other_byte(std::mt19937_64& chance, char byte) {
  return static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + chance() % 255));
}

}  // namespace

TEST_CASE("a checkpoint gives back what was written", "[checkpoint]") {
  for (const AgentId rows : {AgentId{1'000}, many}) {
    const Written written(rows);
    const auto expected = small_world(rows, true), found = small_world(rows, false);
    expected->start();

    const Checkpoint checkpoint(alone, written.path);
    checkpoint.compare(alone, found->population());
    found->start(&checkpoint);

    CHECK(found->content_hash() == expected->content_hash());
    CHECK(found->full_hash() == expected->content_hash());
    CHECK(checkpoint.info().content_hash == expected->content_hash());
    CHECK(checkpoint.scenario() == "title = \"x\"\n");
    const auto heights = found->population().kind("row").values(height);
    CHECK((heights[0] == 1 && heights[rows - 1] == 0.5 * (rows - 1) + 1));
    CHECK(found->population().kind("row").values(mood)[103] == 103);
    CHECK(found->population().kind("row").values(mood)[104] == 7);
    CHECK(found->population().kind("creature").values(energy)[299] == 149);
    CHECK(found->population().kind("world").values(food)[2] == 1'000'000);
    CHECK(fs::file_size(written.path) == written.info.bytes);
    CHECK_FALSE(fs::exists(written.path + ".tmp"));
  }
}

TEST_CASE("what a killed process left in memory is removed, what others make there is not",
          "[checkpoint]") {
  if (::access("/dev/shm", W_OK) != 0) {
    WARN("/dev/shm cannot be written: skipped");
    return;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(0);
  }
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  const fs::path left = "/dev/shm/throng-frame-" + std::to_string(child) + "-killed";
  const fs::path other = "/dev/shm/throng-frame-" + std::to_string(::getpid()) + "-living";
  std::ofstream(left) << "-";
  std::ofstream(other) << "-";

  const Written written(1'000);

  CHECK_FALSE(fs::exists(left));
  CHECK(fs::remove(other));
}

TEST_CASE("300 flipped bytes of a checkpoint are found, each", "[checkpoint]") {
  const Written written(many);
  REQUIRE(written.info.pieces.size() > 1);
  std::mt19937_64 chance(20'200'301);

  for (int k = 0; k < 300; ++k) {
    // Where the library's own structures stand, in the first and last bytes, a third each.
    const u64 size = written.whole.size(), near = std::min<u64>(size, 4096);
    const u64 at = k % 3 == 0   ? chance() % near
                   : k % 3 == 1 ? size - 1 - chance() % near
                                : chance() % size;
    Written::put(written.path, at, other_byte(chance, written.whole[at]));
    const std::string said = refusal(written.path);
    Written::put(written.path, at, written.whole[at]);

    INFO("byte " << at);
    REQUIRE(said.starts_with(written.path + ": its bytes from "));
  }
  CHECK(refusal(written.path).empty());
}

TEST_CASE("100 checkpoints that were cut are found, each", "[checkpoint]") {
  const Written written(many);
  std::mt19937_64 chance(7);

  for (int k = 0; k < 100; ++k) {
    const u64 size = written.whole.size();
    const u64 left = k == 0 ? 0 : k == 1 ? size - 1 : k == 2 ? checkpoint_piece : chance() % size;
    fs::resize_file(written.path, left);
    const std::string said = refusal(written.path);
    fs::resize_file(written.path,
                    size);  // zeros behind it: the right size, and not the right bytes
    const bool zeros = std::all_of(written.whole.begin() + static_cast<i64>(left),
                                   written.whole.end(), [](char c) { return c == 0; });
    const std::string of_zeros = refusal(written.path);
    std::fstream(written.path, std::ios::in | std::ios::out | std::ios::binary)
            .seekp(static_cast<std::streamoff>(left))
        << written.whole.substr(left);

    INFO(left << " bytes left");
    REQUIRE(said == written.path + ": has " + std::to_string(left) + " bytes (" +
                        std::to_string(size) + " were written). It is damaged.");
    REQUIRE((zeros || of_zeros.starts_with(written.path + ": its bytes from ")));
  }
  CHECK(refusal(written.path).empty());

  std::ofstream(written.path, std::ios::app | std::ios::binary) << 'x';
  CHECK_FALSE(refusal(written.path).empty());
}

TEST_CASE("a side file of which any byte is another is found", "[checkpoint]") {
  const Written written(1'000);
  std::mt19937_64 chance(11);
  const auto refused = [&](const std::string& text) {
    Written::put(written.side, text);
    const std::string said = refusal_of_bytes(written.path, written.side);
    INFO(text);
    REQUIRE(said.starts_with(written.side + ": "));
  };

  for (std::size_t at = 0; at < written.whole_side.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string text = written.whole_side;
      text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1u << bit));
      refused(text);
    }
    std::string text = written.whole_side;
    text[at] = other_byte(chance, text[at]);
    refused(text);
    for (const char blank : {' ', '\n', '\t', '0'}) {  // which JSON may pass over
      if (text[at] = blank; text != written.whole_side) {
        refused(text);
      }
    }
    refused(written.whole_side.substr(0, at));
  }
  written.restore();
  CHECK(refusal(written.path).empty());
  fs::remove(written.side);
  CHECK(refusal(written.path).starts_with(written.side + ": cannot be opened"));
}

TEST_CASE("the side file of another checkpoint, and a file that is none, are found",
          "[checkpoint]") {
  const Written written(1'000), other(1'001);

  Written::put(written.side, other.whole_side);
  CHECK_FALSE(refusal(written.path).empty());
  Written::put(written.side, "{}");
  CHECK_FALSE(refusal(written.path).empty());
  Written::put(written.side, "");
  CHECK_FALSE(refusal(written.path).empty());
  written.restore();
  const std::string renamed = written.scratch / "ckpt-00000009.h5";
  fs::copy(written.path, renamed);
  fs::copy(written.side, side_file_of(renamed));
  CHECK(refusal(renamed).find("tells of another file, \"ckpt-00000000.h5\"") != std::string::npos);
  fs::remove(written.path);
  CHECK_FALSE(refusal(written.path).empty());
  fs::create_directory(written.path);
  CHECK_FALSE(refusal(written.path).empty());
}

TEST_CASE("a state of other columns is refused by their names", "[checkpoint]") {
  constexpr State<u16> courage{.name = "test.courage", .unit = "1", .doc = "-"};
  constexpr State<u8> mood_of_a_byte{.name = "test.mood", .unit = "1", .doc = "-", .initial = 7};
  constexpr State<u32> food_in_days{.name = "test.food", .unit = "day", .doc = "-"};
  const Written written(1'000);
  const Checkpoint checkpoint(alone, written.path);
  const auto mistakes_of = [&](const std::unique_ptr<Simulation>& simulation) {
    try {
      simulation->start(&checkpoint);
      return std::string();
    } catch (const InputError& error) {
      return std::string(error.what());
    }
  };

  const auto more =
      mistakes_of(small_world(1'000, false, [&](Population& p) { p.kind("row").values(courage); }));
  CHECK(more.find("test.courage") != std::string::npos);
  CHECK(more.find("is declared now, and was not when it was written") != std::string::npos);
  CHECK(more.find("test.mood") == std::string::npos);

  for (const bool narrower : {false, true}) {
    Population p;
    Kind& row = p.add_kind("row", Partition::blocks({0, 1'000}, 0));
    row.values(clan);
    narrower ? void(row.values(mood_of_a_byte)) : void(row.values(mood));
    row.values(height);
    p.add_kind("creature", Partition::blocks({0, creatures}, 0).listed(creatures)).values(energy);
    Kind& world = p.add_kind("world", Partition::replicated(3));
    narrower ? void(world.values(food)) : void(world.values(food_in_days));
    const auto said = mistakes_of(
        std::make_unique<Simulation>(alone, std::move(p), SimulationOptions{.seed = seed}));

    CHECK((said.find("test.mood") != std::string::npos) == narrower);
    CHECK((said.find("test.food") != std::string::npos) == !narrower);
    CHECK(said.find("was declared when it was written, and is not now") != std::string::npos);
    CHECK(said.find(written.path) != std::string::npos);
  }
}

TEST_CASE("fixed columns of other values are refused by their names", "[checkpoint]") {
  const Written written(1'000);
  const Checkpoint checkpoint(alone, written.path);
  const auto changed =
      small_world(1'000, false, [](Population& p) { p.kind("row").values(clan)[17] = 9; });

  CHECK_NOTHROW(checkpoint.compare(alone, small_world(1'000, false)->population()));
  CHECK_THROWS_WITH(checkpoint.compare(alone, changed->population()),
                    Catch::Contains("fixed column 'row/test.clan' had other values"));
}
