#include "io/publish.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace throng {
namespace {

/// An open file descriptor.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  int close() { return number_ < 0 ? 0 : ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

void flush_to_disk(const std::string& path, int flags, const std::string& named) {
  Descriptor file(path, flags);
  if (!file || ::fsync(file.number()) != 0) {
    throw system_failure(named, "be flushed to the disk", errno);
  }
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  return true;
}

/// Thousands of bytes, of what is needed rounded up, of what there is down.
std::string kilobytes(unsigned long long bytes, bool up = true) {
  return std::to_string((bytes + (up ? 999 : 0)) / 1000) + " kB";
}

}  // namespace

PendingFile::PendingFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".tmp") {}

PendingFile::~PendingFile() {
  if (!published_) {
    discard();
  }
}

void PendingFile::discard() { remove_quietly(temporary_); }

void PendingFile::publish() {
  flush_to_disk(temporary_, O_RDWR, path_);
  put_in_place(temporary_, path_);
  published_ = true;
}

void put_in_place(const std::string& temporary, const std::string& path) {
  const bool is_new = ::access(path.c_str(), F_OK) != 0;
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    throw system_failure(path, "be put in place", errno);
  }
  try {
    flush_to_disk(folder_of(path), O_RDONLY | O_DIRECTORY, path);
  } catch (const SystemFailure&) {
    if (is_new) {
      remove_quietly(path);
    }
    throw;
  }
}

void remove_quietly(const std::string& path) noexcept { ::unlink(path.c_str()); }

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    all.push_back(at->path());
  }
  if (const auto failure = system_failure(folder.string(), "be read", error.value());
      error && !failure.absent()) {
    throw failure;
  }
  return all;
}

void write_new_file(const std::string& path, std::span<const std::byte> bytes,
                    const std::string& named) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) {
    throw system_failure(named, "be created", errno);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!write_all(file.number(), text) || file.close() != 0) {
    const int reason = errno;
    file.close();
    ::unlink(path.c_str());  // gives its space back, so that what is free is told rightly
    throw system_failure(named, "be written", reason, bytes.size());
  }
}

SharedFile::SharedFile(const std::string& path, std::string named, u64 bytes)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)),
      named_(std::move(named)),
      bytes_(bytes) {
  if (descriptor_ < 0) {
    throw system_failure(named_, "be created", errno);
  }
  // Of file systems that cannot take space beforehand the library writes zeros.
  const int reason = bytes == 0 ? 0 : ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
  if (reason != 0) {
    ::close(descriptor_);
    remove_quietly(path);  // gives its space back, so that what is free is told rightly
    throw system_failure(named_, "be written", reason, bytes);
  }
}

SharedFile::SharedFile(const std::string& path, std::string named, For what)
    : descriptor_(::open(path.c_str(), (what == For::reading ? O_RDONLY : O_RDWR) | O_CLOEXEC)),
      named_(std::move(named)) {
  if (descriptor_ < 0) {
    throw system_failure(named_, "be opened", errno);
  }
}

SharedFile::~SharedFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void SharedFile::write(std::span<const std::byte> bytes, u64 at) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno != EINTR) {
      throw system_failure(named_, "be written", errno, bytes_);
    }
    const auto done = static_cast<std::size_t>(std::max<ssize_t>(0, written));
    bytes = bytes.subspan(done);
    at += done;
  }
}

void SharedFile::read(std::span<std::byte> bytes, u64 at) const {
  while (!bytes.empty()) {
    const auto got = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (got == 0) {
      throw IoError(named_ + ": is shorter than it should be (it was cut).");
    }
    if (got < 0 && errno != EINTR) {
      throw system_failure(named_, "be read", errno);
    }
    const auto done = static_cast<std::size_t>(std::max<ssize_t>(0, got));
    bytes = bytes.subspan(done);
    at += done;
  }
}

void SharedFile::compare(std::span<const std::byte> bytes, u64 at) const {
  std::vector<std::byte> found(bytes.size());
  read(found, at);
  if (!std::equal(bytes.begin(), bytes.end(), found.begin())) {
    throw differs();
  }
}

IoError SharedFile::differs() const {
  return IoError(named_ +
                 ": holds other values than were written (the disk or the memory of this machine "
                 "is not to be trusted). Write to another disk, or run elsewhere.");
}

u64 SharedFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) {
    throw system_failure(named_, "be read", errno);
  }
  return static_cast<u64>(status.st_size);
}

void SharedFile::begin_flush() noexcept {
  ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);  // where it cannot, flush() does all
}

void SharedFile::flush() {
  if (::fsync(descriptor_) != 0) {
    throw system_failure(named_, "be flushed to the disk", errno);
  }
}

void SharedFile::close() {
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) {
    throw system_failure(named_, "be written", errno, bytes_);
  }
}

void replace_file(const std::string& path, std::string_view text) {
  PendingFile pending(path);
  write_new_file(pending.temporary(), std::as_bytes(std::span(text)), path);
  pending.publish();
}

std::string read_file(const std::string& path) {
  Descriptor file(path, O_RDONLY);
  if (!file) {
    throw system_failure(path, "be opened", errno);
  }
  std::string text;
  char block[1 << 16];
  while (true) {
    const auto got = ::read(file.number(), block, sizeof block);
    if (got == 0) {
      return text;
    }
    if (got < 0 && errno != EINTR) {
      throw system_failure(path, "be read", errno);
    }
    text.append(block, got < 0 ? 0 : static_cast<std::size_t>(got));
  }
}

bool SystemFailure::no_space() const {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

bool SystemFailure::absent() const {
  return system_error == ENOENT || system_error == ENOTDIR || system_error == EISDIR;
}

namespace {

/// What was needed and what there is, and what to do.
struct FreeSpace {
  std::string what, advice;
};

FreeSpace about_space(const std::string& path, int system_error, unsigned long long bytes_needed) {
  const std::string needed = bytes_needed > 0 ? kilobytes(bytes_needed) + " needed, " : "";
  if (system_error == EFBIG) {
    struct rlimit limit {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    return {needed + (limit.rlim_cur == RLIM_INFINITY
                          ? "more than the file system allows a file"
                          : kilobytes(limit.rlim_cur, false) + " is the limit of a file's size"),
            "Raise the limit (ulimit -f), or write less."};
  }
  if (system_error == EDQUOT) {
    return {needed + "the quota is used up", "Free space, raise it, or choose another folder."};
  }
  struct statvfs disk {};
  const bool known = ::statvfs(folder_of(path).c_str(), &disk) == 0;
  const auto free = static_cast<unsigned long long>(disk.f_bavail) * disk.f_frsize;
  return {needed + (known ? kilobytes(free, false) : "nothing") + " free",
          "Free space, or choose another folder."};
}

}  // namespace

SystemFailure system_failure(const std::string& path, const std::string& what, int system_error,
                             unsigned long long bytes_needed) {
  const std::string begin =
      path + ": cannot " + what + " (" + std::generic_category().message(system_error);
  const SystemFailure plain(begin + ").", system_error);
  if (!plain.no_space()) {
    return plain;
  }
  const FreeSpace space = about_space(path, system_error, bytes_needed);
  return {begin + ": " + space.what + "). " + space.advice, system_error};
}

}  // namespace throng
