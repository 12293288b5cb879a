// A checkpoint, read as inspect, translate and a resumed run do.
#include <vector>

#include "framework/checkpoint/checkpoint_reader.h"
#include "framework/core/configuration.h"
#include "framework/corpus/vocabulary.h"
#include "launch/inspect_checkpoint.h"
#include "tests/fuzz/hostile_file.h"

using namespace lockstep;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  return fuzzing::mutate_file(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzzing::HostileFile file(kCheckpointFormat);
  file.set(fuzzing::text_of(data, size));
  fuzzing::works_or_refuses([] {
    const CheckpointReader checkpoint(file.path());
    // Each by itself, so that one which is refused keeps none of the others from being tried.
    fuzzing::works_or_refuses([&] { static_cast<void>(describe_checkpoint(checkpoint)); });
    fuzzing::works_or_refuses([&] { static_cast<void>(validation_curves(checkpoint.record())); });
    fuzzing::works_or_refuses([&] { static_cast<void>(read_vocabularies(checkpoint.file())); });
    fuzzing::works_or_refuses(
        [&] { static_cast<void>(parse_configuration(checkpoint.record().configuration, "checkpoint", {})); });
    fuzzing::works_or_refuses([&] {
      // What seeds.cpp writes.
      ParameterLayout layout;
      layout.add("encoder/forward/U", 3, 5, {});
      layout.add("output/bias", 1, 7, {});
      checkpoint.check_layout(layout, checkpoint.slots());
      std::vector<float> values(layout.size());
      checkpoint.read_model(layout, values);
      for (const std::string& slot : checkpoint.slots()) checkpoint.read_slot(layout, slot, 0, values);
    });
  });
  return 0;
}
