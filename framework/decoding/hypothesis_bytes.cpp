#include "framework/decoding/hypothesis_bytes.h"

#include <cassert>
#include <cstring>

namespace lockstep {
namespace {

template <typename T>
void append(const T* values, std::size_t count, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

template <typename T>
void append_value(T value, std::string& bytes) {
  append(&value, 1, bytes);
}

template <typename T>
void take(std::string_view& bytes, T* values, std::size_t count) {
  assert(bytes.size() >= count * sizeof(T));
  if (count > 0) std::memcpy(values, bytes.data(), count * sizeof(T));
  bytes.remove_prefix(count * sizeof(T));
}

template <typename T>
T take_value(std::string_view& bytes) {
  T value;
  take(bytes, &value, 1);
  return value;
}

}  // namespace

void append_hypotheses(const std::vector<Hypothesis>& hypotheses, std::string& bytes) {
  append_value(hypotheses.size(), bytes);
  for (const Hypothesis& hypothesis : hypotheses) {
    append_value(hypothesis.tokens.size(), bytes);
    append(hypothesis.tokens.data(), hypothesis.tokens.size(), bytes);
    append_value(hypothesis.log_probability, bytes);
    append_value(hypothesis.score, bytes);
    append_value(hypothesis.alignment.columns, bytes);
    append(hypothesis.alignment.weights.data(), hypothesis.alignment.weights.size(), bytes);
  }
}

std::vector<Hypothesis> take_hypotheses(std::string_view& bytes) {
  std::vector<Hypothesis> hypotheses(take_value<std::size_t>(bytes));
  for (Hypothesis& hypothesis : hypotheses) {
    hypothesis.tokens.resize(take_value<std::size_t>(bytes));
    take(bytes, hypothesis.tokens.data(), hypothesis.tokens.size());
    hypothesis.log_probability = take_value<double>(bytes);
    hypothesis.score = take_value<double>(bytes);
    Alignment& alignment = hypothesis.alignment;
    alignment.rows = hypothesis.tokens.size();
    alignment.columns = take_value<std::size_t>(bytes);
    alignment.weights.resize(alignment.rows * alignment.columns);
    take(bytes, alignment.weights.data(), alignment.weights.size());
  }
  return hypotheses;
}

}  // namespace lockstep
