#include "io/h5_library.h"

#include <limits>

namespace throng::h5 {
namespace {

/// Deflate packs at most 1032:1, so an array that claims more than this much of its file is
/// damaged.
constexpr u64 most_packed = 1100;
constexpr u64 always_allowed = u64{1} << 16;

/// "file write failed: time = ..., errno = 28, error message = 'No space left on device', buf =
/// 0x..." becomes "file write failed (No space left on device)"; the rest differs from run to run.
std::string shortened(const std::string& words) {
  constexpr std::string_view message = "error message = '";
  const auto said = words.find(message);
  if (said == std::string::npos) {
    return words;
  }
  const auto begin = said + message.size();
  const std::string reason = words.substr(begin, words.find('\'', begin) - begin);
  return words.substr(0, words.find_first_of(":,")) + " (" + reason + ")";
}

herr_t take_entry(unsigned, const H5E_error2_t* entry, void* cause) {
  *static_cast<std::string*>(cause) = entry->desc == nullptr ? "" : shortened(entry->desc);
  return 1;  // what follows are its consequences
}

}  // namespace

void prepare_library() {
  [[maybe_unused]] static const bool prepared = [] {
    H5dont_atexit();
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
    H5Lunregister(H5L_TYPE_EXTERNAL);
    return true;
  }();
}

std::string take_cause() {
  std::string cause;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_entry, &cause);
  H5Eclear2(H5E_DEFAULT);
  return cause.empty() ? "no reason given" : cause;
}

void fail(const std::string& path, const std::string& what) {
  throw Error(path + ": cannot " + what + " (HDF5: " + take_cause() + ").");
}

void refuse(const std::string& place, const std::string& problem) {
  throw Error(place + ": " + problem + ". The file is damaged, or not one of ours.");
}

std::string library_version() {
  prepare_library();
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

hid_t native(Type type) {
  switch (type) {
    case Type::u8:
      return H5T_NATIVE_UINT8;
    case Type::u16:
      return H5T_NATIVE_UINT16;
    case Type::u32:
      return H5T_NATIVE_UINT32;
    case Type::u64:
      return H5T_NATIVE_UINT64;
    case Type::i32:
      return H5T_NATIVE_INT32;
    case Type::i64:
      return H5T_NATIVE_INT64;
    case Type::f32:
      return H5T_NATIVE_FLOAT;
    case Type::f64:
      return H5T_NATIVE_DOUBLE;
  }
  ensures(false, "a type without a native form");
  return -1;
}

Handle text_type(const Shared& origin) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, origin, "make a text type");
  checked(H5Tset_size(type.id(), H5T_VARIABLE), *origin, "make a text type");
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), *origin, "make a text type");
  return type;
}

Handle space_of(const std::vector<u64>& shape, const Shared& origin) {
  if (shape.empty()) {
    return {H5Screate(H5S_SCALAR), H5Sclose, origin, "make a data space"};
  }
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose, origin,
          "make a data space"};
}

u64 product(std::span<const u64> sizes) {
  u64 n = 1;
  for (const u64 size : sizes) {
    if (size != 0 && n > std::numeric_limits<u64>::max() / size) {
      return std::numeric_limits<u64>::max();
    }
    n *= size;
  }
  return n;
}

void keep_order(hid_t group_or_file_creation, const Shared& origin) {
  checked(H5Pset_link_creation_order(group_or_file_creation,
                                     H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
          *origin, "keep the order of writing");
  checked(H5Pset_obj_track_times(group_or_file_creation, false), *origin, "leave out times");
}

std::vector<const char*> pointers(std::span<const std::string> texts) {
  std::vector<const char*> all;
  for (const auto& text : texts) {
    all.push_back(text.c_str());
  }
  return all;
}

std::vector<u64> shape_of_space(const Handle& space, const Shared& origin) {
  const int rank = checked(H5Sget_simple_extent_ndims(space.id()), *origin, "read a data space");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) {
    checked(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), *origin,
            "read a data space");
  }
  return {sizes.begin(), sizes.end()};
}

std::vector<std::string> taken(std::vector<char*>& raw, const Handle& type, const Handle& space) {
  std::vector<std::string> texts;
  for (const char* text : raw) {
    texts.emplace_back(text == nullptr ? "" : text);
  }
  H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, raw.data());
  return texts;
}

void expect_text(const Handle& type, const std::string& place) {
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) <= 0) {
    refuse(place, "is not text of variable length");
  }
}

void expect_size(u64 elements, u64 size, const Origin& origin, const std::string& place) {
  const u64 allowed = origin.bytes * most_packed + always_allowed;
  if (elements > allowed / size) {
    refuse(place, "claims " + std::to_string(elements) + " elements (a file of " +
                      std::to_string(origin.bytes) + " bytes cannot hold them)");
  }
}

}  // namespace throng::h5
