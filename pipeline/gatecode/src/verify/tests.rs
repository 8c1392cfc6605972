use super::*;
use crate::claims::{Role, issue};
use crate::key::SigningKey;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

const NOW_US: i64 = 1_764_000_000_000_000;
const LEEWAY_US: i64 = 30_000_000;

fn key() -> SigningKey {
    SigningKey::generate().expect("a key")
}

fn claims(n: u64) -> Claims {
    Claims {
        issuer: "shop".to_string(),
        subject: format!("member-{n}"),
        role: if n.is_multiple_of(3) { Role::Staff } else { Role::Member },
        party: 1 + (n % 20) as u32,
        gate: n.is_multiple_of(2).then(|| "door".to_string()),
        code_id: format!("{n:032x}"),
        issued_at_us: NOW_US,
        not_before_us: NOW_US,
        expires_at_us: NOW_US + 300_000_000,
    }
}

fn verifier(keys: &[&SigningKey]) -> Verifier {
    Verifier::new("shop", keys.iter().map(|key| key.public()).collect(), LEEWAY_US)
}

/// Signed properly, whatever it says.
fn signed(key: &SigningKey, payload: &[u8]) -> String {
    PublicToken::sign(&key.0, payload, None, None).expect("a token")
}

#[test]
fn what_was_issued_comes_back() {
    let key = key();
    let verifier = verifier(&[&key]);
    for n in 0..40 {
        let code = issue(&key, &claims(n)).expect("a code");
        assert_eq!(verifier.verify(&code, "door", NOW_US + 1), Ok(claims(n)));
    }
}

#[test]
fn words_and_sentences_differ() {
    let words: BTreeSet<&str> = Refusal::ALL.into_iter().map(Refusal::word).collect();
    let sentences: BTreeSet<String> = Refusal::ALL.iter().map(Refusal::to_string).collect();
    assert_eq!((words.len(), sentences.len()), (Refusal::ALL.len(), Refusal::ALL.len()));
    for refusal in Refusal::ALL {
        let snake: String = (format!("{refusal:?}").chars())
            .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
            .collect();
        assert_eq!(refusal.word(), &snake[1..]);
    }
}

#[test]
fn texts_that_are_no_tokens() {
    let key = key();
    let (verifier, code) = (verifier(&[&key]), issue(&key, &claims(1)).expect("a code"));
    let footer = PublicToken::sign(&key.0, b"{}", Some(b"footer"), None).expect("a token");
    let no_codes = [
        "",
        ".",
        "..",
        "v4.public",
        "v4.public.",
        "v4.public..",
        "v4.public.AAAA",
        "v4.local.AAAA",
        &code.replace("v4", "v3"),
        &code.replace("public", "local"),
        &code[1..],
        &format!("{code}."),
        &format!("{code}.AAAA"),
        &format!("{code}="),
        &format!("{code}\n"),
        &format!(" {code}"),
        &format!("{code}ü"),
        &footer,
        &format!("v4.public.{}", "A".repeat(CODE_BYTES_MAX)),
        &"ü".repeat(1_000_000),
    ];
    for text in no_codes {
        assert_eq!(verifier.verify(text, "door", NOW_US), Err(Refusal::NotACode), "{text:.80}");
    }
}

#[test]
fn another_key_and_an_implicit_assertion_are_forged() {
    let (key, other) = (key(), key());
    let code = issue(&other, &claims(1)).expect("a code");
    assert_eq!(verifier(&[&key]).verify(&code, "door", NOW_US), Err(Refusal::Forged));
    assert_eq!(verifier(&[]).verify(&code, "door", NOW_US), Err(Refusal::Forged));
    let payload = claims(1).payload().expect("claims");
    let asserted = PublicToken::sign(&key.0, payload.as_bytes(), None, Some(b"more")).expect("a token");
    assert_eq!(verifier(&[&key]).verify(&asserted, "door", NOW_US), Err(Refusal::Forged));
}

#[test]
fn signed_nonsense_is_malformed() {
    let key = key();
    let verifier = verifier(&[&key]);
    let good = claims(0).payload().expect("claims");
    let more = good.replace("{", r#"{"colour":{"of":["shoes"]},"#);
    assert_eq!(verifier.verify(&signed(&key, more.as_bytes()), "door", NOW_US), Ok(claims(0)), "unknown members");
    let changes = [
        ("\"iss\"", "\"isk\""),
        ("\"sub\":\"member-0\"", "\"sub\":\"\""),
        ("\"member-0\"", "7"),
        ("\"staff\"", "\"owner\""),
        ("\"party\":1", "\"party\":0"),
        ("\"party\":1", "\"party\":21"),
        ("\"party\":1", "\"party\":-1"),
        ("\"party\":1", "\"party\":1.5"),
        ("\"party\":1", "\"party\":1,\"party\":2"),
        ("\"door\"", "\"\""),
        ("\"door\"", "[\"door\"]"),
        ("T16:00:00Z\",\"exp\"", "T16:00:00\",\"exp\""),
        ("T16:05:00Z", "T15:59:00Z"),
        ("2025-11-24T16:05:00Z", "2025-11-25T16:00:01Z"),
        ("2025-11-24T16:05:00Z", "99999-11-24T16:05:00Z"),
        ("}", ""),
        ("}", "}}"),
    ];
    for (from, to) in changes {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from} is not in {good}");
        let refused = verifier.verify(&signed(&key, changed.as_bytes()), "door", NOW_US);
        assert_eq!(refused, Err(Refusal::Malformed), "{changed}");
    }
    for payload in [&b"\xff\xfe"[..], b"null", b"[]", b"[[[[[[", &b"[".repeat(1200)] {
        assert_eq!(verifier.verify(&signed(&key, payload), "door", NOW_US), Err(Refusal::Malformed));
    }
}

