#include "io/seal.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "io/hash.h"
#include "io/publish.h"
#include "sim/error.h"
#include "sim/types.h"

namespace throng {
namespace {

/// "\nthrong seal SHA256 00000000000000012345\n": fixed width, so that it is found from the end.
constexpr std::string_view opening = "\nthrong seal ";
constexpr std::size_t digest_width = 64, size_width = 20;
constexpr std::size_t seal_width = opening.size() + digest_width + 1 + size_width + 1;

using FilePointer = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

FilePointer opened(const std::string& path, const char* mode, const std::string& named) {
  FilePointer file(std::fopen(path.c_str(), mode), &std::fclose);
  if (file == nullptr) {
    throw system_failure(named, "be opened", errno);
  }
  return file;
}

u64 size_of_file(const std::string& path, const std::string& named) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) {
    throw system_failure(named, "be opened", error.value());
  }
  return size;
}

std::string seal_over(const std::string& path, u64 bytes) {
  std::string size = std::to_string(bytes);
  size.insert(0, size_width - size.size(), '0');
  std::string seal(opening);
  return seal.append(sha256_of_file(path, bytes)).append(" ").append(size).append("\n");
}

}  // namespace

void seal_file(const std::string& path, const std::string& named) {
  const u64 bytes = size_of_file(path, named);
  const std::string seal = seal_over(path, bytes);
  auto file = opened(path, "abe", named);
  const bool written = std::fwrite(seal.data(), 1, seal.size(), file.get()) == seal.size();
  if (std::fclose(file.release()) != 0 || !written) {
    throw system_failure(named, "be written", errno, seal.size());
  }
}

void check_seal(const std::string& path) {
  const u64 bytes = size_of_file(path, path);
  std::array<char, seal_width> stored{};
  if (bytes >= seal_width) {
    const auto file = opened(path, "rbe", path);
    if (std::fseek(file.get(), -static_cast<long>(seal_width), SEEK_END) != 0 ||
        std::fread(stored.data(), 1, seal_width, file.get()) != seal_width) {
      throw system_failure(path, "be read", errno);
    }
  }
  const std::string_view found(stored.data(), stored.size());
  if (!found.starts_with(opening)) {
    throw IoError(path +
                  ": has no seal at its end (it was cut short, changed by another program, "
                  "or is not a file of ours). Use the original, or run again.");
  }
  if (found != seal_over(path, bytes - seal_width)) {
    throw IoError(path +
                  ": does not match its seal (bytes were changed after it was written). Use "
                  "another copy, or run again.");
  }
}

}  // namespace throng
