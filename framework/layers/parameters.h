#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/row_block.h"
#include "framework/numeric/matrix.h"

namespace lockstep {

/// How a parameter gets its first values.
struct InitialValue {
  enum class Kind { kZero, kNormal, kOrthogonal, kGlorot };
  Kind kind = Kind::kZero;
  double deviation = 0;    ///< standard deviation, for kNormal
  std::size_t blocks = 1;  ///< equal blocks of columns (the gates of a cell), each filled on its own

  static InitialValue zero() { return {}; }
  static InitialValue normal(double deviation) { return {Kind::kNormal, deviation, 1}; }
  /// Square blocks, each an orthogonal matrix.
  static InitialValue orthogonal(std::size_t blocks) { return {Kind::kOrthogonal, 0, blocks}; }
  /// Uniform in ±√(6 / (rows + columns of a block)) (Glorot and Bengio 2010).
  static InitialValue glorot(std::size_t blocks = 1) { return {Kind::kGlorot, 0, blocks}; }
};

/// A named block of the flat parameter array.
struct Parameter {
  std::string name;  ///< "encoder/forward/U": also its place below /model in a checkpoint
  std::size_t rows = 0;
  std::size_t columns = 0;  ///< a vector is one row
  std::size_t offset = 0;   ///< first element in the flat array, a multiple of kParameterAlignment
  InitialValue initial;
  bool few_rows = false;  ///< one gradient has few of its rows: an embedding table

  [[nodiscard]] std::size_t size() const { return rows * columns; }
};

/// Parameters start at multiples of this many elements; what lies between two is zero and has gradient zero.
inline constexpr std::size_t kParameterAlignment = 16;

/// Where each parameter lies in the flat array; gradients and optimizer slots have the same layout.
class ParameterLayout {
 public:
  /// Appends a parameter and returns its index. The name must be new.
  std::size_t add(std::string name, std::size_t rows, std::size_t columns, InitialValue initial, bool few_rows = false);

  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }
  [[nodiscard]] const Parameter& operator[](std::size_t index) const { return parameters_[index]; }
  /// Elements of the flat array, padding among them.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The parameters of which one gradient has few rows, in their order.
  [[nodiscard]] std::vector<RowBlock> row_blocks() const;
  /// Elements without padding: what a paper would call the number of parameters.
  [[nodiscard]] std::size_t count() const;

  template <typename Real>
  [[nodiscard]] MatrixView<Real> view(std::span<Real> flat, std::size_t index) const {
    const Parameter& p = parameters_[index];
    return {flat.data() + p.offset, p.rows, p.columns};
  }

 private:
  std::vector<Parameter> parameters_;
  std::size_t size_ = 0;
};

/// Sets the elements between parameters to zero.
template <typename Real>
void zero_padding(const ParameterLayout& layout, std::span<Real> flat);

/// Sets all elements but the row blocks to zero.
template <typename Real>
void zero_outside_row_blocks(const ParameterLayout& layout, std::span<Real> flat);

/// Fills `flat` with the initial values of every parameter: a function of (seed, parameter name, element).
template <typename Real>
void initialize(const ParameterLayout& layout, std::uint64_t seed, std::span<Real> flat);

}  // namespace lockstep
