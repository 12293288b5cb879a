#pragma once

#include "framework/layers/cell.h"
#include "framework/layers/weight.h"

namespace lockstep {

/// The simple recurrent cell (Elman 1990): s = tanh(x W + b + s′ U), where s′ is the previous state.
/// Parameter: U [H][H].
template <typename Real>
class TanhCell final : public Cell<Real> {
 public:
  TanhCell(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden);

  void bind(std::span<const Real> parameters) override;
  void forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const override;
  void backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count, ConstMatrixView<Real> d_state,
                MatrixView<Real> d_memory, MatrixView<Real> d_previous) const override;
  void gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const override;

 private:
  Weight<Real> u_;
};

}  // namespace lockstep
