// The key of an account: from a variable of the environment into requests, and nowhere else.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace throng {

class AccountKey {
 public:
  /// No key: servers that ask for none.
  AccountKey() = default;
  /// `variable`: name of the variable that holds it, in capital letters; empty: no key. Throws
  /// InputError, which shows the name only, and not even that where it may be a key.
  explicit AccountKey(const std::string& variable);
  /// Whether it may be such a name, or is empty.
  static bool names_variable(std::string_view variable);
  ~AccountKey();
  AccountKey(const AccountKey&) = delete;
  AccountKey& operator=(const AccountKey&) = delete;

  /// "Authorization: Bearer ..."; empty without a key.
  std::string header() const;
  /// The text with "[key]" for every piece of the key in it: any eight characters in a row, and
  /// six of its beginning with whatever stands right behind them (servers show those and stars).
  /// Also as JSON and addresses escape it, and any eight characters of it in base 64 or
  /// hexadecimal.
  std::string scrub(std::string_view text) const;

 private:
  std::size_t piece_at(std::string_view text) const;
  std::string key_;
  std::vector<std::string> codes_;  // the key in other writing
};

}  // namespace throng
