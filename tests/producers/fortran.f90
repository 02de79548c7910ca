! Fortran: modules, derived types with bound procedures, allocatables, array expressions, formatted and internal i/o,
! recursion, procedure arguments.
module shapes
  implicit none
  type, abstract :: shape
  contains
    procedure(area_of), deferred :: area
  end type
  abstract interface
    real(8) function area_of(self)
      import :: shape
      class(shape), intent(in) :: self
    end function
  end interface
  type, extends(shape) :: square
    real(8) :: side = 1
  contains
    procedure :: area => square_area
  end type
contains
  real(8) function square_area(self)
    class(square), intent(in) :: self
    square_area = self%side ** 2
  end function
  recursive integer function ackermann(m, n) result(r)
    integer, intent(in) :: m, n
    if (m == 0) then
      r = n + 1
    else if (n == 0) then
      r = ackermann(m - 1, 1)
    else
      r = ackermann(m - 1, ackermann(m, n - 1))
    end if
  end function
  real(8) function integral(f, a, b, n)
    interface
      real(8) function f(x)
        real(8), intent(in) :: x
      end function
    end interface
    real(8), intent(in) :: a, b
    integer, intent(in) :: n
    integer :: i
    integral = 0
    do i = 1, n
      integral = integral + f(a + (b - a) * (i - 0.5d0) / n)
    end do
    integral = integral * (b - a) / n
  end function
  real(8) function gauss(x)
    real(8), intent(in) :: x
    gauss = exp(-x * x)
  end function
end module

program solve
  use shapes
  implicit none
  integer, parameter :: n = 12
  real(8) :: a(n, n), b(n), x(n)
  real(8), allocatable :: c(:)
  class(shape), allocatable :: s
  character(40) :: text
  integer :: i, j, p(1)
  complex(8) :: z
  do i = 1, n
    do j = 1, n
      a(i, j) = 1d0 / (i + j) + merge(3d0, 0d0, i == j)
    end do
    b(i) = i
  end do
  x = b
  call eliminate(a, x)
  print '(6f10.5)', x
  c = pack(x, x > 0)
  print *, size(c), ackermann(2, 6)
  p = maxloc(x)
  write (text, '(a, i0, a, f0.3)') 'largest at ', p(1), ': ', maxval(x)
  print '(a)', trim(text)
  allocate (square :: s)
  print '(f8.3)', s%area()
  print '(f12.8)', integral(gauss, -3d0, 3d0, 20000)
  z = (1d0, 2d0)
  do i = 1, 5
    z = z * z / abs(z) + (0.5d0, -0.25d0)
  end do
  print '(2f10.5)', z
  print '(4f8.3)', matmul(reshape([1d0, 2d0, 3d0, 4d0], [2, 2]), transpose(reshape([1d0, 2d0, 3d0, 4d0], [2, 2])))
  stop 3
contains
  subroutine eliminate(a, b)
    real(8), intent(inout) :: a(:, :), b(:)
    integer :: k, l
    real(8) :: f
    do k = 1, size(b)
      do l = 1, size(b)
        if (l == k) cycle
        f = a(l, k) / a(k, k)
        a(l, :) = a(l, :) - f * a(k, :)
        b(l) = b(l) - f * b(k)
      end do
    end do
    do k = 1, size(b)
      b(k) = b(k) / a(k, k)
    end do
  end subroutine
end program
