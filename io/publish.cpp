#include "io/publish.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
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
  int close() { return ::close(std::exchange(number_, -1)); }

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

std::string megabytes(unsigned long long bytes) {
  return std::to_string((bytes + 999'999) / 1'000'000) + " MB";
}

}  // namespace

PendingFile::PendingFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".tmp") {}

PendingFile::~PendingFile() {
  if (!published_) {
    discard();
  }
}

void PendingFile::discard() { ::unlink(temporary_.c_str()); }

void PendingFile::publish() {
  flush_to_disk(temporary_, O_RDWR, path_);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw system_failure(path_, "be put in place", errno);
  }
  published_ = true;
  flush_to_disk(folder_of(path_), O_RDONLY | O_DIRECTORY, path_);
}

void replace_file(const std::string& path, std::string_view text) {
  PendingFile pending(path);
  Descriptor file(pending.temporary(), O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) {
    throw system_failure(path, "be created", errno);
  }
  if (!write_all(file.number(), text) || file.close() != 0) {
    const int reason = errno;
    pending.discard();
    throw system_failure(path, "be written", reason, text.size());
  }
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

std::string about_space(const std::string& path, int system_error,
                        unsigned long long bytes_needed) {
  if (system_error != ENOSPC && system_error != EDQUOT && system_error != EFBIG) {
    return "";
  }
  std::string text;
  if (bytes_needed > 0) {
    text = " Up to " + megabytes(bytes_needed) + " are needed";
    struct statvfs disk {};
    if (::statvfs(folder_of(path).c_str(), &disk) == 0) {
      text += ", " + megabytes(static_cast<unsigned long long>(disk.f_bavail) * disk.f_frsize) +
              " are free on the disk";
    }
    text += ".";
  }
  return text +
         " Free space, raise the quota or the limit of file sizes, or choose another folder.";
}

IoError system_failure(const std::string& path, const std::string& what, int system_error,
                       unsigned long long bytes_needed) {
  return IoError(path + ": cannot " + what + " (" + std::generic_category().message(system_error) +
                 ")." + about_space(path, system_error, bytes_needed));
}

}  // namespace throng
