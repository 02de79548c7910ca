// JavaScript: closures, prototypes, exceptions, regular expressions, JSON, sorting, dates and numbers as text. For each
// caught exception, mujs leaves its interpreter by longjmp.
function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
print(fibonacci(19));

function Point(x, y) { this.x = x; this.y = y; }
Point.prototype.add = function (other) { return new Point(this.x + other.x, this.y + other.y); };
Point.prototype.toString = function () { return "(" + this.x + ", " + this.y + ")"; };
var sum = new Point(0, 0);
for (var i = 0; i < 3000; ++i) sum = sum.add(new Point(i % 7, i * 0.5));
print(sum, sum instanceof Point, Object.keys(sum));

var counters = [];
for (i = 0; i < 5; ++i) counters.push((function (step) { var at = 0; return function () { return at += step; }; })(i));
for (i = 0; i < 500; ++i) counters[i % 5]();
print(counters.map(function (next) { return next(); }).join(" "));

function thrower(kind) {
  try {
    if (kind == 0) null.member;
    if (kind == 1) undefinedName();
    if (kind == 2) throw { code: 42 };
    if (kind == 3) [].length = -1;
    if (kind == 4) throw "text";
    if (kind == 5) JSON.parse("{bad");
    return "none";
  } finally {
    finished++;
  }
}
var finished = 0, kinds = {};
for (i = 0; i < 700; ++i) {
  try { var what = thrower(i % 7); } catch (e) { what = e instanceof Error ? e.name : typeof e == "object" ? e.code : e; }
  kinds[what] = (kinds[what] || 0) + 1;
}
print(finished, JSON.stringify(kinds));
(function deep(n) { try { if (n) deep(n - 1); else throw new RangeError("bottom"); } catch (e) { if (n % 10) throw e; print(n, e.name, e.message); if (n) throw e; } })(50);

var text = "";
for (i = 0; i < 1500; ++i) text += String.fromCharCode(97 + i * i % 26) + (i % 9 ? "" : " ");
print(text.length, text.replace(/[aeiou]+/g, function (v) { return "<" + v.length + ">"; }).length, text.match(/\b\w{4,}\b/g).length);
print("2026-11-23T02:13".replace(/(\d+)-(\d+)-(\d+)/, "$3.$2.$1"), /^(?:a|b)*?c(?=d)/.test("ababcd"), "a,b;c".split(/[,;]/).reverse());

var numbers = [];
for (i = 0; i < 3000; ++i) numbers.push(i * 7919 % 3001);
numbers.sort(function (a, b) { return b - a; });
print(numbers[0], numbers[1500], numbers.slice(-3), numbers.filter(function (x) { return x % 3 == 0; }).reduce(function (a, b) { return a + b; }));
var sieve = [], primes = 0;
for (i = 2; i < 5000; ++i) { if (sieve[i]) continue; ++primes; for (var j = i * i; j < 5000; j += i) sieve[j] = true; }
print(primes);

var tree = { name: "root", children: [] };
for (i = 0; i < 20; ++i) tree.children.push({ name: "n" + i, value: i / 3, flags: [i % 2 == 0, null], nested: { text: "\u00e9\n\"" + i } });
var copy = JSON.parse(JSON.stringify(tree));
print(JSON.stringify(copy) == JSON.stringify(tree), JSON.stringify(copy.children[7], null, 2));
print(1 / 3, 1e21, 5e-324, 0.1 + 0.2, (255).toString(16), (1e-7).toFixed(10), (1234.5678).toExponential(2), parseInt("0x1f"), parseFloat("3.5kg"), -0, NaN, 1 << 31, -1 >>> 28);
print(Math.sin(1), Math.atan2(1, 2), Math.round(-2.5), Math.max(3, 9, 4), isNaN("x" * 1));
print(new Date(0).toISOString(), new Date(2026, 1, 30).getMonth(), encodeURIComponent("a b&\u00e9"), decodeURIComponent("%41"));
switch (typeof print) { case "object": print("object"); break; case "function": print("function"); default: print("falls through"); }
outer: for (i = 0; i < 9; ++i) for (j = 0; j < 9; ++j) { if (j == 5) continue outer; if (i * j == 12) break outer; }
print(i, j, delete tree.children, "children" in tree, eval("1 + 2 * 3"), [1, [2, [3]]].toString(), void 0);
gc();
throw new TypeError("the end");
