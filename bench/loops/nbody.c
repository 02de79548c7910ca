// The planets as the Computer Language Benchmarks Game defines them ("n-body"): the sun and four planets, a symplectic
// Euler step of 0.01 days, the energy before and after.
//
// The bodies are structs on main's stack, reached through pointers; the inner loops are short. argv[1] is the number of
// steps: 1,000 by default.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PI 3.141592653589793
#define SOLAR_MASS (4 * PI * PI)
#define YEAR 365.24

struct body {
  double x, y, z, vx, vy, vz, mass;
};
enum { count = 5 };

int main(int argc, char** argv) {
  long steps = argc > 1 ? atol(argv[1]) : 1000;
  struct body bodies[count] = {
      {0, 0, 0, 0, 0, 0, SOLAR_MASS},
      {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03 * YEAR,
       7.69901118419740425e-03 * YEAR, -6.90460016972063023e-05 * YEAR, 9.54791938424326609e-04 * SOLAR_MASS},
      {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411021e-03 * YEAR,
       4.99852801234917238e-03 * YEAR, 2.30417297573763929e-05 * YEAR, 2.85885980666130812e-04 * SOLAR_MASS},
      {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03 * YEAR,
       2.37847173959480950e-03 * YEAR, -2.96589568540237556e-05 * YEAR, 4.36624404335156298e-05 * SOLAR_MASS},
      {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03 * YEAR,
       1.62824170038242295e-03 * YEAR, -9.51592254519715870e-05 * YEAR, 5.15138902046611451e-05 * SOLAR_MASS}};
  double px = 0, py = 0, pz = 0;
  for (int i = 0; i < count; i++) {
    px += bodies[i].vx * bodies[i].mass;
    py += bodies[i].vy * bodies[i].mass;
    pz += bodies[i].vz * bodies[i].mass;
  }
  bodies[0].vx = -px / SOLAR_MASS;
  bodies[0].vy = -py / SOLAR_MASS;
  bodies[0].vz = -pz / SOLAR_MASS;

  for (long step = 0;; step++) {
    if (step == 0 || step == steps) {
      double energy = 0;
      for (int i = 0; i < count; i++) {
        struct body* b = &bodies[i];
        energy += 0.5 * b->mass * (b->vx * b->vx + b->vy * b->vy + b->vz * b->vz);
        for (int j = i + 1; j < count; j++) {
          double dx = b->x - bodies[j].x, dy = b->y - bodies[j].y, dz = b->z - bodies[j].z;
          energy -= b->mass * bodies[j].mass / sqrt(dx * dx + dy * dy + dz * dz);
        }
      }
      printf("%.9f\n", energy);
      if (step == steps) break;
    }
    for (int i = 0; i < count; i++) {
      struct body* b = &bodies[i];
      for (int j = i + 1; j < count; j++) {
        struct body* other = &bodies[j];
        double dx = b->x - other->x, dy = b->y - other->y, dz = b->z - other->z;
        double squared = dx * dx + dy * dy + dz * dz;
        double magnitude = 0.01 / (squared * sqrt(squared));
        b->vx -= dx * other->mass * magnitude;
        b->vy -= dy * other->mass * magnitude;
        b->vz -= dz * other->mass * magnitude;
        other->vx += dx * b->mass * magnitude;
        other->vy += dy * b->mass * magnitude;
        other->vz += dz * b->mass * magnitude;
      }
    }
    for (int i = 0; i < count; i++) {
      bodies[i].x += 0.01 * bodies[i].vx;
      bodies[i].y += 0.01 * bodies[i].vy;
      bodies[i].z += 0.01 * bodies[i].vz;
    }
  }
  return 0;
}
