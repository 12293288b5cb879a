#include "framework/core/resources.h"

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace lockstep {

TEST_CASE("Sleep takes no processor time, and so isn't counted as a disturbed computation's", "[core]") {
  const double process = processor_seconds();
  const double thread = thread_processor_seconds();
  const double undisturbed = undisturbed_seconds([] { std::this_thread::sleep_for(std::chrono::milliseconds(300)); });
  CHECK(undisturbed < 0.1);
  CHECK(undisturbed >= 0);
  CHECK(processor_seconds() - process < 0.1);
  CHECK(thread_processor_seconds() - thread < 0.1);
}

TEST_CASE("A computation takes processor time", "[core]") {
  const double before = processor_seconds();
  std::size_t rounds = 0;
  const double seconds = undisturbed_seconds([&] {
    const double start = thread_processor_seconds();
    while (thread_processor_seconds() - start < 0.05) ++rounds;
  });
  CHECK(seconds >= 0.04);
  CHECK(rounds > 0);
  CHECK(processor_seconds() - before >= 0.04);
}

TEST_CASE("Peak memory grows with what is written to", "[core]") {
  constexpr std::size_t kBytes = 64 << 20;
  const double before = peak_memory();
  CHECK(before > 1e6);
  const std::vector<char> values(kBytes, 'x');
  CHECK(peak_memory() >= kBytes);
  CHECK(peak_memory() <= before + 2.0 * kBytes);
  CHECK(values.back() == 'x');
}

}  // namespace lockstep
