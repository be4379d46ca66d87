#include "tools/csv_output.h"

#include <cerrno>
#include <utility>

namespace throng {

void add_csv_text(std::string& out, const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out.append(c == '"' ? 2 : 1, c);
  }
  out += '"';
}

std::string csv_field(const std::string& text) {
  std::string field;
  add_csv_text(field, text);
  return field;
}

std::string csv_number(double value) {
  std::string field;
  add_csv_number(field, value);
  return field;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    line += (i == 0 ? "" : ",") + fields[i];
  }
  return line + "\n";
}

TextOutput::TextOutput(const std::string& file) {
  if (!file.empty()) {
    pending_ = std::make_unique<PendingFile>(file);
    stream_ = std::fopen(pending_->temporary().c_str(), "wbe");
    if (stream_ == nullptr) {
      throw system_failure(file, "be written", errno);
    }
  }
}

TextOutput::~TextOutput() {
  if (pending_ && stream_ != nullptr) {
    std::fclose(stream_);
  }
}

void TextOutput::write(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stream_) != text.size()) {
    throw system_failure(pending_ ? pending_->path() : "standard output", "be written", errno);
  }
}

void TextOutput::finish() {
  if (pending_) {
    if (std::fclose(std::exchange(stream_, nullptr)) != 0) {
      throw system_failure(pending_->path(), "be written", errno);
    }
    pending_->publish();
  }
}

}  // namespace throng
