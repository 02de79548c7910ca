# Text work in awk: fields, regular expressions, associative arrays, functions, pipes and files. The output does not
# depend on the order of `for (key in array)`.
function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2) }

function sort_keys(table, keys,    key, count, i, j, held) {
  for (key in table) keys[++count] = key
  for (i = 2; i <= count; i++) {
    held = keys[i]
    for (j = i - 1; j > 0 && (table[keys[j]] < table[held] || table[keys[j]] == table[held] && keys[j] > held); j--)
      keys[j + 1] = keys[j]
    keys[j + 1] = held
  }
  return count
}

function reversed(text,    result, i) {
  for (i = length(text); i > 0; i--) result = result substr(text, i, 1)
  return result
}

BEGIN { FS = "[ <>=\"]+"; SUBSEP = ":" }

/^<h[1-6]>/ { headings[substr($0, 3, 1)]++; gsub(/<[^>]*>/, ""); outline = outline "|" substr($0, 1, 12) }
/<pre>/, /<\/pre>/ { code_lines++; code_length += length($0) }
{
  fields += NF
  for (i = 1; i <= NF; i++) {
    word = tolower($i)
    if (word ~ /^[a-z]+$/) { words[word]++; pairs[length(word), substr(word, 1, 1)]++ }
    else if (match(word, /[0-9]+/)) digits += substr(word, RSTART, RLENGTH)
  }
  changed += gsub(/[aeiou]+/, "<&\\&>")
  longest = length($0) > length(longest) ? $0 : longest
}
NR % 500 == 0 { $3 = "third"; print NR, NF, length($0), reversed(substr($0, 1, 20)) > "samples.txt" }

END {
  print NR, fields, changed, digits, code_lines, code_length, length(longest)
  for (level = 1; level <= 6; level++) printf "h%d: %d%s", level, headings[level], level < 6 ? ", " : "\n"
  print length(outline), substr(outline, 1, 60)
  count = sort_keys(words, keys)
  for (i = 1; i <= 12; i++) printf "%-10s|%6d|%08.3f|%x|%e\n", keys[i], words[keys[i]], words[keys[i]] / 7, words[keys[i]], words[keys[i]] ^ 5
  print count, (4, "t") in pairs, pairs[4, "t"], (40, "q") in pairs
  print fibonacci(19), sin(1), cos(1), atan2(1, -1), exp(1), log(10), sqrt(2), int(-3.7), 2 ^ 40 % 1000007
  print split("one, two;three", parts, /[,;] */), parts[2], parts[3], index("needle in hay", "in"), toupper("ok")
  print length(sprintf("%c%s", 256 + 65, "x")), substr("hello", 0, 3), substr("hello", 4, 100), "10" < "9", 10 < 9
  for (i = 0; i < 300; i++) { if (i % 7 == 3) continue; if (i > 250) break; total += i; delete words[keys[i]] }
  do total = total % 97 * 3; while (total > 50)
  print total, length(words)
  close("samples.txt")
  while ((getline line < "samples.txt") > 0) lines = lines substr(line, 1, 9) "/"
  print lines
  while (("echo from a pipe; echo and more" | getline line) > 0) print "read:", line
  for (i = 5; i > 0; i--) print "line " i | "sort -r"
  close("sort -r")
  print length(RS), OFS, "unset" unset + 0, -"3x", !"" , 1e6, 1e300 * 1e10, 0.1 + 0.2
  exit NR % 200
}
