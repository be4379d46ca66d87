// The side file of a checkpoint: as it stands, and, where it is JSON, with the hash that belongs to
// it, so that what stands behind the hash is tried as well.
#include <cstdio>

#include <nlohmann/json.hpp>

#include "io/checkpoint.h"
#include "io/hash.h"
#include "sim/words.h"
#include "tests/fuzz/fuzz.h"

using namespace throng;

namespace {

using Json = nlohmann::ordered_json;

/// As the writer does; "" of what is no object, or too much to be written by it.
std::string with_its_hash(const std::string& text) {
  const auto shallow = [](int depth, Json::parse_event_t, const Json&) { return depth < 8; };
  Json json = Json::parse(text, shallow, false);
  if (!json.is_object()) {
    return {};
  }
  json.erase("hash");
  const std::string told = json.dump(1);
  json["hash"] = hash_text(fast_hash(std::as_bytes(std::span(told))));
  return json.dump(1) + "\n";
}

void read(const fuzz::Folder& folder, const std::string& text) {
  folder.write("ckpt-00000100.json", text);
  fuzz::takes([&] {
    const CheckpointInfo info = checkpoint_info(folder / "ckpt-00000100.json");
    verify_checkpoint(Communicator(), folder / "ckpt-00000100.h5", info);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Folder folder;
  static const bool there = (folder.write("ckpt-00000100.h5", std::string(1000, 'x')), true);
  const std::string text = fuzz::text_of(data, size);
  read(folder, text);
  if (const std::string hashed = with_its_hash(text); there && !hashed.empty()) {
    read(folder, hashed);
  }
  return 0;
}
