// Exceptions: thrown through several frames, caught by type, rethrown.
//
// The frames on the stack may be of different tiers. The unwinder must find
// them all and run the cleanups in between. The parser below throws
// on about every third input. argv[1] is the number of inputs: 600 by default,
// some 1,000,000 for seconds at O3.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

static long open_scopes, closed_scopes;

struct Scope {
  Scope() { open_scopes++; }
  ~Scope() { closed_scopes++; }
};

struct ParseError : std::runtime_error {
  const char* at;
  ParseError(const char* what, const char* at) : runtime_error(what), at(at) {}
};

static long expression(const char*& p, int depth);

static long primary(const char*& p, int depth) {
  Scope scope;
  if (*p == '(') {
    long value = expression(++p, depth + 1);
    if (*p != ')') throw ParseError("missing )", p);
    return p++, value;
  }
  if (*p < '0' || *p > '9') throw ParseError("digit expected", p);
  return *p++ - '0';
}

static long expression(const char*& p, int depth) {
  Scope scope;
  if (depth > 6) throw std::length_error("too deep");
  long value = primary(p, depth);
  while (*p == '+' || *p == '*' || *p == '/') {
    char op = *p++;
    long other = primary(p, depth);
    if (op == '/' && other == 0) throw 0;
    value = op == '+' ? value + other : op == '*' ? value * other : value / other;
  }
  return value;
}

static long evaluate(const char* text, long& errors) try {
  const char* p = text;
  return expression(p, 0);
} catch (const ParseError& e) {
  errors++;
  return e.at - text + (e.what()[0] == 'm' ? 100 : 200);
} catch (int) {
  errors++;
  throw;
}

int main(int argc, char** argv) {
  static const char* const inputs[] = {"1+2*3",           "(4+5)*(2+1)", "(1+2", "7/0",  "((((((((1",
                                       "8/2+(3*3)*(1+1)", "9+9",         "5+x",  "2*2*2"};
  long rounds = argc > 1 ? std::atol(argv[1]) : 600, errors = 0, others = 0;
  unsigned long sum = 0;
  for (long i = 0; i < rounds; i++)
    try {
      sum = sum * 31 + static_cast<unsigned long>(evaluate(inputs[i % 9], errors));
    } catch (const std::exception&) {
      others++;
    } catch (...) {
      others += 2;
    }
  std::printf("sum %lu, errors %ld, others %ld, scopes %ld opened %ld closed\n", sum, errors, others, open_scopes,
              closed_scopes);
  return open_scopes == closed_scopes ? static_cast<int>(sum % 251) : 255;
}
