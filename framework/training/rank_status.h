#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/heartbeat.h"

namespace lockstep {

/// What a rank's watchdog says of it.
struct RankStatus {
  int rank = 0;
  std::string host;
  std::uint64_t sign_of_life = 0;  ///< grows as long as the process runs, also where its work stands still
  double still = 0;                ///< seconds without progress
  std::uint64_t beats = 0;
  std::uint64_t update = 0;
  std::uint64_t waits = 0;
  std::string phase;
  std::string wait;  ///< empty: it works
  std::uint64_t range_begin = 0;
  std::uint64_t range_end = 0;
};

[[nodiscard]] RankStatus status_of(int rank, const std::string& host, const Heartbeat::Reading& reading);

/// "update 7, phase gradients, waits in barrier, last range of the gradient summed [0, 64)".
[[nodiscard]] std::string describe(const RankStatus& status);

/// Where ranks read what the others say of themselves: a folder of small files below one that all hosts see, as a
/// run's, so that no message is needed while messages may be what hangs. Every function touches the disk, and may take
/// for ever where the disk hangs; none throws.
class StatusBoard {
 public:
  /// `start` tells one start of a run from others, which may have the same folder.
  StatusBoard(const std::filesystem::path& folder, std::string start);

  /// Makes the folder in one that is there, and takes away those where nobody has told anything for a day. By one rank,
  /// before the others publish.
  void create() const;
  /// Takes away what earlier starts have left, when it is sure that none of them runs any more.
  void remove_others() const;
  /// False where that can't be written.
  bool publish(const RankStatus& status) const;
  /// By rank; nothing where a rank hasn't published yet.
  [[nodiscard]] std::vector<std::optional<RankStatus>> read(int ranks) const;
  /// True for the first caller of all ranks, and where it can't be told.
  [[nodiscard]] bool claim_the_last_word() const;
  /// Takes a rank's own file away, and the folders with the last.
  void remove(int rank) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(int rank) const;

  std::filesystem::path folder_;
  std::string start_;
};

/// The text of a status file, and back; nothing when it is of another start or cut short.
[[nodiscard]] std::string to_text(const RankStatus& status, std::string_view start);
[[nodiscard]] std::optional<RankStatus> parse_status(const std::string& text, std::string_view start);

}  // namespace lockstep
