// run.json and the side files of checkpoints come from a disk: each way in which they can be wrong
// has its words.
#include <functional>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "io/checkpoint.h"
#include "io/hash.h"
#include "io/publish.h"
#include "io/run_directory.h"
#include "sim/words.h"
#include "tests/io/scratch.h"

using namespace throng;
using Json = nlohmann::ordered_json;

namespace {

struct Damage {
  std::string what;
  std::function<void(Json&)> to;
  std::string said;
};

const Json good_run = {
    {"format", "throng-run"},   {"status", "stopped"},
    {"scenario", "town"},       {"created", "2026-03-01T12:00:00Z"},
    {"replicates", 3},          {"inputs", {{{"path", "a"}, {"sha256", "b"}, {"bytes", 1}}}},
    {"restart_chain", {"ckpt"}}};

std::string refusal_of_run(const std::string& text) {
  const Scratch scratch;
  replace_file(scratch / "run.json", text);
  try {
    read_run_record(scratch.path());
  } catch (const IoError& error) {
    return error.what();
  }
  return "none";
}

const Json good_side = {{"format", checkpoint_format},
                        {"format_version", 1},
                        {"file", "ckpt-00000003.h5"},
                        {"step", 3},
                        {"seed", 1},
                        {"content_hash", "beffbd621af210e3"},
                        {"schema_fingerprint", "a17bf5c550d270a6"},
                        {"bytes", checkpoint_piece + 1},
                        {"columns", {{"person/person.age", "49e5b6ab68745476"}}},
                        {"networks", Json::object()},
                        {"piece_bytes", checkpoint_piece},
                        {"pieces", {"5b1eeb769b487865", "5b1eeb769b487865"}}};

std::string refusal_of_side(const std::string& text) {
  const Scratch scratch;
  replace_file(scratch / "ckpt-00000003.json", text);
  try {
    checkpoint_info(scratch / "ckpt-00000003.json");
  } catch (const IoError& error) {
    return error.what();
  }
  return "none";
}

/// With the hash that belongs to it.
std::string hashed(Json json) {
  const std::string told = json.dump(1);
  json["hash"] = hash_text(fast_hash(std::as_bytes(std::span(told))));
  return json.dump(1) + "\n";
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace

TEST_CASE("a damaged run.json is refused in words", "[io]") {
  CHECK(refusal_of_run(good_run.dump()) == "none");
  const std::string lacks = "lacks what a run says of itself", number = "has a number that is none",
                    other = "does not describe a run";
  const Damage all[] = {
      {"a format that is a number", [](Json& run) { run["format"] = 1; }, other},
      {"no format", [](Json& run) { run.erase("format"); }, other},
      {"a status that is a number", [](Json& run) { run["status"] = 1; }, lacks},
      {"an unknown status", [](Json& run) { run["status"] = "lost"; }, "has a status that no run"},
      {"replicates in words", [](Json& run) { run["replicates"] = "many"; }, number},
      {"no replicates", [](Json& run) { run["replicates"] = 0; }, number},
      {"replicates below 0", [](Json& run) { run["replicates"] = -1; }, number},
      {"too many replicates", [](Json& run) { run["replicates"] = 100'001; }, number},
      {"a fraction", [](Json& run) { run["replicates"] = 1.5; }, number},
      {"far too many", [](Json& run) { run["replicates"] = 1e300; }, number},
      {"bytes below 0", [](Json& run) { run["inputs"][0]["bytes"] = -1; }, number},
      {"inputs that are none", [](Json& run) { run["inputs"] = 5; }, lacks},
      {"no chain", [](Json& run) { run.erase("restart_chain"); }, lacks}};
  for (const Damage& damage : all) {
    Json run = good_run;
    damage.to(run);
    INFO(damage.what);
    CHECK_THAT(refusal_of_run(run.dump()), Catch::Contains(damage.said));
  }
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{"),
                                  nested(100'000), "{\"format\": " + nested(100'000) + "}"}) {
    CHECK_THAT(refusal_of_run(text), Catch::Contains(other));
  }
}

TEST_CASE("a run whose run.json is damaged cannot be marked as failed", "[io]") {
  const Scratch scratch;
  auto run = RunDirectory::create(scratch / "run");
  replace_file(scratch / "run/run.json", "{\"status\": " + nested(100'000) + "}");

  CHECK_THROWS_AS(RunDirectory::fail(run.path(), "an error"), IoError);
}

TEST_CASE("a damaged side file of a checkpoint is refused in words", "[io]") {
  CHECK(refusal_of_side(hashed(good_side)) == "none");
  const std::string lacks = "lacks what the side file", number = "where a whole number is expected",
                    digits = "a hash is not 16 hexadecimal digits",
                    pieces = "has not one hash for each piece";
  const Damage all[] = {
      {"another version", [](Json& s) { s["format_version"] = 2; }, "of another format or version"},
      {"a step that is none", [](Json& s) { s["step"] = 65'536 + 3; }, number},
      {"a step below 0", [](Json& s) { s["step"] = -1; }, number},
      {"half a seed", [](Json& s) { s["seed"] = 0.5; }, number},
      {"a short hash", [](Json& s) { s["content_hash"] = "beff"; }, digits},
      {"a hash that is a number", [](Json& s) { s["columns"]["person/person.age"] = 1; }, digits},
      {"columns without names", [](Json& s) { s["columns"] = {"49e5b6ab68745476"}; },
       "does not name what its hashes are of"},
      {"no networks", [](Json& s) { s.erase("networks"); }, lacks},
      {"a piece too few", [](Json& s) { s["pieces"].erase(0); }, pieces},
      {"all the bytes there are", [](Json& s) { s["bytes"] = 0xFFFFFFFFFFFFFFFFull; }, pieces},
      {"pieces with names",
       [](Json& s) {
         s["pieces"] = {{"a", "5b1eeb769b487865"}};
       },
       pieces}};
  for (const Damage& damage : all) {
    Json side = good_side;
    damage.to(side);
    INFO(damage.what);
    CHECK_THAT(refusal_of_side(hashed(side)), Catch::Contains(damage.said));
  }
  CHECK_THAT(refusal_of_side(good_side.dump(1)), Catch::Contains("is not the side file"));
  Json changed = Json::parse(hashed(good_side));
  changed["step"] = 4;
  CHECK_THAT(refusal_of_side(changed.dump(1)), Catch::Contains("does not match its own hash"));
  const std::string deep = "{\"hash\": \"5b1eeb769b487865\", \"step\": " + nested(100'000) + "}";
  CHECK_THAT(refusal_of_side(deep), Catch::Contains("is not the side file"));
}
