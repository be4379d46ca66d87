#include "io/gzip.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <zlib.h>

#include "io/toml_file.h"
#include "sim/error.h"

namespace throng {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30;  // a small file may promise any number

/// What zlib says is wrong with a stream of which all was given that there is.
std::string words_of(int code, const z_stream& stream) {
  if (code == Z_BUF_ERROR) {
    return "it is cut short";
  }
  return stream.msg != nullptr ? stream.msg : zError(code);
}

}  // namespace

std::string read_packed_text(const std::filesystem::path& path) {
  std::string packed = read_text_file(path);
  if (path.extension() != ".gz") {
    return packed;
  }
  if (packed.size() > most_bytes) {
    throw IoError(path.string() + ": has more than 1 GiB");
  }
  z_stream stream{};
  constexpr int gzip_alone = 15 + 16;  // largest window; no other format
  if (inflateInit2(&stream, gzip_alone) != Z_OK) {
    throw IoError(path.string() + ": cannot be unpacked (out of memory)");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ends(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  std::string piece(std::size_t{1} << 16, '\0');
  int code = Z_OK;
  while (code == Z_OK || (code == Z_STREAM_END && stream.avail_in > 0)) {
    if (code == Z_STREAM_END) {
      inflateReset(&stream);  // one file may be several, one after the other
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    code = inflate(&stream, Z_NO_FLUSH);
    text.append(piece, 0, piece.size() - stream.avail_out);
    if (text.size() > most_bytes) {
      throw IoError(path.string() + ": unpacks to more than 1 GiB");
    }
  }
  if (code != Z_STREAM_END) {
    throw IoError(path.string() + ": is no whole gzip file: " + words_of(code, stream));
  }
  return text;
}

}  // namespace throng
