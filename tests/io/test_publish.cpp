// Files that appear whole or not at all, and are what was written.
#include <filesystem>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "io/publish.h"
#include "tests/io/scratch.h"

using namespace throng;

namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("a file in a folder that cannot be flushed is not there", "[publish]") {
  const Scratch scratch;
  const std::string file = scratch / "new.txt", old = scratch / "old.txt";
  replace_file(old, "old");
  fs::permissions(scratch.path(), fs::perms(0333));  // it takes files, and cannot be opened
  const Ending ending = in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) {  // to whom permissions say nothing
      throw IoError("no other user");
    }
    std::string said;
    for (const std::string& path : {file, old}) {
      try {
        replace_file(path, "new");
      } catch (const SystemFailure& error) {
        said += error.what() + std::string("\n");
      }
    }
    return said;
  });
  fs::permissions(scratch.path(), fs::perms(0700));

  CHECK(ending.code == 0);
  CHECK(ending.said == file + ": cannot be flushed to the disk (Permission denied).\n" + old +
                           ": cannot be flushed to the disk (Permission denied).\n");
  CHECK_FALSE(fs::exists(file));
  CHECK(read_file(old) == "new");
  CHECK_FALSE(fs::exists(file + ".tmp"));
}

TEST_CASE("bytes that are others than were written are found", "[publish]") {
  const Scratch scratch;
  const std::string path = scratch / "a.bin";
  write_new_file(path, bytes_of("0123456789"), path);
  const SharedFile file(path, "a.bin", SharedFile::For::reading);

  CHECK_NOTHROW(file.compare(bytes_of("3456"), 3));
  CHECK_THROWS_WITH(file.compare(bytes_of("3546"), 3),
                    Catch::StartsWith("a.bin: holds other values than were written"));
  CHECK_THROWS_WITH(file.compare(bytes_of("890"), 8),
                    Catch::StartsWith("a.bin: is shorter than it should be"));
}

TEST_CASE("a folder's files, and what keeps them from being listed", "[publish]") {
  const Scratch scratch;
  CHECK(files_in(scratch / "absent").empty());
  CHECK(files_in(scratch.path()).empty());
  replace_file(scratch / "a.txt", "a");
  CHECK(files_in(scratch.path()) == std::vector<fs::path>{scratch / "a.txt"});
  CHECK(files_in(scratch / "a.txt").empty());
}
