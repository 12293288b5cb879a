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
  if (parts.size() == 1) {
    losses_in_order(parts, t, words, smoothing, losses, d_t, gradients, arena);
    return;
  }
  // Several parts' rows are brought into their order, part after part.
  const MatrixView<Real> own_t = arena.matrix<Real>(t.rows, t.columns);
  const MatrixView<Real> own_d_t = arena.matrix<Real>(t.rows, t.columns);
  const std::span<std::int32_t> own_words = arena.take<std::int32_t>(t.rows);
  const auto for_rows = [&](const auto& visit) {
    std::size_t place = 0;
    for (std::size_t p = 0; p < parts.size(); ++p)
      for (std::size_t i = 0; i < parts[p].size(); ++i) visit(parts[p][i], place++);
  };
  for_rows([&](std::size_t row, std::size_t place) {
    std::copy_n(t.row(row), t.columns, own_t.row(place));
    own_words[place] = words[row];
  });
  losses_in_order(parts, own_t, own_words, smoothing, losses, own_d_t, gradients, arena);
  for_rows([&](std::size_t row, std::size_t place) { std::copy_n(own_d_t.row(place), t.columns, d_t.row(row)); });
}

template <typename Real>
void SoftmaxOutput<Real>::losses_in_order(const RowParts& parts, ConstMatrixView<Real> t,
                                          std::span<const std::int32_t> words, double smoothing,
                                          std::span<CrossEntropy> losses, MatrixView<Real> d_t,
                                          std::span<Real> gradients, Arena& arena) const {
  const MatrixView<Real> logits = arena.matrix<Real>(std::min(block_rows_, t.rows), w_o_.columns());
  PartSums<Real> d_b(b_.gradient_of(gradients), parts.size(), arena);
  d_w_o_->begin(parts, w_o_.gradient_of(gradients));
  std::size_t begin = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    losses[p] = {};
    const std::span<Real> own_d_b = d_b.next();
    std::fill(own_d_b.begin(), own_d_b.end(), Real{0});
    for (const std::size_t end = begin + parts[p].size(); begin < end;) {
      const std::size_t count = std::min(block_rows_, end - begin);
      const ConstMatrixView<Real> rows = t.row_block(begin, count);
      const MatrixView<Real> d_logits = logits.row_block(0, count);
      const CrossEntropy loss = block(rows, words.subspan(begin, count), smoothing, own_d_b.data(), d_logits);
      losses[p].objective += loss.objective;
      losses[p].cross_entropy += loss.cross_entropy;
      w_o_.multiply_transposed(d_logits, Real{0}, d_t.row_block(begin, count));
      d_w_o_->add(rows, d_logits);
      begin += count;
    }
    d_b.finish();
  }
}

template class SoftmaxOutput<float>;
template class SoftmaxOutput<double>;

}  // namespace lockstep
