#include "framework/corpus/text_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "framework/core/errors.h"
#include "framework/core/log.h"
#include "framework/core/unicode.h"
#include "framework/storage/forwarded_streams.h"

namespace lockstep {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

TextReader::TextReader(const std::filesystem::path& path, InvalidText invalid)
    : path_(path == kStandardInput ? "standard input" : path),
      file_(open_to_read(path == kStandardInput ? "/dev/stdin" : path)),
      invalid_(invalid) {
  forwarded_ = path == kStandardInput && is_forwarded(file_.number());
  buffer_.resize(kPieceBytes);
  // No more than it takes to tell: a person may sit at the other end.
  const auto held = [this] { return std::string_view(buffer_.data(), end_); };
  while (end_ < kByteOrderMark.size() && kByteOrderMark.starts_with(held()) && fill()) continue;
  if (held().starts_with(kByteOrderMark)) {
    had_byte_order_mark_ = true;
    begin_ = kByteOrderMark.size();
  }
}

bool TextReader::next(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* start = buffer_.data() + begin_;
    const std::size_t held = end_ - begin_;
    const void* found = searched < held ? std::memchr(start + searched, '\n', held - searched) : nullptr;
    const std::size_t length =
        found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - start) : held;
    if (length > kLongestLine) {
      throw DataError(fmt::format("{}:{}: is longer than {} bytes; split the text into one sentence a line",
                                  path_.string(), line_number_ + 1, kLongestLine));
    }
    searched = held;
    if (found == nullptr && fill()) continue;
    if (found == nullptr && held == 0) return false;
    // fill() may have moved what start pointed to.
    line = {buffer_.data() + begin_, length};
    begin_ += length + (found != nullptr ? 1 : 0);
    ++line_number_;
    if (const auto what = fault(line)) {
      if (invalid_ == InvalidText::kRefuse)
        throw DataError(*what + "; convert the text to UTF-8 (unpack it first if it is compressed)");
      if (!warned_) log_warning("{}; such bytes are read as U+FFFD, here and in later lines", *what);
      warned_ = true;
      std::u32string characters = decode_utf8(line);
      std::replace(characters.begin(), characters.end(), U'\0', U'\uFFFD');
      replaced_ = encode_utf8(characters);
      line = replaced_;
    }
    return true;
  }
}

/// Reads on behind what is held; false at the end of the file.
bool TextReader::fill() {
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  if (forwarded_) check_forwarded_input(file_.number());
  const std::ptrdiff_t count = read_next(file_.number(), std::as_writable_bytes(std::span(buffer_).subspan(end_)));
  if (count < 0) {
    throw DataError(fmt::format("{}: can't be read: {}; check the disk", path_.string(), system_message(errno)));
  }
  digester_.add(std::string_view(buffer_.data() + end_, static_cast<std::size_t>(count)));
  end_ += static_cast<std::size_t>(count);
  return count > 0;
}

std::optional<std::string> TextReader::fault(std::string_view line) const {
  if (const auto place = find_invalid_utf8(line)) {
    return fmt::format("{}:{}: byte {} of the line (0x{:02X}) is not UTF-8", path_.string(), line_number_, *place + 1,
                       static_cast<unsigned char>(line[*place]));
  }
  if (const std::size_t place = line.find('\0'); place != std::string_view::npos) {
    return fmt::format("{}:{}: has a NUL byte (byte {} of the line)", path_.string(), line_number_, place + 1);
  }
  return std::nullopt;
}

}  // namespace lockstep
