-- Coroutines (setjmp/longjmp underneath, C stacks unwound by errors) and the
-- garbage collector in both modes, with finalisers and weak tables.

local function generate(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i, i * i) end
    return "end"
  end)
end
local g = generate(3)
print(g()) print(g()) print(g()) print(g())
print(pcall(g))

local function permutations(list, n)
  n = n or #list
  if n <= 1 then return coroutine.yield(table.concat(list)) end
  for i = 1, n do
    list[n], list[i] = list[i], list[n]
    permutations(list, n - 1)
    list[n], list[i] = list[i], list[n]
  end
end
local all = {}
for p in coroutine.wrap(function() permutations({ "a", "b", "c", "d" }) end) do all[#all + 1] = p end
table.sort(all)
print(#all, all[1], all[12], all[24])

-- Producer, filter, consumer.
local function primes(limit)
  local source = coroutine.wrap(function() for i = 2, limit do coroutine.yield(i) end end)
  return coroutine.wrap(function()
    while true do
      local p = source()
      if not p then return end
      coroutine.yield(p)
      local previous = source
      source = coroutine.wrap(function()
        for n in previous do if n % p ~= 0 then coroutine.yield(n) end end
      end)
    end
  end)
end
local sum, last = 0, 0
for p in primes(200) do sum, last = sum + p, p end
print("primes", sum, last)

-- Errors cross coroutine and C boundaries; pcall can be yielded across.
local co = coroutine.create(function(x)
  local ok, message = pcall(function()
    local y = coroutine.yield(x + 1)
    error("with " .. y)
  end)
  coroutine.yield(ok, message)
  error({ code = 5 })
end)
print(coroutine.resume(co, 10))
print(coroutine.resume(co, "value"))
local ok, problem = coroutine.resume(co)
print(ok, problem.code, coroutine.status(co), coroutine.isyieldable())
local sorted = coroutine.wrap(function()
  return pcall(table.sort, { 3, 1, 2 }, function() coroutine.yield() end)
end)
print(sorted())
local closing = coroutine.create(function()
  local _ <close> = setmetatable({}, { __close = function() print("closed by coroutine.close") end })
  coroutine.yield()
end)
coroutine.resume(closing)
print(coroutine.close(closing), coroutine.status(closing))

-- Finalisers run in reverse order of marking; weak tables drop dead objects.
for _, mode in ipairs { "incremental", "generational" } do
  collectgarbage(mode)
  local order, weak = {}, setmetatable({}, { __mode = "v" })
  for i = 1, 5 do
    weak[i] = setmetatable({}, { __gc = function() order[#order + 1] = i end })
  end
  local kept = {}
  weak.kept = kept
  collectgarbage() collectgarbage()
  local left = 0
  for _ in pairs(weak) do left = left + 1 end
  print(mode, table.concat(order, ","), left, weak.kept == kept)

  local live = {}
  for i = 1, 60000 do
    live[i % 500] = { i, tostring(i), { nested = i } }
    if i % 20000 == 0 then collectgarbage("step", 10) end
  end
  local check = 0
  for i = 0, 499 do check = check + live[i][1] + #live[i][2] + live[i][3].nested end
  print("live", check)
  local ephemeron = setmetatable({}, { __mode = "k" })
  for i = 1, 100 do local key = {}; ephemeron[key] = { key } end
  collectgarbage()
  print("ephemerons", next(ephemeron))
end
collectgarbage()
local before = collectgarbage("count")
local big = ("x"):rep(1 << 20)
print(collectgarbage("count") - before > 1000, #big)
big = nil
collectgarbage()
print(collectgarbage("count") < before + 100)
