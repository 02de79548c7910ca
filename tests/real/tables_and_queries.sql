-- Tables filled by recursion, joins, aggregates, subqueries, indexes, views,
-- triggers, upserts, transactions and constraint errors.
.bail off
.headers on
.mode column
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, balance REAL DEFAULT 0 CHECK (balance > -1000));
CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL, stock INTEGER);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer(id) ON DELETE CASCADE, product INTEGER REFERENCES product(id), quantity INTEGER, day TEXT);
CREATE TABLE journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, old REAL, new REAL);
PRAGMA foreign_keys = ON;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO customer (id, name, city) SELECT i, printf('customer %03d', i * 73 % 211), CASE i % 5 WHEN 0 THEN 'Aachen' WHEN 1 THEN 'Bonn' WHEN 2 THEN 'Celle' WHEN 3 THEN NULL ELSE 'Essen' END FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO product SELECT i, 'product ' || char(64 + (i - 1) / 2 + 1) || i, round(i * 1.37 + 0.5, 2), i * 11 % 17 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
INSERT INTO purchase SELECT i, i * 7919 % 200 + 1, i * 104729 % 40 + 1, i % 9 + 1, date('2024-01-01', (i * 31 % 366) || ' days') FROM n;
COMMIT;
SELECT count(*), sum(quantity), min(day), max(day), count(DISTINCT customer) FROM purchase;
CREATE INDEX purchase_by_customer ON purchase (customer, day);
CREATE INDEX purchase_by_day ON purchase (substr(day, 1, 7)) WHERE quantity > 5;
ANALYZE;
SELECT c.city, count(*) AS purchases, round(sum(p.price * b.quantity), 2) AS turnover, round(avg(b.quantity), 3) AS average
  FROM purchase b JOIN customer c ON c.id = b.customer JOIN product p ON p.id = b.product
  GROUP BY c.city HAVING turnover > 100 ORDER BY turnover DESC;
SELECT name, (SELECT count(*) FROM purchase WHERE customer = customer.id) AS n FROM customer
  WHERE EXISTS (SELECT 1 FROM purchase WHERE customer = customer.id AND quantity = 9) ORDER BY n DESC, name LIMIT 7 OFFSET 2;
SELECT p.name, b.id FROM product p LEFT JOIN purchase b ON b.product = p.id AND b.quantity = 9 AND b.day > '2024-11-20' ORDER BY p.id, b.id LIMIT 12;
SELECT substr(day, 1, 7) AS month, count(*) FILTER (WHERE quantity > 5) AS large, group_concat(DISTINCT quantity % 3) AS rest FROM purchase GROUP BY month ORDER BY month;
EXPLAIN QUERY PLAN SELECT * FROM purchase WHERE customer = 17 ORDER BY day;
CREATE TRIGGER pay AFTER INSERT ON purchase WHEN NEW.quantity > 0 BEGIN
  UPDATE customer SET balance = balance - (SELECT price FROM product WHERE id = NEW.product) * NEW.quantity WHERE id = NEW.customer;
  UPDATE product SET stock = stock - NEW.quantity WHERE id = NEW.product;
END;
CREATE TRIGGER note AFTER UPDATE OF balance ON customer BEGIN
  INSERT INTO journal (what, old, new) VALUES (NEW.name, round(OLD.balance, 2), round(NEW.balance, 2));
END;
INSERT INTO purchase SELECT id + 5000, customer, product, quantity, day FROM purchase WHERE id <= 300;
SELECT count(*), round(min(new), 2), round(sum(old - new), 2) FROM journal;
SELECT what, count(*) AS n, round(min(new), 2) AS lowest FROM journal GROUP BY what ORDER BY n DESC, what LIMIT 5;
CREATE VIEW debtor AS SELECT name, round(-balance, 2) AS owes FROM customer WHERE balance < -50;
SELECT count(*), round(sum(owes), 2), max(owes) FROM debtor;
INSERT INTO product (name, price, stock) VALUES ('product A1', 99, 5) ON CONFLICT (name) DO UPDATE SET stock = stock + excluded.stock, price = price + 0.01 RETURNING id, price, stock;
INSERT INTO product (name) VALUES ('product A1');
INSERT INTO purchase (customer, product) VALUES (9999, 1);
UPDATE customer SET balance = -2000 WHERE id = 1;
SAVEPOINT before; DELETE FROM customer WHERE id % 2 = 0; SELECT count(*) FROM purchase; ROLLBACK TO before; RELEASE before;
SELECT count(*) FROM purchase;
DELETE FROM customer WHERE id IN (SELECT id FROM customer ORDER BY name LIMIT 20);
SELECT count(*), sum(quantity) FROM purchase;
SELECT id FROM customer EXCEPT SELECT customer FROM purchase INTERSECT SELECT id FROM customer WHERE id < 50 UNION SELECT -1 ORDER BY 1 LIMIT 5;
ALTER TABLE customer ADD COLUMN note TEXT GENERATED ALWAYS AS (upper(name) || '/' || coalesce(city, '?')) VIRTUAL;
SELECT note FROM customer WHERE city IS NULL ORDER BY id DESC LIMIT 3;
ALTER TABLE product RENAME COLUMN stock TO left_over;
UPDATE product SET left_over = CASE WHEN left_over < 0 THEN 0 ELSE left_over END WHERE id BETWEEN 5 AND 35;
SELECT total(left_over), typeof(price), quote(name) FROM product WHERE name GLOB '*[5-9]' OR name LIKE '%a1';
VACUUM;
PRAGMA integrity_check;
.schema purchase
SELECT name, type FROM sqlite_schema ORDER BY name;
SELECT no_such_column FROM customer;
