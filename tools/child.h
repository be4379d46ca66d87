// Another program, run to its end.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace throng {

struct ChildResult {
  int exit_code = 0;      ///< 128 + signal when it was killed
  std::string last_line;  ///< of its standard output, without the line end
  std::string errors;     ///< its standard error
};

/// Runs `command` (a path, then arguments) with this process's environment and `settings`
/// ("NAME=value") in front. Throws IoError when it cannot be started.
ChildResult run_child(const std::vector<std::string>& command,
                      const std::vector<std::string>& settings = {});

/// Where a program of the PATH stands, if anywhere.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// A folder that goes when this object goes.
class ScratchFolder {
 public:
  /// Throws IoError.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  /// A path in it that was not given out before.
  std::filesystem::path next();

 private:
  std::filesystem::path folder_;
  int given_ = 0;
};

}  // namespace throng
