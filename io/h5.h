// HDF5 files as values: every handle is owned, every close is checked, every error carries the path
// and the library's own words. Used serially, by one thread at a time (the library is not
// thread-safe). Not a general binding: exactly what the files of a run need.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/error.h"
#include "sim/types.h"

namespace throng::h5 {

/// What the elements of a data set are. Labels (HDF5 enums) stand beside an integer type.
enum class Type { u8, u16, u32, u64, i32, i64, f32, f64 };

template <class T>
consteval Type type_of() {
  if constexpr (std::is_same_v<T, throng::u8>) {
    return Type::u8;
  } else if constexpr (std::is_same_v<T, throng::u16>) {
    return Type::u16;
  } else if constexpr (std::is_same_v<T, throng::u32>) {
    return Type::u32;
  } else if constexpr (std::is_same_v<T, throng::u64>) {
    return Type::u64;
  } else if constexpr (std::is_same_v<T, throng::i32>) {
    return Type::i32;
  } else if constexpr (std::is_same_v<T, throng::i64>) {
    return Type::i64;
  } else if constexpr (std::is_same_v<T, float>) {
    return Type::f32;
  } else {
    static_assert(std::is_same_v<T, double>, "not a type of our files");
    return Type::f64;
  }
}

/// "uint8", "float64": numpy's word, which readers know.
std::string_view name_of(Type type);
std::size_t size_of(Type type);
/// The release of the library the program runs with, as "1.10.8".
std::string library_version();

/// Rows of a chunk: 64 Ki, compressed alone, so that a step of a long log costs one or two chunks.
inline constexpr u64 chunk_rows = u64{1} << 16;

/// The library refused.
class Error : public IoError {
  using IoError::IoError;
};

/// Shared by a file and all that is opened in it (they outlive each other in any order): the path
/// for messages, and the first close that failed where nothing could be thrown.
struct Origin {
  std::string path;
  u64 bytes = 0;
  std::string failed_close;
  struct Range {
    u64 begin, bytes;
  };
  std::vector<Range> reserved;  ///< of a frame: bytes of the file that others write
};

/// One id of the library. Closing is checked: by `close()`, which throws, or at destruction, which
/// leaves the failure to `File::close()`.
class Handle {
 public:
  using Id = std::int64_t;
  using Closer = int (*)(Id);
  Handle() = default;
  /// Takes over `id`; throws Error when it is negative, the library's word for a failure to `what`.
  Handle(Id id, Closer closer, std::shared_ptr<Origin> origin, const std::string& what);
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();
  void close();
  Id id() const { return id_; }

 private:
  void close_quietly() noexcept;
  Id id_ = -1;
  Closer closer_ = nullptr;
  std::shared_ptr<Origin> origin_;
};

/// What a group and a data set share: a name and attributes.
class Object {
 public:
  /// Text is UTF-8 of variable length: what every reader turns into its own kind of string.
  void set_text(const std::string& name, std::string_view text);
  void set_texts(const std::string& name, std::span<const std::string> texts);
  template <class T>
  void set_number(const std::string& name, T value) {
    set_raw(name, type_of<T>(), &value, {});
  }
  template <class T>
  void set_numbers(const std::string& name, std::span<const T> values) {
    set_raw(name, type_of<T>(), values.data(), {values.size()});
  }

  bool has_attribute(const std::string& name) const;
  std::string text(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  /// One number, converted to T; throws Error when there is none of that name or it has not one
  /// element.
  template <class T>
  T number(const std::string& name) const {
    T value{};
    get_raw(name, type_of<T>(), &value, 1);
    return value;
  }
  template <class T>
  std::vector<T> numbers(const std::string& name) const {
    std::vector<T> values(attribute_elements(name));
    get_raw(name, type_of<T>(), values.data(), values.size());
    return values;
  }
  /// Path inside the file.
  const std::string& name() const { return name_; }
  void close() { handle_.close(); }

 protected:
  Object(Handle handle, std::shared_ptr<Origin> origin, std::string name)
      : origin_(std::move(origin)), handle_(std::move(handle)), name_(std::move(name)) {}
  std::string place() const { return origin_->path + ": '" + name_ + "'"; }
  std::shared_ptr<Origin> origin_;
  Handle handle_;
  std::string name_;

 private:
  void set_raw(const std::string& name, Type type, const void* values, std::vector<u64> shape);
  u64 attribute_elements(const std::string& name) const;
  void get_raw(const std::string& name, Type type, void* values, u64 elements) const;
};

/// An array of numbers, labels or texts, in row-major order.
class Dataset : public Object {
 public:
  /// Writes or reads rows [first, first + n) of the first dimension; T must be the stored type.
  template <class T>
  void write_rows(u64 first, std::span<const T> values) {
    write_raw(type_of<T>(), values.data(), first, values.size());
  }
  template <class T>
  void write(std::span<const T> values) {
    write_rows(0, values);
  }
  template <class T>
  std::vector<T> read_rows(u64 first, u64 rows) const {
    std::vector<T> values(elements_to_read(type_of<T>(), first, rows));
    read_raw(type_of<T>(), values.data(), first, rows);
    return values;
  }
  template <class T>
  std::vector<T> read() const {
    return read_rows<T>(0, rows());
  }
  std::vector<std::string> read_texts() const { return read_texts(0, rows()); }
  std::vector<std::string> read_texts(u64 first, u64 rows) const;

