#include <string>

#include "framework/parallel/communicator.h"
#include "tests/mpi/world.h"
#include "tests/support/catch.h"

namespace lockstep {
namespace {

/// What the ranks say when `phase` fails on some of them.
template <typename Phase>
SharedError shared_error(Phase&& phase) {
  try {
    phase();
  } catch (const SharedError& error) {
    return error;
  }
  return {ExitCode::kDone, "nothing was thrown", -1};
}

}  // namespace

TEST_CASE("an error that all ranks meet alike is reported once, by rank 0, without naming it", "[mpi][parallel]") {
  const SharedError error =
      shared_error([] { world().agree([]() -> int { throw ConfigError("unknown key 'shrads'"); }); });
  CHECK(std::string(error.what()) == "unknown key 'shrads'");
  CHECK(error.exit_code() == ExitCode::kUsage);
  CHECK(error.reporter() == 0);
}

TEST_CASE("an error of one rank becomes everybody's and names the rank and its host", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const int failing = ranks.size() - 1;
  const SharedError error = shared_error([&] {
    ranks.agree([&] {
      if (ranks.rank() == failing) throw DataError("corpus.h5 is truncated");
    });
  });
  CHECK(error.exit_code() == ExitCode::kData);
  CHECK(error.reporter() == failing);
  if (ranks.size() > 1) {
    const std::string place = "(rank " + std::to_string(failing) + " on host ";
    CHECK(std::string(error.what()).find(place) != std::string::npos);
  }
}

TEST_CASE("a phase that succeeds everywhere gives each rank its own result", "[mpi][parallel]") {
  const Communicator& ranks = world();
  CHECK(ranks.agree([&] { return ranks.rank() * 2; }) == ranks.rank() * 2);
}

TEST_CASE("ranks that differ are named with both values", "[mpi][parallel]") {
  const Communicator& ranks = world();
  CHECK_NOTHROW(require_same(ranks, "version", "0.1.0"));
  if (ranks.size() == 1) return;
  const bool other = ranks.rank() == ranks.size() - 1;
  const SharedError error = shared_error(
      [&] { require_same(ranks, "configuration", std::string("seed: 1\nshards: ") + (other ? "16" : "8") + "\n"); });
  const std::string message = error.what();
  CHECK(message.find("configuration") != std::string::npos);
  CHECK(message.find("\"shards: 8\"") != std::string::npos);
  CHECK(message.find("rank " + std::to_string(ranks.size() - 1)) != std::string::npos);
  CHECK(message.find("\"shards: 16\"") != std::string::npos);
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("texts and numbers of all ranks arrive in the order of ranks", "[mpi][parallel]") {
  const Communicator& ranks = world();
  const std::vector<std::string> texts = ranks.allgather(std::string(static_cast<std::size_t>(ranks.rank()), 'x'));
  const std::vector<double> own(static_cast<std::size_t>(ranks.rank()), ranks.rank());
  const std::vector<double> numbers = ranks.allgather(own);
  std::vector<double> expected;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    CHECK(texts[static_cast<std::size_t>(rank)] == std::string(static_cast<std::size_t>(rank), 'x'));
    expected.insert(expected.end(), static_cast<std::size_t>(rank), rank);
  }
  CHECK(numbers == expected);
  CHECK(ranks.max(ranks.rank()) == ranks.size() - 1);
  CHECK(ranks.broadcast(ranks.rank() == 0 ? std::string("text") : std::string()) == "text");
}

}  // namespace lockstep
