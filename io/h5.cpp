#include "io/h5.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include <hdf5.h>
#include <hdf5_hl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/publish.h"

namespace throng::h5 {
namespace {

static_assert(std::is_same_v<hid_t, Handle::Id> && std::is_same_v<herr_t, int>);

/// Deflate packs at most 1032:1, so an array that claims more than this much of its file is
/// damaged.
constexpr u64 most_packed = 1100;
constexpr u64 always_allowed = u64{1} << 16;

/// The library prints nothing, loads no plugins, follows no links into other files, and does not
/// run at exit, where nobody could hear of a failure.
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

/// The cause, the first of the library's error stack, which it leaves empty.
std::string take_cause() {
  std::string cause;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_entry, &cause);
  H5Eclear2(H5E_DEFAULT);
  return cause.empty() ? "no reason given" : cause;
}

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(path + ": cannot " + what + " (HDF5: " + take_cause() + ").");
}

[[noreturn]] void refuse(const std::string& place, const std::string& problem) {
  throw Error(place + ": " + problem + ". The file is damaged, or not one of ours.");
}

template <class Result>
Result checked(Result result, const Origin& origin, const std::string& what) {
  if (result < 0) {
    fail(origin.path, what);
  }
  return result;
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

constexpr Type all_types[] = {Type::u8,  Type::u16, Type::u32, Type::u64,
                              Type::i32, Type::i64, Type::f32, Type::f64};

using Shared = std::shared_ptr<Origin>;

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

/// An enum whose value i is called labels[i], over the integer type `base`.
Handle enum_type(Type base, std::span<const std::string> labels, const Shared& origin) {
  Handle type(H5Tenum_create(native(base)), H5Tclose, origin, "make an enum type");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    u64 value = i;  // little-endian: its first bytes are the same number in the narrower types
    checked(H5Tenum_insert(type.id(), labels[i].c_str(), &value), *origin,
            "name the label '" + labels[i] + "'");
  }
  return type;
}

/// The largest last dimensions that fit into one chunk of 64 Ki elements.
std::vector<hsize_t> chunk_of(const std::vector<u64>& shape) {
  std::vector<hsize_t> chunk(shape.size());
  u64 left = chunk_rows;
  for (std::size_t i = shape.size(); i-- > 0;) {
    chunk[i] = std::min(shape[i], left);
    left = std::max<u64>(1, left / std::max<u64>(1, chunk[i]));
  }
  return chunk;
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

/// How texts are stored: as they are. Times are left out so that equal content gives equal bytes.
Handle plain_storage(const Shared& origin) {
  Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, origin, "describe a data set");
  checked(H5Pset_obj_track_times(list.id(), false), *origin, "describe a data set");
  return list;
}

/// How arrays are stored: never filled, in chunks, compressed.
Handle storage(const std::vector<u64>& shape, const Shared& origin) {
  Handle list = plain_storage(origin);
  const hid_t id = list.id();
  checked(H5Pset_fill_time(id, H5D_FILL_TIME_NEVER), *origin, "describe a data set");
  if (!shape.empty() && product(shape) > 0) {
    const auto chunk = chunk_of(shape);
    checked(H5Pset_chunk(id, static_cast<int>(chunk.size()), chunk.data()), *origin, "set chunks");
    checked(H5Pset_shuffle(id), *origin, "set the shuffle filter");
    checked(H5Pset_deflate(id, 1), *origin, "set the deflate filter");
  }
  return list;
}

Handle named_in_utf8(const Shared& origin) {
  Handle list(H5Pcreate(H5P_LINK_CREATE), H5Pclose, origin, "describe a link");
  checked(H5Pset_char_encoding(list.id(), H5T_CSET_UTF8), *origin, "describe a link");
  return list;
}

/// Bounds keep files readable by any 1.8 or later; a lock would only keep readers out of a file
/// that is complete by the time it has its name.
Handle file_access(const Shared& origin) {
  Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, origin, "describe file access");
  checked(H5Pset_libver_bounds(list.id(), H5F_LIBVER_V18, H5F_LIBVER_V18), *origin, "set bounds");
  checked(H5Pset_fclose_degree(list.id(), H5F_CLOSE_SEMI), *origin, "set the close degree");
  checked(H5Pset_file_locking(list.id(), false, true), *origin, "leave out file locking");
  return list;
}

