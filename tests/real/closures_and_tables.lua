-- Closures, metatables, inheritance, varargs, integer and float arithmetic,
-- goto, error handling with tracebacks, and table library work.

local function counter(start, step)
  local n = start
  return function() n = n + step; return n end, function(v) n = v end
end
local next_a, set_a = counter(0, 3)
local next_b = counter(100, -7)
for _ = 1, 5 do io.write(next_a(), " ", next_b(), " ") end
set_a(1000)
print(next_a())

local Vector = {}
Vector.__index = Vector
function Vector.new(x, y) return setmetatable({ x = x, y = y }, Vector) end
Vector.__add = function(a, b) return Vector.new(a.x + b.x, a.y + b.y) end
Vector.__mul = function(a, k) return type(k) == "number" and Vector.new(a.x * k, a.y * k) or a.x * k.x + a.y * k.y end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__lt = function(a, b) return a.x * a.x + a.y * a.y < b.x * b.x + b.y * b.y end
Vector.__tostring = function(v) return ("(%g, %g)"):format(v.x, v.y) end
Vector.__call = function(v, name) return v[name] end
Vector.__len = function() return 2 end
Vector.__concat = function(a, b) return tostring(a) .. " & " .. tostring(b) end
Vector.__close = function(v) print("closed " .. tostring(v)) end
local a, b = Vector.new(1, 2), Vector.new(3, -1)
print(tostring(a + b * 2), a * b, a == Vector.new(1, 2), a < b, #a, a("y"), a .. b)
do local resource <close> = Vector.new(9, 9); print("inside") end

local Animal = { sound = "..." }
Animal.__index = Animal
function Animal:speak() return self.name .. " says " .. self.sound end
local Dog = setmetatable({ sound = "woof" }, Animal)
Dog.__index = Dog
print(setmetatable({ name = "rex" }, Dog):speak(), setmetatable({ name = "it" }, Animal):speak())

local memo = setmetatable({}, { __index = function(t, n)
  local v = n < 2 and n or t[n - 1] + t[n - 2]
  rawset(t, n, v)
  return v
end })
print(memo[80], math.type(memo[80]))

local log = {}
local proxy = setmetatable({}, { __newindex = function(_, k, v) log[#log + 1] = k .. "=" .. tostring(v) end })
proxy.one, proxy.two, proxy[3] = 1, nil, true
print(table.concat(log, " "))

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do total = total + (select(i, ...) or 0) end
  return total, ...
end
print(sum(1, nil, 2.5), (sum(table.unpack({ 1, 2, 3, 4, 5 }, 2, 4))))

print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 2 ^ 10, 7 / 2, 1e15, 2 ^ 53 | 0)
print(math.maxinteger + 1 == math.mininteger, 5 // 0.0, -5 % math.huge, 3 & 6, 3 ~ 6, ~0, 1 << 62, -1 >> 60)
print(tostring(3) == "3", 10 == 10.0, "10" + 5, 0x10p2, tonumber("z", 36), tonumber("1e1"), tonumber("0x"), 3 | 4.0)

for i = 1, 3 do
  for j = 1, 3 do
    if (i + j) % 2 == 0 then goto continue end
    io.write(i, j, " ")
    ::continue::
  end
end
print()

print(pcall(error, { code = 7 }) == false, select(2, pcall(error, "text", 0)))
print(select(2, pcall(function() local t = nil; return t.field end)))
print(xpcall(function() error("deep", 2) end, function(m) return "handled: " .. m end))
print(select(2, pcall(string.rep, "x", -1)) == "", select(2, pcall(setmetatable, 1, {})))
local function overflow(n) return 1 + overflow(n + 1) end
print(pcall(overflow, 1) == false)

local items = {}
local state = 42
for i = 1, 3000 do
  state = (state * 1103515245 + 12345) % 2147483648
  items[i] = { key = state % 1000, order = i }
end
table.sort(items, function(p, q) return p.key < q.key or p.key == q.key and p.order < q.order end)
local check = 0
for i, item in ipairs(items) do check = (check * 31 + item.key * i + item.order) % 1000000007 end
print(check, items[1].key, items[#items].key)
table.move(items, 1, 10, 5)
for i = 20, 11, -1 do table.remove(items, i) end
table.insert(items, 3, { key = -1, order = 0 })
print(#items, items[3].key, #table.pack(1, nil, 3), next({}))

-- Queens, by closures over one table.
local function queens(n)
  local columns, up, down, found = {}, {}, {}, 0
  local function place(row)
    if row > n then found = found + 1 return end
    for c = 1, n do
      if not (columns[c] or up[row + c] or down[row - c]) then
        columns[c], up[row + c], down[row - c] = true, true, true
        place(row + 1)
        columns[c], up[row + c], down[row - c] = nil, nil, nil
      end
    end
  end
  place(1)
  return found
end
print(queens(6), queens(7))
