#pragma once

#include "framework/layers/cell.h"
#include "framework/layers/weight.h"

namespace lockstep {

/// The gated recurrent unit as in the paper (Cho et al. 2014; Bahdanau et al. 2015, appendix A.1.1), s′ the previous
/// state:
///   z = σ(x W_z + b_z + s′ U_z),  r = σ(x W_r + b_r + s′ U_r),
///   s̃ = tanh(x W + b + (r ∘ s′) U),  s = (1 − z) ∘ s′ + z ∘ s̃.
/// Gates stand in the order z | r | s̃. Parameters: U_zr [H][2H], U [H][H].
template <typename Real>
class GruCell final : public Cell<Real> {
 public:
  GruCell(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix, std::size_t hidden);

  void bind(std::span<const Real> parameters) override;
  void forward(const CellTape<Real>& tape, std::size_t begin, std::size_t count) const override;
  void backward(const CellTape<Real>& tape, std::size_t begin, std::size_t count, ConstMatrixView<Real> d_state,
                MatrixView<Real> d_memory, MatrixView<Real> d_previous) const override;
  void gradients(const RowParts& parts, const CellTape<Real>& tape, std::span<Real> gradients) const override;

 protected:
  [[nodiscard]] bool has_inner() const override { return true; }

 private:
  Weight<Real> u_zr_;
  Weight<Real> u_;
};

}  // namespace lockstep