/// Tracks the order of writing, so that readers list things as we do.
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

/// Texts of variable length as the library gave them, which are handed back to it.
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

/// Values stand in the file itself, as they are or packed by the two filters that ours use: others
/// would open any file the user can read, or run code that nobody here has tried.
void expect_own_storage(const Handle& dataset, const Shared& origin, const std::string& place) {
  const std::string what = "read how " + place + " is stored";
  const Handle list(H5Dget_create_plist(dataset.id()), H5Pclose, origin, what);
  const H5D_layout_t layout = H5Pget_layout(list.id());
  const bool in_this_file =
      layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED;
  if (!in_this_file || checked(H5Pget_external_count(list.id()), *origin, what) != 0) {
    refuse(place, "has its values in another file");
  }
  const int filters = checked(H5Pget_nfilters(list.id()), *origin, what);
  for (int k = 0; k < filters; ++k) {
    unsigned flags = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(list.id(), static_cast<unsigned>(k), &flags, &values,
                                               nullptr, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE) {
      refuse(place, "is packed by filter " + std::to_string(filter) + " (ours are deflated)");
    }
  }
}

}  // namespace

std::string_view name_of(Type type) {
  constexpr std::string_view names[] = {"uint8", "uint16", "uint32",  "uint64",
                                        "int32", "int64",  "float32", "float64"};
  return names[static_cast<std::size_t>(type)];
}

std::size_t size_of(Type type) {
  constexpr std::size_t sizes[] = {1, 2, 4, 8, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(type)];
}

