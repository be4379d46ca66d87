#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/h5.h"
#include "io/h5_library.h"
#include "io/publish.h"

namespace throng::h5 {
namespace {

/// Bounds keep files readable by any 1.8 or later; a lock would only keep readers out of a file
/// that is complete by the time it has its name.
Handle file_access(const Shared& origin) {
  Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, origin, "describe file access");
  checked(H5Pset_libver_bounds(list.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), *origin, "set bounds");
  checked(H5Pset_fclose_degree(list.id(), H5F_CLOSE_SEMI), *origin, "set the close degree");
  checked(H5Pset_file_locking(list.id(), false, true), *origin, "leave out file locking");
  return list;
}

Shared origin_of(const std::string& named) {
  prepare_library();
  auto origin = std::make_shared<Origin>();
  origin->path = named;
  return origin;
}

/// For a file whose groups list what is in them as it was made.
Handle file_creation(const Shared& origin) {
  Handle list(H5Pcreate(H5P_FILE_CREATE), H5Pclose, origin, "describe a file");
  keep_order(list.id(), origin);
  return list;
}

// HDF5 finds files by their names alone, so a frame has one for a moment, and a kill in that moment
// leaves it.
constexpr const char* frame_prefix = "throng-frame-";

void remove_left_frames(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(frame_prefix)) {
      const int made_by = std::atoi(name.c_str() + std::string_view(frame_prefix).size());
      if (made_by > 0 && ::kill(made_by, 0) != 0 && errno == ESRCH) {
        ::unlink(entry.path().c_str());
      }
    }
  }
}

}  // namespace

File File::create(const std::string& path, const std::string& named) {
  Shared origin = origin_of(named);
  const Handle creation = file_creation(origin);
  const Handle access = file_access(origin);
  constexpr std::size_t step_of_growth = std::size_t{1} << 22;
  checked(H5Pset_fapl_core(access.id(), step_of_growth, false), *origin, "be kept in memory");
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose, origin,
              "be created");
  Handle root(H5Gopen2(file.id(), "/", H5P_DEFAULT), H5Gclose, origin, "open its root group");
  return {std::move(file), std::move(root), std::move(origin), path};
}

File File::create_frame(const std::string& path, const std::string& named) {
  Shared origin = origin_of(named);
  const Handle creation = file_creation(origin);
  const Handle access = file_access(origin);
  // In memory where the system has a folder there: what is reserved takes no space.
  const std::string folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  remove_left_frames(folder);
  std::string scratch = folder + "/" + frame_prefix + std::to_string(::getpid()) + "-XXXXXX";
  const int made = ::mkstemp(scratch.data());
  if (made < 0) {
    throw system_failure(scratch, "be put together", errno);
  }
  ::close(made);
  const hid_t created = H5Fcreate(scratch.c_str(), H5F_ACC_TRUNC, creation.id(), access.id());
  ::unlink(scratch.c_str());  // it stays until it is closed
  Handle file(created, H5Fclose, origin, "be created");
  void* of_library = nullptr;  // of this driver the "handle" is where it keeps its descriptor
  checked(H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &of_library), *origin, "be created");
  const std::shared_ptr<const int> frame(new int(::dup(*static_cast<const int*>(of_library))),
                                         [](const int* descriptor) {
                                           ::close(*descriptor);
                                           delete descriptor;
                                         });
  if (*frame < 0) {
    throw system_failure(scratch, "be put together", errno);
  }
  Handle root(H5Gopen2(file.id(), "/", H5P_DEFAULT), H5Gclose, origin, "open its root group");
  return {std::move(file), std::move(root), std::move(origin), path, frame};
}

File File::open(const std::string& path) {
  Shared origin = origin_of(path);
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(path, ignored);
  origin->bytes = ignored ? 0 : bytes;
  const Handle access = file_access(origin);
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose, origin, "be opened");
  Handle root(H5Gopen2(file.id(), "/", H5P_DEFAULT), H5Gclose, origin, "open its root group");
  return {std::move(file), std::move(root), std::move(origin), ""};
}

File::~File() {
  handle_ = Handle();  // the library keeps a file open as long as anything in it is
}

/// The library's own bytes, not a copy of them: the file may be large.
void File::write_image() {
  const std::string what = "be put together in memory";
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), *origin_, what);
  const auto bytes = checked(H5Fget_file_image(file_.id(), nullptr, 0), *origin_, what);
  void* image = nullptr;  // of this driver the "handle" is where it keeps the address of its memory
  checked(H5Fget_vfd_handle(file_.id(), H5P_DEFAULT, &image), *origin_, what);
  write_new_file(written_to_,
                 std::span(static_cast<const std::byte*>(*static_cast<void**>(image)),
                           static_cast<std::size_t>(bytes)),
                 origin_->path);
}

/// Where files may not be so large, the library cannot close this one, nor say what it would take.
void File::refuse_large_frame() const {
  hsize_t bytes = 0;
  checked(H5Fget_filesize(file_.id(), &bytes), *origin_, "be put together");
  struct rlimit limit {};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  if (limit.rlim_cur != RLIM_INFINITY && bytes > limit.rlim_cur) {
    throw system_failure(origin_->path, "be written", EFBIG, bytes);
  }
}

/// What is not reserved, copied to its place on the disk.
void File::write_frame() {
  struct stat size {};
  if (::fstat(*frame_, &size) != 0) {
    throw system_failure(origin_->path, "be put together", errno);
  }
  const auto bytes = static_cast<u64>(size.st_size);
  auto& holes = origin_->reserved;
  std::sort(holes.begin(), holes.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  holes.push_back({bytes, 0});
  SharedFile file(written_to_, origin_->path, bytes);
  std::vector<std::byte> part;
  u64 at = 0;
  for (const auto& hole : holes) {
    part.resize(hole.begin - at);
    ensures(::pread(*frame_, part.data(), part.size(), static_cast<off_t>(at)) ==
                static_cast<ssize_t>(part.size()),
            "a frame is read as it was written");
    file.write(part, at);
    file.compare(part, at);
    at = hole.begin + hole.bytes;
  }
  file.close();
}

void File::throw_failed_close() const {
  if (!origin_->failed_close.empty()) {
    throw Error(origin_->path + ": cannot be written to the end (HDF5: " + origin_->failed_close +
                ").");
  }
}

void File::close() {
  if (frame_) {
    refuse_large_frame();
  }
  handle_.close();
  if (!written_to_.empty() && !frame_) {
    write_image();
  }
  file_.close();
  throw_failed_close();
  if (frame_) {
    write_frame();
  }
}

}  // namespace throng::h5
