#include "framework/checkpoint/state_digest.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <new>

namespace lockstep {
namespace {

class Hash {
 public:
  Hash() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH3_128bits_reset(state_.get());
  }
  void add(const void* bytes, std::size_t size) { XXH3_128bits_update(state_.get(), bytes, size); }
  template <typename T>
  void add_value(T value) {
    add(&value, sizeof(value));
  }
  void add_text(const std::string& text) {
    add_value<std::uint64_t>(text.size());
    add(text.data(), text.size());
  }
  [[nodiscard]] std::string text() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

/// Name, shape and values of every parameter of a group, in pieces, so that memory stays small.
void add_arrays(Hash& hash, const CheckpointReader& checkpoint, const std::string& group,
                const std::vector<StoredParameter>& parameters) {
  constexpr std::uint64_t kPiece = 1U << 20;
  std::vector<float> values;
  for (const StoredParameter& parameter : parameters) {
    const std::string name = group + parameter.name;
    hash.add_text(name);
    hash.add_value(parameter.rows);
    hash.add_value(parameter.columns);
    const std::uint64_t size = parameter.rows * parameter.columns;
    for (std::uint64_t begin = 0; begin < size; begin += kPiece) {
      values.resize(std::min(kPiece, size - begin));
      checkpoint.file().read_part<float>(name, begin, values);
      hash.add(values.data(), values.size() * sizeof(float));
    }
  }
}

}  // namespace

std::string state_digest(const CheckpointReader& checkpoint) {
  Hash hash;
  const std::vector<StoredParameter> parameters = checkpoint.parameters();
  add_arrays(hash, checkpoint, "model/", parameters);
  for (const std::string& slot : checkpoint.slots()) {
    add_arrays(hash, checkpoint, "optimizer/" + slot + "/", parameters);
  }
  const Progress& progress = checkpoint.record().progress;
  for (const std::uint64_t value :
       {progress.update, progress.epoch, progress.batch, progress.words, progress.validations,
        progress.validations_without_improvement, progress.best_update}) {
    hash.add_value(value);
  }
  hash.add_value(progress.best_cross_entropy);
  return hash.text();
}

}  // namespace lockstep