std::string library_version() {
  prepare_library();
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

// Handle

Handle::Handle(Id id, Closer closer, std::shared_ptr<Origin> origin, const std::string& what)
    : id_(id), closer_(closer), origin_(std::move(origin)) {
  if (id_ < 0) {
    fail(origin_->path, what);
  }
}

Handle::Handle(Handle&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      closer_(other.closer_),
      origin_(std::move(other.origin_)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    close_quietly();
    id_ = std::exchange(other.id_, -1);
    closer_ = other.closer_;
    origin_ = std::move(other.origin_);
  }
  return *this;
}

Handle::~Handle() { close_quietly(); }

void Handle::close_quietly() noexcept {
  if (id_ < 0 || closer_(std::exchange(id_, -1)) >= 0) {
    return;
  }
  try {
    const std::string cause = take_cause();
    if (origin_->failed_close.empty()) {
      origin_->failed_close = cause;
    }
  } catch (...) {
    origin_->failed_close = "?";  // out of memory for the text: that it failed is what counts
  }
}

void Handle::close() {
  if (id_ >= 0 && closer_(std::exchange(id_, -1)) < 0) {
    fail(origin_->path, "be written to the end");
  }
}

// Object

void Object::set_raw(const std::string& name, Type type, const void* values,
                     std::vector<u64> shape) {
  const std::string what = "write attribute '" + name + "' of '" + name_ + "'";
  const Handle space = space_of(shape, origin_);
  Handle attribute(
      H5Acreate2(handle_.id(), name.c_str(), native(type), space.id(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose, origin_, what);
  if (product(shape) > 0) {
    checked(H5Awrite(attribute.id(), native(type), values), *origin_, what);
  }
  attribute.close();
}

void Object::set_text(const std::string& name, std::string_view text) {
  const std::string what = "write attribute '" + name + "' of '" + name_ + "'";
  const Handle type = text_type(origin_), space = space_of({}, origin_);
  Handle attribute(
      H5Acreate2(handle_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose, origin_, what);
  const std::string ended(text);
  const char* const pointer = ended.c_str();
  checked(H5Awrite(attribute.id(), type.id(), &pointer), *origin_, what);
  attribute.close();
}

void Object::set_texts(const std::string& name, std::span<const std::string> texts) {
  const std::string what = "write attribute '" + name + "' of '" + name_ + "'";
  const Handle type = text_type(origin_), space = space_of({texts.size()}, origin_);
  Handle attribute(
      H5Acreate2(handle_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose, origin_, what);
  const auto all = pointers(texts);
  if (!all.empty()) {
    checked(H5Awrite(attribute.id(), type.id(), all.data()), *origin_, what);
  }
  attribute.close();
}

bool Object::has_attribute(const std::string& name) const {
  return checked(H5Aexists(handle_.id(), name.c_str()), *origin_,
                 "look for attribute '" + name + "' of '" + name_ + "'") > 0;
}

std::vector<std::string> Object::texts(const std::string& name) const {
  const std::string what = "read attribute '" + name + "' of '" + name_ + "'";
  const Handle attribute(H5Aopen(handle_.id(), name.c_str(), H5P_DEFAULT), H5Aclose, origin_, what);
  const Handle stored(H5Aget_type(attribute.id()), H5Tclose, origin_, what);
  expect_text(stored, place() + " attribute '" + name + "'");
  const Handle space(H5Aget_space(attribute.id()), H5Sclose, origin_, what);
  const u64 n = product(shape_of_space(space, origin_));
  expect_size(n, sizeof(char*), *origin_, place());
  std::vector<char*> raw(n, nullptr);
  const Handle type = text_type(origin_);
  if (n > 0) {
    checked(H5Aread(attribute.id(), type.id(), raw.data()), *origin_, what);
  }
  return taken(raw, type, space);
}

std::string Object::text(const std::string& name) const {
  const auto all = texts(name);
  if (all.size() != 1) {
    refuse(place(), "attribute '" + name + "' has " + std::to_string(all.size()) +
                        " texts (one is expected)");
  }
  return all.front();
}

u64 Object::attribute_elements(const std::string& name) const {
  const std::string what = "read attribute '" + name + "' of '" + name_ + "'";
  const Handle attribute(H5Aopen(handle_.id(), name.c_str(), H5P_DEFAULT), H5Aclose, origin_, what);
  const Handle space(H5Aget_space(attribute.id()), H5Sclose, origin_, what);
  const u64 n = product(shape_of_space(space, origin_));
  expect_size(n, 1, *origin_, place());
  return n;
}

void Object::get_raw(const std::string& name, Type type, void* values, u64 elements) const {
  const std::string what = "read attribute '" + name + "' of '" + name_ + "'";
  if (attribute_elements(name) != elements) {
    refuse(place(), "attribute '" + name + "' has " + std::to_string(attribute_elements(name)) +
                        " numbers (" + std::to_string(elements) + " expected)");
  }
  const Handle attribute(H5Aopen(handle_.id(), name.c_str(), H5P_DEFAULT), H5Aclose, origin_, what);
  if (elements > 0) {
    checked(H5Aread(attribute.id(), native(type), values), *origin_, what);
  }
}

// Dataset

std::vector<u64> Dataset::shape() const {
  const Handle space(H5Dget_space(handle_.id()), H5Sclose, origin_, "read the shape of " + name_);
  return shape_of_space(space, origin_);
}

u64 Dataset::rows() const {
  const auto sizes = shape();
  return sizes.empty() ? 1 : sizes.front();
}

bool Dataset::holds_text() const {
  const Handle type(H5Dget_type(handle_.id()), H5Tclose, origin_, "read the type of " + name_);
  return H5Tget_class(type.id()) == H5T_STRING;
}

Type Dataset::type() const {
  Handle type(H5Dget_type(handle_.id()), H5Tclose, origin_, "read the type of " + name_);
  if (H5Tget_class(type.id()) == H5T_ENUM) {
    type = Handle(H5Tget_super(type.id()), H5Tclose, origin_, "read the type of " + name_);
  }
  for (const Type known : all_types) {
    if (H5Tequal(type.id(), native(known)) > 0) {
      return known;
    }
  }
  refuse(place(), "has a type that our files do not use");
}

std::vector<std::string> Dataset::labels() const {
  const Handle type(H5Dget_type(handle_.id()), H5Tclose, origin_, "read the type of " + name_);
  std::vector<std::string> all;
  if (H5Tget_class(type.id()) != H5T_ENUM) {
    return all;
  }
  const int members = checked(H5Tget_nmembers(type.id()), *origin_, "read the labels of " + name_);
  for (int i = 0; i < members; ++i) {
    u64 value = 0;
    char* const label = H5Tget_member_name(type.id(), static_cast<unsigned>(i));
    const bool known = label != nullptr &&
                       H5Tget_member_value(type.id(), static_cast<unsigned>(i), &value) >= 0 &&
                       value < static_cast<u64>(members);
    if (known) {
      all.resize(std::max<std::size_t>(all.size(), value + 1));
      all[value] = label;
    }
    H5free_memory(label);
    if (!known) {
      refuse(place(), "has labels that are not numbered from 0");
    }
  }
  return all;
}

namespace {
/// Selects rows [first, first + rows) of the file and gives the matching shape in memory.
Handle select_rows(const Handle& space, u64 first, u64 rows, const Shared& origin,
                   const std::string& place) {
  auto shape = shape_of_space(space, origin);
  if (shape.empty()) {
    ensures(first == 0 && rows == 1, "a scalar has one row");
    return space_of(shape, origin);
  }
  if (first > shape.front() || rows > shape.front() - first) {
    refuse(place, "has " + std::to_string(shape.front()) + " rows (row " +
                      std::to_string(first + rows) + " was asked for)");
  }
  std::vector<hsize_t> start(shape.size(), 0);
  start.front() = first;
  shape.front() = rows;
  const std::vector<hsize_t> count(shape.begin(), shape.end());
  checked(
      H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
      *origin, "select rows");
  return space_of(shape, origin);
}
}  // namespace

void Dataset::write_raw(Type type, const void* values, u64 first, u64 elements) {
  const std::string what = "write '" + name_ + "'";
  const auto sizes = shape();
  const u64 per_row = sizes.empty() ? 1 : product(std::span(sizes).subspan(1));
  ensures(this->type() == type, "a data set is written with the type it was created with");
  ensures(elements == 0 || elements % per_row == 0, "whole rows are written");
  if (elements == 0) {
    return;
  }
  const Handle stored(H5Dget_type(handle_.id()), H5Tclose, origin_, what);
  const Handle space(H5Dget_space(handle_.id()), H5Sclose, origin_, what);
  const Handle memory = select_rows(space, first, elements / per_row, origin_, place());
  checked(H5Dwrite(handle_.id(), stored.id(), memory.id(), space.id(), H5P_DEFAULT, values),
          *origin_, what);
}

u64 Dataset::elements_to_read(Type type, u64 first, u64 rows_wanted) const {
  if (this->type() != type) {
    refuse(place(), "holds " + std::string(name_of(this->type())) + " (" +
                        std::string(name_of(type)) + " is expected)");
  }
  const auto sizes = shape();
  expect_size(product(sizes), size_of(type), *origin_, place());
  if (first > rows() || rows_wanted > rows() - first) {
    refuse(place(), "has " + std::to_string(rows()) + " rows (row " +
                        std::to_string(first + rows_wanted) + " was asked for)");
  }
  return rows_wanted * (sizes.empty() ? 1 : product(std::span(sizes).subspan(1)));
}

void Dataset::read_raw(Type type, void* values, u64 first, u64 rows_wanted) const {
  const std::string what = "read '" + name_ + "'";
  if (elements_to_read(type, first, rows_wanted) == 0) {
    return;
  }
  const Handle stored(H5Dget_type(handle_.id()), H5Tclose, origin_, what);
  const Handle space(H5Dget_space(handle_.id()), H5Sclose, origin_, what);
  const Handle memory = select_rows(space, first, rows_wanted, origin_, place());
  checked(H5Dread(handle_.id(), stored.id(), memory.id(), space.id(), H5P_DEFAULT, values),
          *origin_, what);
}

std::vector<std::string> Dataset::read_texts(u64 first, u64 rows_wanted) const {
  const std::string what = "read '" + name_ + "'";
  const Handle stored(H5Dget_type(handle_.id()), H5Tclose, origin_, what);
  expect_text(stored, place());
  const auto sizes = shape();
  expect_size(product(sizes), sizeof(char*), *origin_, place());
  const Handle type = text_type(origin_);
  const Handle space(H5Dget_space(handle_.id()), H5Sclose, origin_, what);
  const Handle memory = select_rows(space, first, rows_wanted, origin_, place());
  std::vector<char*> raw(rows_wanted * (sizes.empty() ? 1 : product(std::span(sizes).subspan(1))),
                         nullptr);
  if (!raw.empty()) {
    checked(H5Dread(handle_.id(), type.id(), memory.id(), space.id(), H5P_DEFAULT, raw.data()),
            *origin_, what);
  }
  return taken(raw, type, memory);
}

u64 Dataset::first_byte() const {
  const haddr_t begin = H5Dget_offset(handle_.id());
  u64 bytes = size_of(type());
  for (const u64 n : shape()) {
    bytes = n == 0 ? 0 : bytes * n;
  }
  const bool inside = begin != HADDR_UNDEF && H5Dget_storage_size(handle_.id()) == bytes &&
                      (origin_->bytes == 0 || begin + bytes <= origin_->bytes);
  if (!inside && bytes != 0) {
    refuse(place(), "its values do not stand in the file as they are in memory");
  }
  return bytes == 0 ? 0 : begin;
}

u64 Dataset::stored_bytes() const { return H5Dget_storage_size(handle_.id()); }

void Dataset::check() const {
  if (holds_text()) {
    const Handle stored(H5Dget_type(handle_.id()), H5Tclose, origin_, "read the type of " + name_);
    expect_text(stored, place());
    expect_size(product(shape()), sizeof(char*), *origin_, place());
  } else {
    expect_size(product(shape()), size_of(type()), *origin_, place());
  }
}

void Dataset::make_scale(const std::string& dimension) {
  checked(H5DSset_scale(handle_.id(), dimension.c_str()), *origin_,
          "make '" + name_ + "' a dimension scale");
}

void Dataset::attach_scale(unsigned axis, const Dataset& scale) {
  checked(H5DSattach_scale(handle_.id(), scale.handle_.id(), axis), *origin_,
          "attach '" + scale.name_ + "' to '" + name_ + "'");
}

bool Dataset::is_scale() const {
  return checked(H5DSis_scale(handle_.id()), *origin_, "read '" + name_ + "'") > 0;
}

std::vector<std::string> Dataset::scale_names() const {
  const std::string what = "read the scales of '" + name_ + "'";
  std::vector<std::string> names;
  const auto add = [](hid_t, unsigned, hid_t scale, void* found) -> herr_t {
    char name[256] = "";
    if (H5DSget_scale_name(scale, name, sizeof name) < 0) {
      return -1;
    }
    static_cast<std::vector<std::string>*>(found)->emplace_back(name);
    return 1;  // one scale per axis is enough
  };
  for (unsigned axis = 0; axis < shape().size(); ++axis) {
    if (checked(H5DSget_num_scales(handle_.id(), axis), *origin_, what) > 0) {
      checked(H5DSiterate_scales(handle_.id(), axis, nullptr, add, &names), *origin_, what);
    }
  }
  return names;
}

// Group

namespace {
std::string joined(const std::string& folder, const std::string& path) {
  return folder.ends_with('/') ? folder + path : folder + "/" + path;
}
}  // namespace

void Group::make_way_to(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    if (checked(H5Lexists(handle_.id(), folder.c_str(), H5P_DEFAULT), *origin_,
                "look for '" + joined(name_, folder) + "'") == 0) {
      create_group(folder);
    }
  }
}

Group Group::create_group(const std::string& path) {
  make_way_to(path);
  const Handle links = named_in_utf8(origin_);
  const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, origin_, "describe a group");
  keep_order(creation.id(), origin_);
  Handle made(H5Gcreate2(handle_.id(), path.c_str(), links.id(), creation.id(), H5P_DEFAULT),
              H5Gclose, origin_, "create group '" + joined(name_, path) + "'");
  return {std::move(made), origin_, joined(name_, path)};
}

u64 Group::reserve_dataset(const std::string& path, Type type, const std::vector<u64>& shape) {
  make_way_to(path);
  const std::string full = joined(name_, path);
  const Handle links = named_in_utf8(origin_), space = space_of(shape, origin_);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, origin_, "describe an array");
  checked(H5Pset_obj_track_times(creation.id(), false), *origin_, "leave out times");
  checked(H5Pset_layout(creation.id(), H5D_CONTIGUOUS), *origin_, "lay out an array");
  checked(H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY), *origin_, "lay out an array");
  checked(H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER), *origin_, "lay out an array");
  const Dataset made(Handle(H5Dcreate2(handle_.id(), path.c_str(), native(type), space.id(),
                                       links.id(), creation.id(), H5P_DEFAULT),
                            H5Dclose, origin_, "create '" + full + "'"),
                     origin_, full);
  u64 bytes = size_of(type);
  for (const u64 n : shape) {
    bytes *= n;
  }
  if (bytes == 0) {
    return 0;
  }
  const u64 begin = made.first_byte();
  origin_->reserved.push_back({begin, bytes});
  return begin;
}

