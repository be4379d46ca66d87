// Files of runs looked at from outside; damaged ones and their like stand in tests/command.
#include <cstdio>
#include <fstream>
#include <random>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "io/checkpoint.h"
#include "io/examine.h"
#include "io/hash.h"
#include "io/publish.h"
#include "sim/words.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What a command prints, and its exit code.
std::pair<std::string, int> output_of(const std::string& command) {
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char part[4096];
  for (std::size_t n = 0; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) {
    text.append(part, n);
  }
  return {text, WEXITSTATUS(::pclose(pipe))};
}

/// The checkpoint of step 20 of a small world.
fs::path checkpoint_in(const Scratch& scratch) {
  const std::string out = scratch / "run";
  const auto [text, code] =
      output_of(std::string(THRONG_BINARY) + " run " + THRONG_SOURCE_DIR +
                "/scenarios/classics/predation/predation.toml --quiet --threads 1 --steps 20 --set "
                "checkpoint.every_steps=20 --set 'output.snapshot_steps=[]' --out '" +
                out + "'");
  REQUIRE(code == 0);
  return fs::path(out) / "checkpoints" / checkpoint_name(20);
}

u64 hash_of(const std::string& text) { return fast_hash(std::as_bytes(std::span(text))); }

/// A checkpoint and a side file by which it is whole.
void forge(const fs::path& path, const std::string& content, Json side) {
  side.erase("hash");
  side["bytes"] = content.size();
  side["pieces"] = Json::array();
  for (u64 at = 0; at < content.size(); at += checkpoint_piece) {
    side["pieces"].push_back(hash_text(hash_of(content.substr(at, checkpoint_piece))));
  }
  side["hash"] = hash_text(hash_of(side.dump(1)));
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  std::ofstream(side_file_of(path)) << side.dump(1) << "\n";
}

std::string problem_of(const fs::path& path) {
  return Json::parse(examine_file(path)).value("problem", "");
}

}  // namespace

TEST_CASE("files of runs are known by their names", "[examine]") {
  for (const auto& [name, sort] : {std::pair{"run.json", FileSort::run},
                                   {"scenario.toml", FileSort::scenario},
                                   {"results.h5", FileSort::results},
                                   {"00000012.h5", FileSort::results},
                                   {"00000012.h5.json", FileSort::outcome},
                                   {"fixed.h5", FileSort::fixed},
                                   {"fixed.json", FileSort::side_file},
                                   {"ckpt-00000100.h5", FileSort::checkpoint},
                                   {"ckpt-00000100.json", FileSort::side_file},
                                   {"out-00000000-00000100.h5", FileSort::segment},
                                   {"answers.sqlite", FileSort::answers},
                                   {"recorded.sqlite", FileSort::answers},
                                   {"spent.txt", FileSort::spending},
                                   {"ledger.jsonl", FileSort::ledger},
                                   {"ckpt-100.h5", FileSort::unknown},
                                   {"ckpt-00000100.h5.tmp", FileSort::unknown},
                                   {"out-00000000.h5", FileSort::unknown},
                                   {"", FileSort::unknown},
                                   {"result.h5", FileSort::unknown}}) {
    INFO(name);
    CHECK(sort_by_name(name) == sort);
  }
}

TEST_CASE("a checkpoint is what its side file says, whatever their hashes", "[examine]") {
  const Scratch scratch;
  const fs::path path = checkpoint_in(scratch);
  const std::string content = read_file(path.string());
  const Json side = Json::parse(read_file(side_file_of(path).string()));
  REQUIRE(problem_of(path).empty());

  SECTION("forged as it was, it is whole") {
    forge(path, content, side);
    CHECK(problem_of(path).empty());
  }
  SECTION("of another step, seed or content") {
    for (const auto& [key, value] : {std::pair<std::string, Json>{"step", 21},
                                     {"seed", 2},
                                     {"content_hash", "0123456789abcdef"},
                                     {"schema_fingerprint", "0123456789abcdef"}}) {
      Json other = side;
      other[key] = value;
      forge(path, content, other);
      INFO(key);
      const std::string problem = problem_of(path);
      CHECK(problem.find(key == "step"
                             ? "is ckpt-00000021.h5 by what it says"
                             : "is another file than its side file says") != std::string::npos);
    }
  }
  SECTION("with columns that nobody hashed") {
    Json other = side;
    other["columns"].erase("wolf/wolf.energy");
    forge(path, content, other);
    CHECK(problem_of(path).find("column 'wolf.energy' of 'wolf' is not as its schema says") !=
          std::string::npos);
  }
  SECTION("with sizes that nothing can have") {
    for (const u64 bytes : {u64{0}, u64{1} << 62, ~u64{0}}) {
      Json other = side;
      other.erase("hash");
      other["bytes"] = bytes;
      other["hash"] = hash_text(hash_of(other.dump(1)));
      std::ofstream(side_file_of(path)) << other.dump(1) << "\n";
      INFO(bytes);
      CHECK(problem_of(path).find("has not one hash for each piece") != std::string::npos);
    }
  }
}

TEST_CASE("damage that has the right hashes crashes nothing but who looks at it", "[examine]") {
  const Scratch scratch;
  const fs::path path = checkpoint_in(scratch);
  const std::string content = read_file(path.string());
  const Json side = Json::parse(read_file(side_file_of(path).string()));
  std::mt19937 chance(5);
  std::string command = std::string("ulimit -c 0; ") + THRONG_BINARY + " verify";
  const int copies = 100;
  for (int k = 0; k < copies; ++k) {
    std::string bad = content;
    for (int flips = 0; flips <= k % 3; ++flips) {
      bad[chance() % bad.size()] ^= static_cast<char>(1 << chance() % 8);
    }
    const fs::path forged = fs::path(scratch / std::to_string(k)) / path.filename();
    forge(forged, bad, side);
    command += " '" + forged.string() + "'";
  }

  const auto [text, code] = output_of(command);

  CHECK((code == 0 || code == 66));
  int whole = 0, damaged = 0, others = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    whole += line.starts_with("whole ") ? 1 : 0;
    damaged += line.starts_with("damaged ") ? 1 : 0;
    others += line.starts_with("not ours ") ? 1 : 0;
  }
  INFO(text);
  CHECK(whole + damaged == copies);
  CHECK(damaged > 10);
  CHECK(others == 0);
}
