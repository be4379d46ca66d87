#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "sim/error.h"

namespace throng::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view opening = "-- ", closing = " --";

}  // namespace

Parts::Parts(const std::uint8_t* data, std::size_t size) : parts_(1) {
  const std::string all = text_of(data, size);
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string_view line = std::string_view(all).substr(at, end - at);
    const std::size_t next = std::min(end + 1, all.size());
    if (line.size() > opening.size() + closing.size() && line.starts_with(opening) &&
        line.ends_with(closing)) {
      const std::size_t length = line.size() - opening.size() - closing.size();
      parts_.push_back({std::string(line.substr(opening.size(), length)), {}});
    } else {
      parts_.back().text.append(all, at, next - at);
    }
    at = next;
  }
}

const std::string* Parts::find(std::string_view name) const {
  const std::string* found = nullptr;
  for (const Part& part : parts_) {
    found = part.name == name ? &part.text : found;
  }
  return found;
}

std::string Parts::operator[](std::string_view name) const {
  const std::string* found = find(name);
  return found == nullptr ? std::string() : *found;
}

std::vector<std::string> Parts::lines(std::string_view name) const {
  const std::string text = (*this)[name];
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "throng-fuzz-XXXXXX").string();
  ensures(::mkdtemp(name.data()) != nullptr, "there is room for a folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(std::string_view name, std::string_view text) const {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen((path_ / name).c_str(), "wb"), &std::fclose);
  ensures(file != nullptr && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size(),
          "there is room for a file");
}

void Folder::remove(std::string_view name) const { fs::remove(path_ / name); }

void Folder::clear() const {
  for (const auto& entry : fs::directory_iterator(path_)) {
    fs::remove_all(entry.path());
  }
}

bool takes(const std::function<void()>& f) {
  try {
    f();
    return true;
  } catch (const InputError&) {
  } catch (const IoError&) {
  }
  return false;
}

}  // namespace throng::fuzz
