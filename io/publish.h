// Files that appear whole or not at all: written under another name, flushed to the disk, renamed.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"
#include "sim/types.h"

namespace throng {

/// A file on its way to `path`. Write to `temporary()`, then `publish()`; if that never happens,
/// what was written is removed, and what stood at `path` before stays as it was.
class PendingFile {
 public:
  explicit PendingFile(std::string path);
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile();

  const std::string& path() const { return path_; }
  /// `path` with ".tmp" behind it, in the same folder, so that the rename is one act of the file
  /// system.
  const std::string& temporary() const { return temporary_; }
  /// Removes what was written so far, which also gives its space back.
  void discard();
  /// fsync of the file, rename, fsync of its folder. Throws IoError.
  void publish();

 private:
  std::string path_, temporary_;
  bool published_ = false;
};

/// Renames a file that was written and flushed, and flushes its folder. Throws IoError; then there
/// is nothing where nothing was.
void put_in_place(const std::string& temporary, const std::string& path);
/// Removes a file if it is there, without a word.
void remove_quietly(const std::string& path) noexcept;

/// What is in a folder; nothing where it is not there. Throws SystemFailure where it cannot be
/// read.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);

/// Makes a file of these bytes at `path`, in messages called `named`. Throws SystemFailure; nothing
/// is left then.
void write_new_file(const std::string& path, std::span<const std::byte> bytes,
                    const std::string& named);
/// A file that several processes write parts of. Throws SystemFailure, in whose message the file is
/// called `named`.
class SharedFile {
 public:
  /// A new file (what stood there is lost) of so many bytes, for which space is taken at once:
  /// where there is none, it is said now.
  SharedFile(const std::string& path, std::string named, u64 bytes);
  enum class For : u8 { reading, writing };
  /// One that another process made.
  SharedFile(const std::string& path, std::string named, For what);
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;
  ~SharedFile();
  void write(std::span<const std::byte> bytes, u64 at);
  void read(std::span<std::byte> bytes, u64 at) const;
  /// Reads what was written again. Throws differs() where it is something else.
  void compare(std::span<const std::byte> bytes, u64 at) const;
  IoError differs() const;
  u64 size() const;
  /// To the disk.
  void flush();
  /// Lets the disk begin with what was written, and does not wait: flush() does.
  void begin_flush() noexcept;
  void close();

 private:
  int descriptor_;
  std::string named_;
  u64 bytes_ = 0;
};

/// Replaces the file at `path` by one with this text. Throws IoError; the old file then stands.
void replace_file(const std::string& path, std::string_view text);
/// The whole file. Throws IoError.
std::string read_file(const std::string& path);

/// The system refused, and said why: `system_error` is an errno.
class SystemFailure : public IoError {
 public:
  SystemFailure(const std::string& message, int system_error_met)
      : IoError(message), system_error(system_error_met) {}
  /// There was no room: a full disk, a quota, a limit of file sizes.
  bool no_space() const;
  /// There is no such file. Of anything else the process or the machine may be the reason: the file
  /// may be whole.
  bool absent() const;
  int system_error;
};

/// `<path>: cannot <what> (<the system's words for the error>).` Where there was no room it also
/// says what was needed (0: not known), what is free or allowed, and what to do.
SystemFailure system_failure(const std::string& path, const std::string& what, int system_error,
                             unsigned long long bytes_needed = 0);

}  // namespace throng
