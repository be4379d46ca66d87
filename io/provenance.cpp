#include "io/provenance.h"

#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "io/build_values.h"
#include "io/h5.h"
#include "io/hash.h"
#include "io/publish.h"

namespace throng {

Build this_build() {
  return {.version = build_values::version,
          .git_commit = build_values::git_commit,
          .compiler = build_values::compiler,
          .flags = build_values::flags};
}

std::vector<Library> io_libraries() {
  return {{"HDF5", h5::library_version()},
          {"OpenSSL", hash_library_version()},
          {"nlohmann_json", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
                                std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
                                std::to_string(NLOHMANN_JSON_VERSION_PATCH)}};
}

InputFile input_file(const std::string& path) {
  InputFile file{.path = path, .sha256 = sha256_of_file(path)};
  std::error_code error;
  file.bytes = std::filesystem::file_size(path, error);
  if (error) {
    throw system_failure(path, "be read", error.value());
  }
  return file;
}

std::string now_iso8601() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace throng
