-- Window functions, recursive queries, dates, numbers and strings, JSON, full
-- text search, an R-tree, blobs, and output in several forms.
.bail off
CREATE TABLE reading (station TEXT, hour INTEGER, value REAL);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1199)
INSERT INTO reading SELECT 'station ' || (i % 6), i / 6, round(sin(i / 17.0) * 20 + (i * 37 % 11) / 3.0, 4) FROM n;
.headers on
.mode markdown
SELECT station, hour, value, round(avg(value) OVER w, 3) AS moving, rank() OVER (PARTITION BY station ORDER BY value DESC) AS place,
       round(value - lag(value, 1, 0) OVER (PARTITION BY station ORDER BY hour), 3) AS change
  FROM reading WINDOW w AS (PARTITION BY station ORDER BY hour ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING)
  ORDER BY place, station LIMIT 9;
SELECT DISTINCT station, first_value(hour) OVER o AS coldest, nth_value(hour, 3) OVER o AS third, ntile(4) OVER (ORDER BY station) AS quarter, percent_rank() OVER (ORDER BY station) AS pr
  FROM reading WINDOW o AS (PARTITION BY station ORDER BY value, hour ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY 1;
SELECT hour / 50 AS block, sum(count(*)) OVER (ORDER BY hour / 50 GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS before FROM reading GROUP BY block;
.mode list
.separator " | "
WITH RECURSIVE mandelbrot(cy, cx, x, y, n) AS (
  SELECT cy.v, cx.v, 0.0, 0.0, 0 FROM (WITH RECURSIVE c(v) AS (SELECT -1.2 UNION ALL SELECT v + 0.2 FROM c WHERE v < 1.1) SELECT v FROM c) cy,
         (WITH RECURSIVE c(v) AS (SELECT -2.0 UNION ALL SELECT v + 0.05 FROM c WHERE v < 0.6) SELECT v FROM c) cx
  UNION ALL SELECT cy, cx, x * x - y * y + cx, 2 * x * y + cy, n + 1 FROM mandelbrot WHERE x * x + y * y < 4 AND n < 28)
SELECT group_concat(substr(' .+*#', min(n / 7 + 1, 5), 1), '') FROM (SELECT cy, cx, max(n) AS n FROM mandelbrot GROUP BY cy, cx ORDER BY cy, cx) GROUP BY cy;
WITH RECURSIVE collatz(start, n, steps) AS (SELECT value, value, 0 FROM json_each('[7,27,97,871]') UNION ALL SELECT start, CASE n % 2 WHEN 0 THEN n / 2 ELSE 3 * n + 1 END, steps + 1 FROM collatz WHERE n > 1)
SELECT start, max(steps), max(n) FROM collatz GROUP BY start;
SELECT date('2024-02-28', '+1 day', 'weekday 1'), strftime('%j %W %s', '2000-02-29 12:34:56'), julianday('1858-11-17'), time('23:59:59', '+2 seconds'), unixepoch('2024-03-10', 'start of month', '-1 day');
SELECT printf('%08.3f|%-6s|%+d|%x|%c|%,d', 3.14159, 'ab', 5, 255, 'z', 1234567), round(2.5), round(-2.345, 2), 7 / 2, 7 / 2.0, 7 % -3, 1 << 40, ~5, 'abc' || 1.0, 9223372036854775807 + 1;
SELECT replace('banana', 'an', '[an]'), instr('haystack', 'st'), trim('xxhixx', 'x'), unicode('ß'), hex('grün'), length('grün'), upper('grün'), soundex('Robert'), substr('abcdef', -3, 2), like('%x_', 'axb'), quote(x'00ff');
SELECT sqrt(2), pow(2, 0.5), log(10), exp(1), degrees(atan2(1, 1)), ceil(-1.5), mod(10.5, 3), trunc(-2.7), 0.1 + 0.2, 1e308 * 10, -1e308 * 10, 1.0 / 3;
SELECT json_extract('{"a":[1,{"b":[true,null,"x\u00e9"]}],"c":1.50}', '$.a[1].b', '$.c'), json_set('{"x":1}', '$.y[0]', json('[2,3]')), json_group_array(hour) FROM reading WHERE value > 22.5;
SELECT key, type, atom, fullkey FROM json_tree('{"p":{"q":[10,"twenty",{"r":null}]}}') WHERE type <> 'object';
CREATE VIRTUAL TABLE page USING fts5(title, body, tokenize = 'porter');
INSERT INTO page VALUES ('Tiers', 'A function is compiled when it is first called and compiled again when it is hot'), ('Stubs', 'Every function has one stub; calling the stub calls the newest body'), ('Queues', 'Requests wait in a queue, the hottest first; duplicates are merged'), ('Memory', 'Code that has been replaced stays mapped while frames may be in it');
SELECT title, snippet(page, 1, '[', ']', '…', 6), round(bm25(page), 4) FROM page WHERE page MATCH 'call OR compiling' ORDER BY rank, title;
SELECT title, highlight(page, 1, '<', '>') FROM page WHERE page MATCH 'body : (hot* NOT merged)';
CREATE VIRTUAL TABLE old_page USING fts3(content);
INSERT INTO old_page SELECT title || ': ' || body FROM page;
SELECT content, offsets(old_page) FROM old_page WHERE content MATCH 'stub AND "newest body"';
CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, y0, y1);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO box SELECT i, i * 17 % 100, i * 17 % 100 + 3, i * 29 % 100, i * 29 % 100 + 4 FROM n;
SELECT count(*), sum(id), min(x0), max(y1) FROM box WHERE x0 > 20 AND x1 < 40 AND y0 BETWEEN 10 AND 30;
CREATE TABLE blob_store (id INTEGER PRIMARY KEY, data BLOB) STRICT;
INSERT INTO blob_store (data) VALUES (zeroblob(5000)), (x'deadbeef'), (CAST('text' AS BLOB));
INSERT INTO blob_store (data) VALUES ('not a blob');
SELECT id, length(data), substr(hex(data), 1, 12) FROM blob_store;
CREATE TABLE ordered (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
INSERT OR REPLACE INTO ordered VALUES ('b', 1), ('A', 2), ('B', 3), ('c', NULL), ('a', x'01');
SELECT k, typeof(v), v IS NOT NULL, k = 'A' FROM ordered ORDER BY k DESC;
.mode csv
SELECT 'a "quoted" value', 'with,comma', NULL, 1.5 UNION ALL SELECT 'line' || char(10) || 'break', 2, 3, 4;
.mode json
SELECT station, count(*) AS n, max(value) AS top FROM reading GROUP BY station LIMIT 2;
.mode quote
SELECT 1, 1.0, 'it''s', NULL, x'0a0b';
.mode box
SELECT hour, value FROM reading WHERE station = 'station 3' AND hour % 60 = 0;
.dump ordered