  std::vector<u64> shape() const;
  /// Length of the first dimension; 1 for a scalar.
  u64 rows() const;
  bool holds_text() const;
  /// The element type; throws Error on one that our files do not have.
  Type type() const;
  /// The enum's names in order of value, empty for plain numbers.
  std::vector<std::string> labels() const;

  /// Of an array that was reserved: where its values begin in the file, all of which lie in it.
  u64 first_byte() const;
  /// Bytes that the values take in the file.
  u64 stored_bytes() const;
  /// Throws Error where the elements are of no type of ours, or more than the file can hold.
  void check() const;

  /// Makes this the coordinate called `dimension`, to be attached to the axes of others.
  void make_scale(const std::string& dimension);
  void attach_scale(unsigned axis, const Dataset& scale);
  bool is_scale() const;
  /// The dimension of each axis that has a scale, in order.
  std::vector<std::string> scale_names() const;

 private:
  friend class Group;
  using Object::Object;
  void write_raw(Type type, const void* values, u64 first, u64 elements);
  u64 elements_to_read(Type type, u64 first, u64 rows) const;
  void read_raw(Type type, void* values, u64 first, u64 rows) const;
};

/// A folder of the file. Names may be paths; missing folders on the way are made.
class Group : public Object {
 public:
  Group create_group(const std::string& path);
  /// A chunked, shuffled, deflated array, no fill values; enum labels (by value) when given.
  Dataset create_dataset(const std::string& path, Type type, const std::vector<u64>& shape,
                         std::span<const std::string> labels = {});
  /// Of a frame: an array whose values others write, as they are in memory, from a byte of the
  /// file on. Gives that byte.
  u64 reserve_dataset(const std::string& path, Type type, const std::vector<u64>& shape);
  /// Texts as one scalar, or as a list.
  void write_text(const std::string& path, std::string_view text);
  Dataset write_texts(const std::string& path, std::span<const std::string> texts);

  bool has(const std::string& path) const;
  Group group(const std::string& path) const;
  /// Throws Error also where its values stand in other files, or were packed in a way that ours are
  /// not.
  Dataset dataset(const std::string& path) const;
  std::string read_text(const std::string& path) const;
  /// Names of what is stored directly in this group, in the order of writing. Links that leave the
  /// file are not followed and not named.
  std::vector<std::string> names() const;
  struct Member {
    enum class Is : u8 { group, dataset, other };
    std::string name;
    Is is = Is::other;
  };
  /// The same with what they are, by name; other: links, and what our files do not have. Throws
  /// Error when there are more than `most`.
  std::vector<Member> members(u64 most) const;

 protected:
  using Object::Object;

 private:
  /// Makes the missing groups on the way, as all others: those of the library would be dated.
  void make_way_to(const std::string& path);
};

/// An open file, and its root group.
class File : public Group {
 public:
  /// A new file that will stand at `path` (what stood there is lost), in messages called `named`.
  /// It is put together in memory and written by `close()`: the library cannot close a file whose
  /// disk is full, and crashes the program when it tries again at its end. Throws Error.
  static File create(const std::string& path, const std::string& named);
  /// A new file of which others write the values of reserved arrays: `close()` writes the rest, and
  /// takes space for all of it from the system. Throws Error.
  static File create_frame(const std::string& path, const std::string& named);
  /// Read only. Throws Error when it is absent, damaged or not HDF5.
  static File open(const std::string& path);
  File(File&&) noexcept = default;
  File& operator=(File&&) = delete;
  /// Closes without a word: what an error on the way out of a scope needs.
  ~File();
  /// Closes; a new file is written now. Throws Error if this or any earlier close failed, or the
  /// system's words (SystemFailure) where the disk refuses. Data are safe to publish only after it
  /// returned.
  void close();
  const std::string& path() const { return origin_->path; }

 private:
  File(Handle file, Handle root, std::shared_ptr<Origin> origin, std::string written_to,
       std::shared_ptr<const int> frame = nullptr)
      : Group(std::move(root), std::move(origin), "/"),
        file_(std::move(file)),
        written_to_(std::move(written_to)),
        frame_(std::move(frame)) {}
  void write_image();
  void refuse_large_frame() const;
  void write_frame();
  void throw_failed_close() const;
  Handle file_;
  std::string written_to_;  // empty: read only
  /// Of a frame: where it is put together, with a hole for what is reserved.
  std::shared_ptr<const int> frame_;
};

}  // namespace throng::h5