Dataset Group::create_dataset(const std::string& path, Type type, const std::vector<u64>& shape,
                              std::span<const std::string> labels) {
  make_way_to(path);
  const std::string full = joined(name_, path);
  const Handle links = named_in_utf8(origin_), space = space_of(shape, origin_);
  const Handle creation = storage(shape, origin_);
  const Handle enumeration = labels.empty() ? Handle() : enum_type(type, labels, origin_);
  const hid_t stored = labels.empty() ? native(type) : enumeration.id();
  Handle made(H5Dcreate2(handle_.id(), path.c_str(), stored, space.id(), links.id(), creation.id(),
                         H5P_DEFAULT),
              H5Dclose, origin_, "create '" + full + "'");
  return {std::move(made), origin_, full};
}

Dataset Group::write_texts(const std::string& path, std::span<const std::string> texts) {
  make_way_to(path);
  const std::string full = joined(name_, path);
  const Handle links = named_in_utf8(origin_), space = space_of({texts.size()}, origin_);
  const Handle type = text_type(origin_), creation = plain_storage(origin_);
  Handle made(H5Dcreate2(handle_.id(), path.c_str(), type.id(), space.id(), links.id(),
                         creation.id(), H5P_DEFAULT),
              H5Dclose, origin_, "create '" + full + "'");
  const auto all = pointers(texts);
  if (!all.empty()) {
    checked(H5Dwrite(made.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()), *origin_,
            "write '" + full + "'");
  }
  return {std::move(made), origin_, full};
}

