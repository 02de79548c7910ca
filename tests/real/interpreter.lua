-- A program in a program: Lua reads, expands and runs a small Lisp with tail
-- calls. It loads the interpreter in pieces with load(), and reruns dumped bytecode.

local function tokenize(text)
  local tokens = {}
  for token in text:gsub(";[^\n]*", ""):gsub("([()'])", " %1 "):gmatch("%S+") do tokens[#tokens + 1] = token end
  return tokens
end
local function read(tokens, at)
  local token = tokens[at]
  if token == "(" then
    local list = {}
    at = at + 1
    while tokens[at] ~= ")" do list[#list + 1], at = read(tokens, at) end
    return list, at + 1
  elseif token == "'" then
    local value
    value, at = read(tokens, at + 1)
    return { "quote", value }, at
  end
  return math.tointeger(token) or tonumber(token) or token, at + 1
end

local special, global = {}, {}
local function eval(x, env)
  while true do
    if type(x) == "string" then
      local e = env
      while e do
        local v = rawget(e, x)
        if v ~= nil then return v end
        e = e["(outer)"]
      end
      error("unbound " .. x, 0)
    elseif type(x) ~= "table" then return x end
    local form = special[x[1]]
    if form then
      local value, tail, scope = form(x, env)
      if tail == nil then return value end
      x, env = tail, scope or env
    else
      local f, arguments = eval(x[1], env), {}
      for i = 2, #x do arguments[i - 1] = eval(x[i], env) end
      if type(f) == "function" then return f(table.unpack(arguments)) end
      local scope = { ["(outer)"] = f.env }
      for i, name in ipairs(f.parameters) do scope[name] = arguments[i] end
      for i = 1, #f.body - 1 do eval(f.body[i], scope) end
      x, env = f.body[#f.body], scope
    end
  end
end
special.quote = function(x) return x[2] end
special["if"] = function(x, env)
  if eval(x[2], env) then return nil, x[3] end
  if x[4] == nil then return false end
  return nil, x[4]
end
special.define = function(x, env)
  if type(x[2]) == "table" then
    env[x[2][1]] = { parameters = { table.unpack(x[2], 2) }, body = { table.unpack(x, 3) }, env = env }
  else env[x[2]] = eval(x[3], env) end
  return true
end
special.lambda = function(x, env) return { parameters = x[2], body = { table.unpack(x, 3) }, env = env } end
special.let = function(x, env)
  local scope = { ["(outer)"] = env }
  for _, binding in ipairs(x[2]) do scope[binding[1]] = eval(binding[2], env) end
  return nil, x[3], scope
end
for _, op in ipairs { "+", "-", "*", "<", ">", "%", "//" } do
  global[op] = load("local a, b = ... return a " .. op .. " b", "=" .. op)
end
global["="] = function(a, b) return a == b end
global.list = function(...) return { ... } end
global.car = function(l) return l[1] end
global.cdr = function(l) return { table.unpack(l, 2) } end
global.cons = function(a, l) return { a, table.unpack(l) } end
global["null?"] = function(l) return #l == 0 end

local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  if v.parameters then return "#<lambda>" end
  local parts = {}
  for i, e in ipairs(v) do parts[i] = show(e) end
  return "(" .. table.concat(parts, " ") .. ")"
end

local program = [[
(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(fib 17)
(define (loop n acc) (if (= n 0) acc (loop (- n 1) (+ acc n))))   ; a tail call
(loop 20000 0)
(define (map f l) (if (null? l) '() (cons (f (car l)) (map f (cdr l)))))
(define (range a b) (if (= a b) '() (cons a (range (+ a 1) b))))
(map (lambda (x) (* x x)) (range 0 12))
(define (compose f g) (lambda (x) (f (g x))))
((compose (lambda (x) (+ x 1)) (lambda (x) (* x 10))) 7)
(define (sort l) (if (null? l) l (let ((p (car l)) (r (cdr l))) (append (sort (filter (lambda (x) (< x p)) r)) (cons p (sort (filter (lambda (x) (if (< x p) (= 0 1) (= 0 0))) r)))))))
(define (filter f l) (if (null? l) l (if (f (car l)) (cons (car l) (filter f (cdr l))) (filter f (cdr l)))))
(define (append a b) (if (null? a) b (cons (car a) (append (cdr a) b))))
(sort (list 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9))
(define (gcd a b) (if (= b 0) a (gcd b (% a b))))
(gcd 1071 462)
(unknown 1)
]]
local tokens, at = tokenize(program), 1
while at <= #tokens do
  local form
  form, at = read(tokens, at)
  local ok, value = pcall(eval, form, global)
  print(ok and show(value) or "error: " .. tostring(value))
end

local chunk = assert(load("local n = ... local t = {} for i = 1, n do t[i] = i ~ (i << 3) end return #t, t[n]", "=chunk"))
print(chunk(1000))
print(load(string.dump(chunk, true), "=dumped", "b")(1000))
print(load("return return", "=broken"))
print(load("x = = 1", "=broken"))
