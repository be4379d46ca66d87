#include <algorithm>

#include <hdf5_hl.h>

#include "io/h5.h"
#include "io/h5_library.h"

namespace throng::h5 {
namespace {

constexpr Type all_types[] = {Type::u8,  Type::u16, Type::u32, Type::u64,
                              Type::i32, Type::i64, Type::f32, Type::f64};

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

}  // namespace throng::h5