void Group::write_text(const std::string& path, std::string_view text) {
  make_way_to(path);
  const std::string full = joined(name_, path);
  const Handle links = named_in_utf8(origin_), space = space_of({}, origin_);
  const Handle type = text_type(origin_), creation = plain_storage(origin_);
  Handle made(H5Dcreate2(handle_.id(), path.c_str(), type.id(), space.id(), links.id(),
                         creation.id(), H5P_DEFAULT),
              H5Dclose, origin_, "create '" + full + "'");
  const std::string ended(text);
  const char* const pointer = ended.c_str();
  checked(H5Dwrite(made.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer), *origin_,
          "write '" + full + "'");
  made.close();
}

bool Group::has(const std::string& path) const {
  for (std::size_t end = path.find('/'); true; end = path.find('/', end + 1)) {
    if (checked(H5Lexists(handle_.id(), path.substr(0, end).c_str(), H5P_DEFAULT), *origin_,
                "look for '" + joined(name_, path) + "'") == 0) {
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

Group Group::group(const std::string& path) const {
  const std::string full = joined(name_, path);
  return {Handle(H5Gopen2(handle_.id(), path.c_str(), H5P_DEFAULT), H5Gclose, origin_,
                 "open group '" + full + "'"),
          origin_, full};
}

Dataset Group::dataset(const std::string& path) const {
  const std::string full = joined(name_, path);
  Handle opened(H5Dopen2(handle_.id(), path.c_str(), H5P_DEFAULT), H5Dclose, origin_,
                "open '" + full + "'");
  expect_own_storage(opened, origin_, origin_->path + ": '" + full + "'");
  return {std::move(opened), origin_, full};
}

std::string Group::read_text(const std::string& path) const {
  const auto texts = dataset(path).read_texts();
  if (texts.size() != 1) {
    refuse(origin_->path + ": '" + joined(name_, path) + "'",
           "has " + std::to_string(texts.size()) + " texts (one is expected)");
  }
  return texts.front();
}

std::vector<std::string> Group::names() const {
  std::vector<std::string> all;
  const auto add = [](hid_t, const char* name, const H5L_info_t* info, void* names) -> herr_t {
    if (info->type == H5L_TYPE_HARD) {
      static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    }
    return 0;
  };
  if (H5Literate(handle_.id(), H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, add, &all) < 0) {
    H5Eclear2(H5E_DEFAULT);  // a group made on the way to another has no order of writing
    all.clear();
    checked(H5Literate(handle_.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &all), *origin_,
            "list '" + name_ + "'");
  }
  return all;
}

std::vector<Group::Member> Group::members(u64 most) const {
  struct Found {
    std::vector<Member> members;
    u64 most;
  } found{{}, most};
  const auto add = [](hid_t group, const char* name, const H5L_info_t* link, void* into) -> herr_t {
    auto& all = *static_cast<Found*>(into);
    if (all.members.size() == all.most) {
      return -1;
    }
    Member::Is is = Member::Is::other;
    if (link->type == H5L_TYPE_HARD) {
      H5O_info_t object;
      if (H5Oget_info_by_name2(group, name, &object, H5O_INFO_BASIC, H5P_DEFAULT) < 0) {
        return -1;
      }
      is = object.type == H5O_TYPE_GROUP     ? Member::Is::group
           : object.type == H5O_TYPE_DATASET ? Member::Is::dataset
                                             : Member::Is::other;
    }
    all.members.push_back({name, is});
    return 0;
  };
  const herr_t listed = H5Literate(handle_.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &found);
  if (listed < 0 && found.members.size() == most) {
    H5Eclear2(H5E_DEFAULT);
    refuse(place(), "holds more than " + std::to_string(most) + " things");
  }
  checked(listed, *origin_, "list '" + name_ + "'");
  return std::move(found.members);
}

// File

File File::create(const std::string& path, const std::string& named) {
  prepare_library();
  auto origin = std::make_shared<Origin>();
  origin->path = named;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, origin, "describe a file");
  keep_order(creation.id(), origin);
  const Handle access = file_access(origin);
  constexpr std::size_t step_of_growth = std::size_t{1} << 22;
  checked(H5Pset_fapl_core(access.id(), step_of_growth, false), *origin, "be kept in memory");
  Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), H5Fclose, origin,
              "be created");
  Handle root(H5Gopen2(file.id(), "/", H5P_DEFAULT), H5Gclose, origin, "open its root group");
  return {std::move(file), std::move(root), std::move(origin), path};
}

File File::create_frame(const std::string& path, const std::string& named) {
  prepare_library();
  auto origin = std::make_shared<Origin>();
  origin->path = named;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, origin, "describe a file");
  keep_order(creation.id(), origin);
  const Handle access = file_access(origin);
  // In memory where the system has a folder there: what is reserved takes no space.
  const std::string folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  std::string scratch = folder + "/throng-XXXXXX";
  const int made = ::mkstemp(scratch.data());
  if (made < 0) {
    throw system_failure(scratch, "be put together", errno);
  }
  ::close(made);
  const hid_t created = H5Fcreate(scratch.c_str(), H5F_ACC_TRUNC, creation.id(), access.id());
  ::unlink(scratch.c_str());  // it stays until it is closed, and no kill leaves it behind
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
  prepare_library();
  auto origin = std::make_shared<Origin>();
  origin->path = path;
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
