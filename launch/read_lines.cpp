#include "launch/read_lines.h"

#include <string_view>

#include "framework/core/log.h"

namespace lockstep {

std::vector<std::string> read_lines(const std::string& file, InvalidText invalid) {
  TextReader reader(file, invalid);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) lines.emplace_back(line);
  if (reader.had_byte_order_mark() && !lines.empty()) {
    log_warning("{}: begins with a byte order mark, which counts as part of the first word; better take it away", file);
    lines.front().insert(0, "\uFEFF");
  }
  return lines;
}

std::vector<std::string> broadcast_lines(const Communicator& ranks, const std::vector<std::string>& lines) {
  std::string joined;
  for (const std::string& line : lines) joined.append(line).append(1, '\n');
  joined = ranks.broadcast(joined);
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < joined.size();) {
    const std::size_t end = joined.find('\n', begin);
    result.push_back(joined.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

}  // namespace lockstep
