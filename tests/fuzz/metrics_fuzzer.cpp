// A run's metrics.jsonl, drawn as inspect does.
#include "framework/inspection/line_chart.h"
#include "framework/inspection/run_history.h"
#include "tests/fuzz/fuzzing.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::MemoryFile file;
  file.set(fuzzing::text_of(data, size));
  fuzzing::works_or_refuses([] {
    for (const LineChart& curve : training_curves(read_metrics(file.path()))) {
      static_cast<void>(to_text(curve, 80, 12, true));
      static_cast<void>(to_svg(curve));
    }
  });
  return 0;
}
