-- Strings in Lua: patterns, formatting, packing, building, UTF-8 and sorting.
-- The output does not depend on addresses, hash seeds or the order of pairs().

local text = [[
The quick brown fox jumps over the lazy dog; pack my box with five dozen
liquor jugs. How vexingly quick daft zebras jump! Sphinx of black quartz,
judge my vow: 12 drums, 3.5 litres, 0x1F jars and -7 degrees.]]

local words = {}
for word in text:gmatch("%a+") do words[#words + 1] = word:lower() end
table.sort(words)
print(#words, table.concat(words, " ", 1, 8))

local counts, letters = {}, {}
for letter in text:lower():gmatch("%l") do
  if not counts[letter] then letters[#letters + 1] = letter end
  counts[letter] = (counts[letter] or 0) + 1
end
table.sort(letters, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
for i = 1, 6 do io.write(letters[i], "=", counts[letters[i]], " ") end
print()

print((text:gsub("(%w+) (%w+)", "%2 %1", 4)):sub(1, 60))
print(text:gsub("%f[%w]%u%l+", string.upper, 3):match("^[^\n]*"))
print(text:gsub("[aeiou]", { a = "4", e = "3", o = "0" }):sub(1, 50))
print(text:find("(%d+)%.(%d+) (%a+)"))
print(("x"):rep(5, "-"), ("%5.2f|%-8s|%08x|%q|%+d|%e"):format(math.pi, "left", 48879, 'a "b"\n', 7, 12345.678))
print(("key = value # comment"):match("^(%w+)%s*=%s*(%w+)%s*#?%s*(.*)$"))
print(("f(a(b)c)d"):match("%b()"), ("  trim me  "):match("^%s*(.-)%s*$"))

local packed = string.pack("<i4 z s2 d B", -123456, "zero", "length", 0.1, 255)
print(#packed, string.unpack("<i4 z s2 d B", packed))
print(packed:byte(1, 8))

local utf = "grüße, 世界"
for position, code in utf8.codes(utf) do io.write(position, ":", code, " ") end
print(utf8.len(utf), #utf, utf8.char(228, 246, 8364))

local function caesar(s, by)
  return (s:gsub("%a", function(c)
    local base = c:byte() < 97 and 65 or 97
    return string.char((c:byte() - base + by) % 26 + base)
  end))
end
assert(caesar(caesar(text, 11), 15) == text)

local parts, hash = {}, 5381
for i = 1, 20000 do
  local piece = ("%d:%s"):format(i, string.char(97 + i % 26):rep(i % 7))
  parts[i % 100 + 1] = piece
  for j = 1, #piece do hash = (hash * 33 + piece:byte(j)) & 0xffffffff end
end
print(hash, #table.concat(parts, ","))

local function levenshtein(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local old = row[j]
      row[j] = math.min(old + 1, row[j - 1] + 1, diagonal + (a:byte(i) == b:byte(j) and 0 or 1))
      diagonal = old
    end
  end
  return row[#b]
end
local total = 0
for i = 1, #words, 2 do
  for j = 2, #words, 3 do total = total + levenshtein(words[i], words[j]) end
end
print("distances", total)
