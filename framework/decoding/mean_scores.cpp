#include "framework/decoding/mean_scores.h"

#include <limits>

#include "framework/numeric/best_of_row.h"

namespace lockstep {

WordScores<float> MeanScores::average(std::span<const WordScores<float>> models) {
  const std::size_t rows = models.front().values.rows;
  const std::size_t words = models.front().values.columns;
  const std::size_t peaks = peak_count(words);
  values_.assign(rows * words, 0.0F);
  peaks_.resize(rows * peaks);
  log_sums_.resize(rows);
  const float share = 1.0F / static_cast<float>(models.size());
  for (std::size_t r = 0; r < rows; ++r) {
    float* mean = values_.data() + r * words;
    for (const WordScores<float>& model : models) {
      const float* values = model.values.row(r);
      const auto log_sum = static_cast<float>(model.log_sums[r]);
      for (std::size_t w = 0; w < words; ++w) mean[w] += share * (values[w] - log_sum);
    }
    bool not_a_number = false;
    row_peaks(RowPeaks<float>{mean, words, peaks_.data() + r * peaks, &not_a_number});
    log_sums_[r] = not_a_number ? std::numeric_limits<double>::quiet_NaN() : 0;
  }
  return {MatrixView<float>(values_.data(), rows, words), MatrixView<float>(peaks_.data(), rows, peaks), log_sums_};
}

}  // namespace lockstep
