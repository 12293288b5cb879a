#include "framework/layers/softmax_output.h"

#include <algorithm>

#include "framework/numeric/best_of_row.h"
#include "framework/numeric/output_kernels.h"

namespace lockstep {

template <typename Real>
SoftmaxOutput<Real>::SoftmaxOutput(ParameterLayout& layout, const Gemm<Real>& gemm, const std::string& prefix,
                                   std::size_t inputs, std::size_t words, InitialValue initial)
    // Rows of logits at a time stay in a near cache from one pass to the next, and memory small with 30,000 words.
    : block_rows_(gemm.full_speed_rows()),
      w_o_(layout, gemm, prefix + "/W_o", inputs, words, initial),
      d_w_o_(gemm.make_block_product()),
      b_(layout, prefix + "/b", words, InitialValue::zero()) {}

template <typename Real>
void SoftmaxOutput<Real>::bind(std::span<const Real> parameters) {
  w_o_.bind(parameters);
  b_.bind(parameters);
}

template <typename Real>
CrossEntropy SoftmaxOutput<Real>::block(ConstMatrixView<Real> t, std::span<const std::int32_t> words, double smoothing,
                                        Real* d_bias, MatrixView<Real> logits) const {
  w_o_.multiply(t, Real{0}, logits);
  CrossEntropy sum;
  softmax_cross_entropy(SoftmaxCrossEntropy<Real>{logits, b_.values(), words.data(), smoothing, d_bias != nullptr,
                                                  d_bias, &sum.objective, &sum.cross_entropy});
  return sum;
}

template <typename Real>
WordScores<Real> SoftmaxOutput<Real>::scores(ConstMatrixView<Real> t, Arena& arena) const {
  const MatrixView<Real> logits = arena.matrix<Real>(t.rows, w_o_.columns());
  const MatrixView<Real> peaks = arena.matrix<Real>(t.rows, peak_count(w_o_.columns()));
  const std::span<double> log_sums = arena.take<double>(t.rows);
  w_o_.multiply(t, Real{0}, logits);
  score_rows(ScoreRows<Real>{logits, b_.values(), peaks, log_sums.data()});
  return {logits, peaks, log_sums};
}

template <typename Real>
CrossEntropy SoftmaxOutput<Real>::loss(ConstMatrixView<Real> t, std::span<const std::int32_t> words,
                                       Arena& arena) const {
  const MatrixView<Real> logits = arena.matrix<Real>(std::min(block_rows_, t.rows), w_o_.columns());
  CrossEntropy sum;
  for (std::size_t begin = 0; begin < t.rows; begin += block_rows_) {
    const std::size_t count = std::min(block_rows_, t.rows - begin);
    const CrossEntropy part =
        block(t.row_block(begin, count), words.subspan(begin, count), 0, nullptr, logits.row_block(0, count));
    sum.objective += part.objective;
    sum.cross_entropy += part.cross_entropy;
  }
  return sum;
}

template <typename Real>
void SoftmaxOutput<Real>::loss_and_gradients(const RowParts& parts, ConstMatrixView<Real> t,
                                             std::span<const std::int32_t> words, double smoothing,
                                             std::span<CrossEntropy> losses, MatrixView<Real> d_t,
                                             std::span<Real> gradients, Arena& arena) const {
  const MatrixView<Real> logits = arena.matrix<Real>(std::min(block_rows_, t.rows), w_o_.columns());
  // Blocks of several parts' rows are brought together here.
  const MatrixView<Real> some_t = arena.matrix<Real>(parts.size() > 1 ? block_rows_ : 0, t.columns);
  const MatrixView<Real> some_d_t = arena.matrix<Real>(some_t.rows, t.columns);
  const std::span<std::int32_t> some_words = arena.take<std::int32_t>(some_t.rows);
  PartSums<Real> d_b(b_.gradient_of(gradients), parts.size(), arena);
  d_w_o_->begin(parts, w_o_.gradient_of(gradients));
  for (std::size_t p = 0; p < parts.size(); ++p) {
    losses[p] = {};
    const std::span<Real> own_d_b = d_b.next();
    std::fill(own_d_b.begin(), own_d_b.end(), Real{0});
    for (std::size_t begin = 0; begin < parts[p].size(); begin += block_rows_) {
      const std::size_t count = std::min(block_rows_, parts[p].size() - begin);
      const RowSelection rows = parts[p].part(begin, count);
      ConstMatrixView<Real> block_t = t.row_block(rows[0], count);
      MatrixView<Real> block_d_t = d_t.row_block(rows[0], count);
      const std::int32_t* block_words = words.data() + rows[0];
      if (parts.size() > 1) {
        block_t = some_t.row_block(0, count);
        block_d_t = some_d_t.row_block(0, count);
        block_words = some_words.data();
        for (std::size_t i = 0; i < count; ++i) {
          std::copy_n(t.row(rows[i]), t.columns, some_t.row(i));
          some_words[i] = words[rows[i]];
        }
      }
      const MatrixView<Real> d_logits = logits.row_block(0, count);
      const CrossEntropy loss = block(block_t, {block_words, count}, smoothing, own_d_b.data(), d_logits);
      losses[p].objective += loss.objective;
      losses[p].cross_entropy += loss.cross_entropy;
      w_o_.multiply_transposed(d_logits, Real{0}, block_d_t);
      d_w_o_->add(block_t, d_logits);
      if (parts.size() > 1)
        for (std::size_t i = 0; i < count; ++i) std::copy_n(some_d_t.row(i), t.columns, d_t.row(rows[i]));
    }
    d_b.finish();
  }
}

template class SoftmaxOutput<float>;
template class SoftmaxOutput<double>;

}  // namespace lockstep
