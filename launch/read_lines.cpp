#include "launch/read_lines.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "framework/core/errors.h"
#include "framework/core/log.h"
#include "framework/core/unicode.h"

namespace lockstep {
namespace {

std::vector<std::string> split(std::istream& stream) {
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> lines_of(const std::string& file) {
  if (file == "-") return split(std::cin);
  if (std::filesystem::is_directory(file)) throw DataError(fmt::format("{}: is a folder; give a text file", file));
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw DataError(fmt::format("{}: can't be read: {}", file, std::strerror(errno)));
  std::vector<std::string> lines = split(stream);
  if (stream.bad()) throw DataError(fmt::format("{}: can't be read to its end: {}", file, std::strerror(errno)));
  return lines;
}

}  // namespace

std::vector<std::string> read_lines(const std::string& file, InvalidUtf8 invalid) {
  const std::string name = file == "-" ? "standard input" : file;
  std::vector<std::string> lines = lines_of(file);
  std::string first;
  std::size_t wrong = 0;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const std::optional<std::size_t> place = find_invalid_utf8(lines[k]);
    if (!place.has_value()) continue;
    if (++wrong == 1) first = fmt::format("{}:{}: byte {} of the line is not UTF-8", name, k + 1, *place + 1);
    if (invalid == InvalidUtf8::kRefuse) throw DataError(first + "; convert the file, or leave out --strict");
    lines[k] = encode_utf8(decode_utf8(lines[k]));
  }
  if (wrong > 0) log_warning("{} ({} such lines); read as U+FFFD, --strict refuses it", first, wrong);
  return lines;
}

}  // namespace lockstep
