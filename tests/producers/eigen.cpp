// Eigen: decompositions, expression templates and vectorised kernels of dense and sparse matrices.
#include <Eigen/Dense>
#include <Eigen/Sparse>
#include <complex>
#include <cstdio>

int main() {
  using namespace Eigen;
  constexpr int n = 24;
  MatrixXd a(n, n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      a(i, j) = 1.0 / (1 + i + j) + (i == j) * 2;
  VectorXd b = VectorXd::LinSpaced(n, -1, 1);
  VectorXd lu = a.partialPivLu().solve(b), qr = a.colPivHouseholderQr().solve(b), llt = a.llt().solve(b);
  std::printf("%.9f %.9f %.9f\n", lu.norm(), (lu - qr).norm() < 1e-12 ? 1.0 : 0.0,
              (a * llt - b).norm() < 1e-12 ? 1.0 : 0.0);
  SelfAdjointEigenSolver<MatrixXd> eigen(a);
  std::printf("%.9f %.9f\n", eigen.eigenvalues().minCoeff(), eigen.eigenvalues().maxCoeff());
  JacobiSVD<MatrixXd> svd(a.leftCols(5), ComputeThinU | ComputeThinV);
  std::printf("%.9f %ld\n", svd.singularValues().sum(), static_cast<long>(svd.rank()));
  Matrix4f m = Matrix4f::Identity() * 2;
  m.block<2, 2>(1, 1) << 1, 2, 3, 4;
  std::printf("%.5f %.5f\n", static_cast<double>(m.determinant()), static_cast<double>(m.inverse().sum()));
  Quaterniond q(AngleAxisd(0.5, Vector3d(1, 2, 3).normalized()));
  Vector3d v = q * Vector3d(1, 0, 0);
  std::printf("%.9f %.9f %.9f\n", v.x(), v.y(), v.z());
  MatrixXcd c = a.topLeftCorner(6, 6).cast<std::complex<double>>() * std::complex<double>(0, 1);
  std::printf("%.9f\n", std::abs(c.determinant()));
  SparseMatrix<double> s(200, 200);
  std::vector<Triplet<double>> entries;
  for (int i = 0; i < 200; i++) {
    entries.emplace_back(i, i, 4);
    if (i) entries.emplace_back(i, i - 1, -1), entries.emplace_back(i - 1, i, -1);
  }
  s.setFromTriplets(entries.begin(), entries.end());
  SimplicialLDLT<SparseMatrix<double>> solver(s);
  VectorXd x = solver.solve(VectorXd::Ones(200));
  ConjugateGradient<SparseMatrix<double>> gradient(s);
  std::printf("%.9f %.6f\n", x.sum(), gradient.solve(VectorXd::Ones(200)).sum());
  long products = 0;
  for (int i = 0; i < 300; i++) {
    Matrix3i p = Matrix3i::Constant(i % 7 + 1);
    p.diagonal().setConstant(i % 3);
    products += (p * p.transpose()).trace();
  }
  std::printf("%ld\n", products);
}
