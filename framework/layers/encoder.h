#pragma once

#include <optional>
#include <span>
#include <string>

#include "framework/layers/dropout.h"
#include "framework/layers/embedding.h"
#include "framework/layers/recurrence.h"

namespace lockstep {

/// What an encoder keeps from forward to backward.
template <typename Real>
struct EncoderTape {
  MatrixView<Real> embedded;  ///< E x_j after dropout [rows][M]
  CellTape<Real> forward;
  CellTape<Real> backward;
};

/// Embeds the source and runs one recurrence over it, or two, from left to right and from right to left (Bahdanau et
/// al. 2015, section 3.2): h_j = [→h_j ; ←h_j]. Parameters below `prefix`: E, forward/…, backward/….
template <typename Real>
class Encoder {
 public:
  Encoder(EncoderKind kind, CellKind cell, ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix,
          std::size_t vocabulary, std::size_t embedding, std::size_t hidden, InitialValue initial);

  void bind(std::span<const Real> parameters);

  [[nodiscard]] bool bidirectional() const { return backward_.has_value(); }
  [[nodiscard]] std::size_t embedding_size() const { return embedding_.size(); }
  /// D: H, or 2H of both directions.
  [[nodiscard]] std::size_t annotation_size() const { return bidirectional() ? 2 * hidden_ : hidden_; }

  /// tokens [rows] in the order of `words` → annotations [rows][D] in the same order. `dropout` is that of embeddings.
  EncoderTape<Real> forward(const TimeMajor& words, std::span<const std::int32_t> tokens, const Dropout<Real>& dropout,
                            MatrixView<Real> annotations, Arena& arena) const;

  /// d_annotations [rows][D] (used up) → gradients of all parameters.
  void backward(const TimeMajor& words, std::span<const std::int32_t> tokens, const Dropout<Real>& dropout,
                const EncoderTape<Real>& tape, MatrixView<Real> d_annotations, std::span<Real> gradients,
                Arena& arena) const;

 private:
  std::size_t hidden_;
  Embedding<Real> embedding_;
  Recurrence<Real> forward_;
  std::optional<Recurrence<Real>> backward_;
};

}  // namespace lockstep
