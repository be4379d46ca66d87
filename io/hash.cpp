#include "io/hash.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "io/publish.h"
#include "sim/error.h"

namespace throng {
namespace {

struct Digest {
  Digest() : context(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
      throw IoError("SHA-256: cannot be computed (OpenSSL refuses it).");
    }
  }
  void add(const void* bytes, std::size_t size) {
    ensures(EVP_DigestUpdate(context.get(), bytes, size) == 1, "SHA-256 takes any bytes");
  }
  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    ensures(EVP_DigestFinal_ex(context.get(), bytes.data(), &size) == 1, "SHA-256 ends");
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
      text += digits[bytes[i] >> 4];
      text += digits[bytes[i] & 15];
    }
    return text;
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context;
};

}  // namespace

std::string sha256(std::string_view text) {
  Digest digest;
  digest.add(text.data(), text.size());
  return digest.hexadecimal();
}

std::string sha256_of_file(const std::string& path, u64 bytes) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) {
    throw system_failure(path, "be opened", errno);
  }
  Digest digest;
  std::array<char, 1 << 16> block;
  while (bytes > 0) {
    const std::size_t wanted =
        bytes < block.size() ? static_cast<std::size_t>(bytes) : block.size();
    const std::size_t got = std::fread(block.data(), 1, wanted, file.get());
    if (got == 0) {
      break;
    }
    digest.add(block.data(), got);
    bytes -= got;
  }
  if (std::ferror(file.get()) != 0) {
    throw system_failure(path, "be read", errno);
  }
  return digest.hexadecimal();
}

std::string hash_library_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

u64 fast_hash(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace throng