#[test]
fn issuers_and_gates() {
    let key = key();
    let code = issue(&key, &claims(0)).expect("a code");
    let other = Verifier::new("another shop", vec![key.public()], 0);
    assert_eq!(other.verify(&code, "door", NOW_US), Err(Refusal::WrongIssuer));
    assert_eq!(verifier(&[&key]).verify(&code, "back door", NOW_US), Err(Refusal::WrongGate));
    let any = issue(&key, &claims(1)).expect("a code");
    assert!(verifier(&[&key]).verify(&any, "back door", NOW_US).is_ok());
}

#[test]
fn two_keys_while_they_rotate() {
    let (old, new) = (key(), key());
    let codes = [&old, &new].map(|key| issue(key, &claims(1)).expect("a code"));
    let both = verifier(&[&old, &new]);
    let verdicts = |verifier: &Verifier| codes.each_ref().map(|code| verifier.verify(code, "door", NOW_US).map(|_| ()));
    assert_eq!(verdicts(&both), [Ok(()), Ok(())]);
    assert_eq!(verdicts(&verifier(&[&new])), [Err(Refusal::Forged), Ok(())]);
    assert_eq!(verdicts(&verifier(&[&old])), [Ok(()), Err(Refusal::Forged)]);
}

#[test]
fn clocks_may_differ_by_the_leeway_and_no_more() {
    let key = key();
    let claims = claims(1);
    let code = issue(&key, &claims).expect("a code");
    for (leeway_us, counts_us) in [(LEEWAY_US, LEEWAY_US), (1, 1), (0, 0), (-5, 0)] {
        let verifier = Verifier::new("shop", vec![key.public()], leeway_us);
        let verify = |at_us: i64| verifier.verify(&code, "door", at_us).map(|_| ());
        let (first, end) = (claims.not_before_us - counts_us, claims.expires_at_us + counts_us);
        assert_eq!(verify(first - 1), Err(Refusal::NotYetValid));
        assert_eq!(verify(first), Ok(()));
        assert_eq!(verify(end - 1), Ok(()));
        assert_eq!(verify(end), Err(Refusal::Expired));
    }
    let forever = Verifier::new("shop", vec![key.public()], i64::MAX);
    assert!(forever.verify(&code, "door", i64::MIN + 2 * NOW_US).is_ok(), "no overflow");
    let strict = verifier(&[&key]);
    assert_eq!(strict.verify(&code, "door", i64::MIN), Err(Refusal::NotYetValid));
    assert_eq!(strict.verify(&code, "door", i64::MAX), Err(Refusal::Expired));
}

/// As `simstore` signs: another order of members, instants of whole or broken seconds.
#[test]
fn codes_of_the_simulated_shop_verify() {
    let key = key();
    let payload = r#"{"exp":"2026-11-23T09:05:12.5Z","gate":"door","iat":"2026-11-23T09:00:12.5Z","iss":"shop","jti":"00000000000000000000000000000007","nbf":"2026-11-23T09:00:12.5Z","party":2,"role":"member","sub":"member-0123456789abcdef"}"#;
    let claims = verifier(&[&key]).verify(&signed(&key, payload.as_bytes()), "door", 1_795_424_420_000_000);
    let claims = claims.expect("good");
    assert_eq!((claims.role, claims.party, claims.gate.as_deref()), (Role::Member, 2, Some("door")));
    assert_eq!(claims.expires_at_us - claims.issued_at_us, 300_000_000);
    assert_eq!(claims.issued_at_us, 1_795_424_412_500_000);
}

/// Vector 4-S-1 of the PASETO specification: the signature is good, so it is the payload that is not ours; one bit off, the signature.
#[test]
fn the_signatures_are_those_of_the_specification() {
    let key = "k4.public.Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI".parse().expect("a key");
    let verifier = Verifier::new("shop", vec![key], 0);
    let token = "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA";
    assert_eq!(verifier.verify(token, "door", 0), Err(Refusal::Malformed));
    assert_eq!(verifier.verify(&token.replace("eyJk", "eyJl"), "door", 0), Err(Refusal::Forged));
}

