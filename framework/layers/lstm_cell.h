#pragma once

#include "framework/layers/cell.h"
#include "framework/layers/weight.h"

namespace lockstep {

/// Long short-term memory with forget gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000), s′, c′ the previous
/// state and memory:
///   i, f, o = σ(x W + b + s′ U),  g = tanh(x W + b + s′ U), each with its own columns,
///   c = f ∘ c′ + i ∘ g,  s = o ∘ tanh(c).
/// Gates stand in the order i | f | o | g. Parameter: U [H][4H].
template <typename Real>
class LstmCell final : public Cell<Real> {
 public:
  LstmCell(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden);

  void bind(std::span<const Real> parameters) override;
  void forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const override;
  void backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count, ConstMatrixView<Real> d_state,
                MatrixView<Real> d_memory, MatrixView<Real> d_previous) const override;
  void gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const override;

 protected:
  [[nodiscard]] bool has_inner() const override { return true; }
  [[nodiscard]] bool has_memory() const override { return true; }

 private:
  Weight<Real> u_;
};

}  // namespace lockstep
