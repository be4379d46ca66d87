// What the parts of h5 have in common around the HDF5 library: how its failures are told, its types
// and spaces. For io/h5*.cpp alone.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <hdf5.h>

#include "io/h5.h"

namespace throng::h5 {

static_assert(std::is_same_v<hid_t, Handle::Id> && std::is_same_v<herr_t, int>);

using Shared = std::shared_ptr<Origin>;

/// The library prints nothing, loads no plugins, follows no links into other files, and does not
/// run at exit, where nobody could hear of a failure.
void prepare_library();
/// The cause, the first of the library's error stack, which it leaves empty.
std::string take_cause();
[[noreturn]] void fail(const std::string& path, const std::string& what);
[[noreturn]] void refuse(const std::string& place, const std::string& problem);
template <class Result>
Result checked(Result result, const Origin& origin, const std::string& what) {
  if (result < 0) {
    fail(origin.path, what);
  }
  return result;
}

hid_t native(Type type);
Handle text_type(const Shared& origin);
Handle space_of(const std::vector<u64>& shape, const Shared& origin);
/// Tracks the order of writing, so that readers list things as we do.
void keep_order(hid_t group_or_file_creation, const Shared& origin);
std::vector<u64> shape_of_space(const Handle& space, const Shared& origin);
/// Texts of variable length as the library gave them, which are handed back to it.
std::vector<std::string> taken(std::vector<char*>& raw, const Handle& type, const Handle& space);
std::vector<const char*> pointers(std::span<const std::string> texts);
u64 product(std::span<const u64> sizes);
void expect_text(const Handle& type, const std::string& place);
void expect_size(u64 elements, u64 size, const Origin& origin, const std::string& place);

}  // namespace throng::h5
