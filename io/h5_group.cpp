#include <algorithm>
#include <utility>

#include "io/h5.h"
#include "io/h5_library.h"

namespace throng::h5 {
namespace {

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

}  // namespace throng::h5
