#include "framework/checkpoint/state_digest.h"

#include <algorithm>
#include <span>
#include <vector>

#include "framework/storage/digest.h"

namespace lockstep {
namespace {

template <typename T>
void add_value(Digester& digester, T value) {
  digester.add(std::as_bytes(std::span<const T>(&value, 1)));
}

/// Name, shape and values of every parameter of a group, in pieces, so that memory stays small.
void add_arrays(Digester& digester, const CheckpointReader& checkpoint, const std::string& group,
                const std::vector<StoredParameter>& parameters) {
  constexpr std::uint64_t kPiece = 1U << 20;
  std::vector<float> values;
  for (const StoredParameter& parameter : parameters) {
    const std::string name = group + parameter.name;
    add_value<std::uint64_t>(digester, name.size());
    digester.add(name);
    add_value<std::uint64_t>(digester, parameter.rows);
    add_value<std::uint64_t>(digester, parameter.columns);
    const std::uint64_t size = parameter.rows * parameter.columns;
    for (std::uint64_t begin = 0; begin < size; begin += kPiece) {
      values.resize(std::min(kPiece, size - begin));
      checkpoint.file().read_part<float>(name, begin, values);
      digester.add(std::as_bytes(std::span<const float>(values)));
    }
  }
}

}  // namespace

std::string state_digest(const CheckpointReader& checkpoint) {
  Digester digester;
  const std::vector<StoredParameter> parameters = checkpoint.parameters();
  add_arrays(digester, checkpoint, "model/", parameters);
  for (const std::string& slot : checkpoint.slots()) {
    add_arrays(digester, checkpoint, "optimizer/" + slot + "/", parameters);
  }
  const Progress& progress = checkpoint.record().progress;
  for (const std::uint64_t value :
       {progress.update, progress.epoch, progress.batch, progress.words, progress.validations,
        progress.validations_without_improvement, progress.best_update}) {
    add_value(digester, value);
  }
  add_value(digester, progress.best_cross_entropy);
  return to_string(digester.digest());
}

}  // namespace lockstep