/// One wrong code of each kind in turn, and how it has to be refused, if that is known.
fn wrong(rng: &mut ChaCha8Rng, n: u64, key: &SigningKey, forger: &SigningKey) -> (String, Option<Refusal>) {
    let claims = claims(n);
    let good = issue(key, &claims).expect("a code");
    let late_us = rng.random_range(LEEWAY_US..1_000_000_000);
    match n % 8 {
        0 => (issue(forger, &claims).expect("a code"), Some(Refusal::Forged)),
        1 => {
            let at_us = NOW_US - 300_000_000 - late_us;
            let old = Claims { not_before_us: at_us, expires_at_us: at_us + 300_000_000, ..claims };
            (issue(key, &old).expect("a code"), Some(Refusal::Expired))
        }
        2 => {
            let at_us = NOW_US + 1 + late_us;
            let early = Claims { not_before_us: at_us, expires_at_us: at_us + 1, ..claims };
            (issue(key, &early).expect("a code"), Some(Refusal::NotYetValid))
        }
        3 => (good[..rng.random_range(0..good.len())].to_string(), None),
        4 => {
            // One bit of what is signed or of the signature, well written again.
            let mut token = good.into_bytes();
            let at = rng.random_range("v4.public.".len()..token.len() - 2);
            let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let letter = letters.iter().position(|letter| *letter == token[at]).expect("base64url");
            token[at] = letters[letter ^ (1 << rng.random_range(0..6))];
            (String::from_utf8(token).expect("letters"), Some(Refusal::Forged))
        }
        5 => {
            // One bit of the text itself.
            let mut token = good.into_bytes();
            let at = rng.random_range(0..token.len());
            token[at] ^= 1 << rng.random_range(0..7);
            (String::from_utf8(token).expect("ASCII"), None)
        }
        6 => {
            let mut bytes = vec![0; rng.random_range(0..600)];
            rng.fill_bytes(&mut bytes);
            (String::from_utf8_lossy(&bytes).into_owned(), Some(Refusal::NotACode))
        }
        _ => {
            // The signature of another code.
            let other = issue(key, &self::claims(n + 16)).expect("a code");
            (format!("{}{}", &good[..good.len() - 84], &other[other.len() - 84..]), None)
        }
    }
}

#[test]
fn of_ten_thousand_wrong_codes_none_is_admitted() {
    let (mut rng, key, second, forger) = (ChaCha8Rng::seed_from_u64(7), key(), key(), key());
    let verifier = verifier(&[&second, &key]);
    let mut refused = [0; Refusal::ALL.len()];
    for n in 0..10_000 {
        let (code, why) = wrong(&mut rng, n, &key, &forger);
        let refusal = verifier.verify(&code, "door", NOW_US).expect_err(&code);
        assert!(why.is_none_or(|why| why == refusal), "{n}: {refusal:?} of {code}");
        refused[refusal as usize] += 1;
    }
    let seen = |refusal: Refusal| refused[refusal as usize];
    assert_eq!(refused.iter().sum::<u32>(), 10_000);
    assert!(seen(Refusal::NotACode) > 1000 && seen(Refusal::Forged) > 1000, "{refused:?}");
    assert_eq!((seen(Refusal::Expired), seen(Refusal::NotYetValid)), (1250, 1250));
}

proptest! {
    #[test]
    fn any_text_is_refused_and_nothing_panics(text in "\\PC{0,300}", at_us: i64, leeway_us: i64) {
        let key = "k4.public.Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI".parse().expect("a key");
        let verifier = Verifier::new("shop", vec![key], leeway_us);
        prop_assert!(verifier.verify(&text, "door", at_us).is_err());
        let token = format!("v4.public.{text}");
        prop_assert!(verifier.verify(&token, "door", at_us).is_err());
    }

    #[test]
    fn any_signed_bytes_are_refused_and_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
        let key = key();
        prop_assert_eq!(verifier(&[&key]).verify(&signed(&key, &bytes), "door", NOW_US), Err(Refusal::Malformed));
    }

    #[test]
    fn only_the_identical_text_is_admitted(cut in 0usize..600, insert in "[A-Za-z0-9._=-]{0,3}", drop in 0usize..4) {
        let key = key();
        let code = issue(&key, &claims(1)).expect("a code");
        let from = cut.min(code.len());
        let to = (from + drop).min(code.len());
        let changed = format!("{}{insert}{}", &code[..from], &code[to..]);
        prop_assert_eq!(verifier(&[&key]).verify(&changed, "door", NOW_US).is_ok(), changed == code);
    }

    #[test]
    fn what_is_issued_verifies(subject in "\\PC{1,40}", gate in proptest::option::of("\\PC{1,20}"), party in 1u32..=20,
                               from_us in -1_000_000_000_000_000i64..4_000_000_000_000_000, life_us in 1i64..=86_400_000_000) {
        let key = key();
        let (not_before_us, expires_at_us) = (from_us, from_us + life_us);
        let claims = Claims { subject, gate, party, not_before_us, expires_at_us, ..claims(1) };
        let code = issue(&key, &claims).expect("a code");
        let gate = claims.gate.clone().unwrap_or_default();
        prop_assert_eq!(verifier(&[&key]).verify(&code, &gate, from_us), Ok(claims));
    }
}
