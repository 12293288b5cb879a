#include "framework/numeric/orthogonal.h"

#include <cblas.h>
#include <fmt/format.h>

#include <vector>

#include "framework/core/errors.h"

// LAPACK has no header in Debian's libopenblas-dev; these are its Fortran names (column-major).
// NOLINTBEGIN(readability-identifier-naming): their names, not ours.
extern "C" {
void dgeqrf_(const int* m, const int* n, double* a, const int* lda, double* tau, double* work, const int* lwork,
             int* info);
void dorgqr_(const int* m, const int* n, const int* k, double* a, const int* lda, const double* tau, double* work,
             const int* lwork, int* info);
}
// NOLINTEND(readability-identifier-naming)

namespace lockstep {

void orthogonalise(MatrixView<double> matrix) {
  assert(matrix.rows == matrix.columns);
  openblas_set_num_threads(1);
  const int n = static_cast<int>(matrix.rows);
  const auto size = matrix.rows;
  // Rows here are columns there: the transposed of an orthogonal matrix is as orthogonal.
  std::vector<double> a(size * size);
  for (std::size_t r = 0; r < size; ++r)
    for (std::size_t c = 0; c < size; ++c) a[r * size + c] = matrix(r, c);

  std::vector<double> tau(size);
  std::vector<double> sign(size);
  const int work_size = 64 * n;
  std::vector<double> work(static_cast<std::size_t>(work_size));
  int info = 0;
  dgeqrf_(&n, &n, a.data(), &n, tau.data(), work.data(), &work_size, &info);
  if (info == 0) {
    for (std::size_t k = 0; k < size; ++k) sign[k] = a[k * size + k] < 0 ? -1.0 : 1.0;
    dorgqr_(&n, &n, &n, a.data(), &n, tau.data(), work.data(), &work_size, &info);
  }
  if (info != 0) throw RunError(fmt::format("LAPACK could not factorise a {} x {} matrix (info {})", n, n, info));

  for (std::size_t r = 0; r < size; ++r)
    for (std::size_t c = 0; c < size; ++c) matrix(r, c) = sign[r] * a[r * size + c];
}

}  // namespace lockstep
