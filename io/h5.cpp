#include "io/h5.h"

#include <utility>

#include "io/h5_library.h"

namespace throng::h5 {

std::string_view name_of(Type type) {
  constexpr std::string_view names[] = {"uint8", "uint16", "uint32",  "uint64",
                                        "int32", "int64",  "float32", "float64"};
  return names[static_cast<std::size_t>(type)];
}

std::size_t size_of(Type type) {
  constexpr std::size_t sizes[] = {1, 2, 4, 8, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(type)];
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

}  // namespace throng::h5
