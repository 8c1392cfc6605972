//! How many gate codes a second one thread verifies: `cargo run -p benchmarks --bin gate_codes -- [codes] [rounds]`.
//!
//! 20,000 different codes, half of them good, the rest of every wrong kind in turn, with two keys as while keys rotate: half of the
//! codes are of the key that is tried last, and a forged one costs both. Prints the median round, in all and for each kind.

#![expect(clippy::print_stdout, reason = "a program that reports to the terminal")]
#![expect(clippy::disallowed_methods, reason = "measures time")]

use gatecode::{Claims, Refusal, Role, SigningKey, Verifier, issue};
use pasetors::keys::AsymmetricSecretKey;
use pasetors::version4::{PublicToken, V4};
use std::error::Error;
use std::time::Instant;

const NOW_US: i64 = 1_764_000_000_000_000;
const LEEWAY_US: i64 = 30_000_000;
const LIFE_US: i64 = 300_000_000;

struct Shown {
    code: String,
    refusal: Option<Refusal>,
}

fn claims(n: usize) -> Claims {
    Claims {
        issuer: "corner-shop".to_string(),
        subject: format!("member-{n:016x}"),
        role: Role::Member,
        party: 1 + (n % 4) as u32,
        gate: Some("door".to_string()),
        code_id: format!("{n:032x}"),
        issued_at_us: NOW_US,
        not_before_us: NOW_US,
        expires_at_us: NOW_US + LIFE_US,
    }
}

/// The n-th code: signed with this key, and refused for this reason.
fn code(n: usize, key: &SigningKey, forger: &SigningKey, refusal: Option<Refusal>) -> Result<String, Box<dyn Error>> {
    let mut claims = claims(n);
    let away_us = LIFE_US + LEEWAY_US;
    match refusal {
        None => {}
        Some(Refusal::NotACode) => return Ok(issue(key, &claims)?.replace('_', "+") + "+"),
        Some(Refusal::Forged) => return Ok(issue(forger, &claims)?),
        Some(Refusal::Malformed) => {
            let secret = AsymmetricSecretKey::<V4>::try_from(key.paserk().as_str()).map_err(|_| "a key")?;
            let payload = claims.payload()?.replace("\"member\"", "\"owner\"");
            return Ok(PublicToken::sign(&secret, payload.as_bytes(), None, None).map_err(|_| "a token")?);
        }
        Some(Refusal::WrongIssuer) => claims.issuer = "another-shop".to_string(),
        Some(Refusal::WrongGate) => claims.gate = Some("back-door".to_string()),
        Some(Refusal::NotYetValid) => {
            (claims.not_before_us, claims.expires_at_us) = (NOW_US + away_us, NOW_US + 2 * away_us);
        }
        Some(Refusal::Expired) => {
            (claims.not_before_us, claims.expires_at_us) = (NOW_US - 2 * away_us, NOW_US - away_us);
        }
    }
    Ok(issue(key, &claims)?)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<usize>());
    let (codes, rounds) = (args.next().unwrap_or(Ok(20_000))?, args.next().unwrap_or(Ok(5))?);
    let (keys, forger) = ([SigningKey::generate()?, SigningKey::generate()?], SigningKey::generate()?);
    let verifier = Verifier::new("corner-shop", keys.iter().map(SigningKey::public).collect(), LEEWAY_US);
    let mut kinds: Vec<Option<Refusal>> = vec![None];
    kinds.extend(Refusal::ALL.map(Some));
    let mut shown = Vec::with_capacity(codes);
    for n in 0..codes {
        let refusal = if n % 2 == 0 { None } else { Some(Refusal::ALL[n / 2 % Refusal::ALL.len()]) };
        shown.push(Shown { code: code(n, &keys[n / 2 % 2], &forger, refusal)?, refusal });
    }
    let bytes = shown.iter().map(|shown| shown.code.len()).sum::<usize>() / codes.max(1);
    println!("{codes} codes of {bytes} bytes, two keys, one thread; median of {rounds} rounds");
    let verify = |shown: &Shown| verifier.verify(&shown.code, "door", NOW_US + 1).err();

    let (mut rates, mut us_each) = (Vec::new(), vec![Vec::new(); kinds.len()]);
    for _ in 0..rounds {
        let start = Instant::now();
        let wrong = shown.iter().filter(|shown| verify(shown) != shown.refusal).count();
        rates.push(codes as f64 / start.elapsed().as_secs_f64());
        if wrong > 0 {
            return Err(format!("{wrong} codes were not judged as they were made").into());
        }
        for (kind, us_each) in kinds.iter().zip(&mut us_each) {
            let of_kind: Vec<&Shown> = shown.iter().filter(|shown| shown.refusal == *kind).collect();
            let start = Instant::now();
            let judged = of_kind.iter().filter(|shown| verify(shown) == *kind).count();
            us_each.push(start.elapsed().as_secs_f64() * 1e6 / judged.max(1) as f64);
        }
    }
    println!("verified      {:8.0} codes/s", median(rates));
    for (kind, us_each) in kinds.iter().zip(us_each) {
        println!("{:13} {:8.1} us each", kind.map_or("good", Refusal::word), median(us_each));
    }
    Ok(())
}
