// Rust: closures, iterators, trait objects, strings, collections, panics that are caught and unwind through frames
// with destructors, threads, overflow checks.
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String { "shape".to_string() }
}
struct Square(f64);
struct Circle(f64);
impl Shape for Square {
    fn area(&self) -> f64 { self.0 * self.0 }
    fn name(&self) -> String { format!("square of {}", self.0) }
}
impl Shape for Circle {
    fn area(&self) -> f64 { std::f64::consts::PI * self.0 * self.0 }
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);
struct Guard(&'static str);
impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
        if DROPPED.load(Ordering::SeqCst) < 6 { println!("dropped {}", self.0); }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token { Number(i64), Plus, Times, Open, Close }
#[derive(Debug)]
enum ParseError { Unexpected(char, usize), End }
impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self { ParseError::Unexpected(c, at) => write!(f, "unexpected {:?} at {}", c, at), ParseError::End => write!(f, "unexpected end") }
    }
}
impl std::error::Error for ParseError {}

fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut result = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ' ' => {}
            '0'..='9' => {
                let mut value = c as i64 - '0' as i64;
                while let Some((_, d)) = chars.peek().copied().filter(|(_, d)| d.is_ascii_digit()) {
                    value = value * 10 + d as i64 - '0' as i64;
                    chars.next();
                }
                result.push(Token::Number(value));
            }
            '+' => result.push(Token::Plus),
            '*' => result.push(Token::Times),
            '(' => result.push(Token::Open),
            ')' => result.push(Token::Close),
            _ => return Err(ParseError::Unexpected(c, at)),
        }
    }
    Ok(result)
}
fn sum(t: &[Token], at: &mut usize) -> Result<i64, ParseError> {
    let mut value = product(t, at)?;
    while t.get(*at) == Some(&Token::Plus) { *at += 1; value += product(t, at)?; }
    Ok(value)
}
fn product(t: &[Token], at: &mut usize) -> Result<i64, ParseError> {
    let mut value = atom(t, at)?;
    while t.get(*at) == Some(&Token::Times) { *at += 1; value *= atom(t, at)?; }
    Ok(value)
}
fn atom(t: &[Token], at: &mut usize) -> Result<i64, ParseError> {
    let token = t.get(*at).ok_or(ParseError::End)?.clone();
    *at += 1;
    match token {
        Token::Number(n) => Ok(n),
        Token::Open => { let v = sum(t, at)?; *at += 1; Ok(v) }
        _ => Err(ParseError::Unexpected('?', *at)),
    }
}
fn evaluate(text: &str) -> Result<i64, Box<dyn std::error::Error>> {
    let t = tokens(text)?;
    Ok(sum(&t, &mut 0)?)
}

fn sink(depth: u32, limit: u8) -> u8 {
    let _guard = Guard("sink");
    if depth == 0 { limit.checked_add(200).expect("too much for a byte") } else { sink(depth - 1, limit) }
}

#[inline(never)]
fn overflow(a: i32, b: i32) -> i32 { a + b }
#[inline(never)]
fn indexed(v: &[i32], i: usize) -> i32 { v[i] }

fn main() {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Square(2.0)), Box::new(Circle(1.5))];
    for s in &shapes { println!("{} {:.3}", s.name(), s.area()); }

    let words = "the quick brown fox jumps over the lazy dog the end";
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for w in words.split_whitespace() { *counts.entry(w).or_insert(0) += 1; }
    let sorted: BTreeMap<_, _> = counts.iter().collect();
    println!("{:?}", sorted);
    let upper: String = words.split(' ').map(|w| { let mut c = w.chars(); c.next().map(|f| f.to_uppercase().collect::<String>() + c.as_str()).unwrap_or_default() }).collect::<Vec<_>>().join("-");
    println!("{}", upper);

    for text in ["1 + 2 * 3", "(1+2)*(3+4)", "2 * x", "4 +"] {
        match evaluate(text) { Ok(v) => println!("{} = {}", text, v), Err(e) => println!("{}: {}", text, e) }
    }

    panic::set_hook(Box::new(|info| println!("panicked: {}", info.payload().downcast_ref::<String>().map(|s| s.as_str()).or(info.payload().downcast_ref::<&str>().copied()).unwrap_or("?"))));
    println!("{:?}", panic::catch_unwind(|| sink(2, 10)).ok());
    println!("{:?}", panic::catch_unwind(|| sink(2, 100)).ok());
    println!("{:?}", panic::catch_unwind(|| indexed(&[1, 2, 3], 7)).is_err());
    let sum = panic::catch_unwind(|| overflow(i32::MAX, 1));
    println!("overflow {:?}", sum.is_err());
    let mut caught = 0;
    for i in 0..400 { if panic::catch_unwind(move || { let _g = Guard("x"); if i % 40 == 0 { panic::resume_unwind(Box::new(i)); } i }).is_err() { caught += 1; } }
    println!("{} caught, {} dropped", caught, DROPPED.load(Ordering::SeqCst));

    let total = Arc::new(Mutex::new(0u64));
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..8u64).map(|n| { let total = Arc::clone(&total); let sender = sender.clone();
        thread::spawn(move || { for i in 0..1000 { *total.lock().unwrap() += i * n; } sender.send(n * n).unwrap(); if n == 5 { panic!("thread {}", n); } n }) }).collect();
    drop(sender);
    let results: Vec<String> = threads.into_iter().map(|t| match t.join() { Ok(n) => n.to_string(), Err(_) => "panicked".to_string() }).collect();
    println!("{:?} {}", results, receiver.iter().sum::<u64>());
    println!("{}", *total.lock().unwrap());

    let shared = Rc::new(vec![1u128 << 100, 3, 5]);
    let adders: Vec<Box<dyn Fn(u128) -> u128>> = (0..3).map(|i| { let shared = Rc::clone(&shared); Box::new(move |x| x + shared[i]) as Box<dyn Fn(u128) -> u128> }).collect();
    println!("{:?} {}", adders.iter().map(|f| f(7)).collect::<Vec<_>>(), Rc::strong_count(&shared));
    let primes: Vec<u32> = (2..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).take(30).collect();
    println!("{:?}", primes);
    thread_local!(static LOCAL: std::cell::RefCell<Vec<i32>> = std::cell::RefCell::new(vec![1]));
    thread::spawn(|| LOCAL.with(|l| l.borrow_mut().push(2))).join().unwrap();
    LOCAL.with(|l| { l.borrow_mut().push(9); println!("{:?}", l.borrow()) });
    std::process::exit((primes.len() % 7) as i32 + 40);
}
