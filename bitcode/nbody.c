// Floating point: the sun and four planets, advanced step by step.
//
// Doubles in structs, a square root and a division per pair: the results
// depend on every operation being done in the same precision and order, in
// every tier. argv[1] is the number of steps: 5,000 by default, some
// 40,000,000 for seconds at O3.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct body {
  double x, y, z, vx, vy, vz, mass;
};
enum { bodies = 5 };

#define SOLAR_MASS 39.47841760435743
#define YEAR 365.24
static struct body system_[bodies] = {
    {0, 0, 0, 0, 0, 0, SOLAR_MASS},
    {4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.00166007664274403694 * YEAR,
     0.00769901118419740425 * YEAR, -0.0000690460016972063023 * YEAR, 0.000954791938424326609 * SOLAR_MASS},
    {8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -0.00276742510726411021 * YEAR,
     0.00499852801234917238 * YEAR, 0.0000230417297573763929 * YEAR, 0.000285885980666130812 * SOLAR_MASS},
    {12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 0.00296460137564761618 * YEAR,
     0.00237847173959480950 * YEAR, -0.0000296589568540237556 * YEAR, 0.0000436624404335156298 * SOLAR_MASS},
    {15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.00268067772490389322 * YEAR,
     0.00162824170038242295 * YEAR, -0.0000951592254519715870 * YEAR, 0.0000515138902046611451 * SOLAR_MASS}};

static void attract(struct body* a, struct body* b, double dt) {
  double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
  double squared = dx * dx + dy * dy + dz * dz;
  double magnitude = dt / (squared * sqrt(squared));
  a->vx -= dx * b->mass * magnitude;
  a->vy -= dy * b->mass * magnitude;
  a->vz -= dz * b->mass * magnitude;
  b->vx += dx * a->mass * magnitude;
  b->vy += dy * a->mass * magnitude;
  b->vz += dz * a->mass * magnitude;
}

static void advance(struct body* b, double dt) {
  for (int i = 0; i < bodies; i++)
    for (int j = i + 1; j < bodies; j++)
      attract(&b[i], &b[j], dt);
  for (int i = 0; i < bodies; i++) {
    b[i].x += dt * b[i].vx;
    b[i].y += dt * b[i].vy;
    b[i].z += dt * b[i].vz;
  }
}

static double energy(const struct body* b) {
  double e = 0;
  for (int i = 0; i < bodies; i++) {
    e += 0.5 * b[i].mass * (b[i].vx * b[i].vx + b[i].vy * b[i].vy + b[i].vz * b[i].vz);
    for (int j = i + 1; j < bodies; j++)
      e -= b[i].mass * b[j].mass / sqrt(pow(b[i].x - b[j].x, 2) + pow(b[i].y - b[j].y, 2) + pow(b[i].z - b[j].z, 2));
  }
  return e;
}

int main(int argc, char** argv) {
  long steps = argc > 1 ? atol(argv[1]) : 5000;
  for (int i = 1; i < bodies; i++) {
    system_[0].vx -= system_[i].vx * system_[i].mass / SOLAR_MASS;
    system_[0].vy -= system_[i].vy * system_[i].mass / SOLAR_MASS;
    system_[0].vz -= system_[i].vz * system_[i].mass / SOLAR_MASS;
  }
  printf("%.9f\n", energy(system_));
  for (long i = 0; i < steps; i++)
    advance(system_, 0.01);
  printf("%.9f\n", energy(system_));
  return 0;
}
