use super::*;
use crate::{Refusal, Verifier};

fn claims() -> Claims {
    Claims {
        issuer: "shop".to_string(),
        subject: "member-1".to_string(),
        role: Role::Member,
        party: 1,
        gate: Some("door".to_string()),
        code_id: "id-1".to_string(),
        issued_at_us: 1_764_000_000_000_001,
        not_before_us: 1_764_000_000_000_002,
        expires_at_us: 1_764_000_300_000_003,
    }
}

#[test]
fn the_payload_is_what_is_documented() {
    let json = r#"{"iss":"shop","sub":"member-1","role":"member","party":1,"gate":"door","jti":"id-1","iat":"2025-11-24T16:00:00.000001Z","nbf":"2025-11-24T16:00:00.000002Z","exp":"2025-11-24T16:05:00.000003Z"}"#;
    assert_eq!(claims().payload().as_deref(), Ok(json));
    assert_eq!(Claims::read(json), Some(claims()));
    let any = Claims { gate: None, role: Role::Staff, ..claims() };
    let json = json.replace(r#""gate":"door","#, "").replace(r#""role":"member""#, r#""role":"staff""#);
    assert_eq!(any.payload(), Ok(json.clone()));
    assert_eq!(Claims::read(&json), Some(any));
}

#[test]
fn what_readers_refuse_is_not_issued() {
    let key = SigningKey::generate().expect("a key");
    let refused = |change: &dyn Fn(&mut Claims)| {
        let mut claims = claims();
        change(&mut claims);
        issue(&key, &claims).expect_err("a refusal")
    };
    assert_eq!(refused(&|c| c.issuer.clear()), IssueError::Empty("issuer"));
    assert_eq!(refused(&|c| c.subject.clear()), IssueError::Empty("subject"));
    assert_eq!(refused(&|c| c.code_id.clear()), IssueError::Empty("code_id"));
    assert_eq!(refused(&|c| c.gate = Some(String::new())), IssueError::Empty("gate"));
    assert_eq!(refused(&|c| c.party = 0), IssueError::Party(0));
    assert_eq!(refused(&|c| c.party = 21), IssueError::Party(21));
    assert_eq!(refused(&|c| c.expires_at_us = c.not_before_us), IssueError::Order);
    assert_eq!(refused(&|c| (c.not_before_us, c.expires_at_us) = (i64::MAX, i64::MIN)), IssueError::Order);
    let life = LIFE_US_MAX + 1;
    assert_eq!(refused(&|c| c.expires_at_us = c.not_before_us + life), IssueError::Life(life));
    assert_eq!(
        refused(&|c| (c.not_before_us, c.expires_at_us) = (i64::MIN, i64::MAX)),
        IssueError::Life(i64::MAX),
        "no overflow"
    );
    assert_eq!(refused(&|c| c.issued_at_us = i64::MAX), IssueError::Instant(i64::MAX));
    assert!(matches!(refused(&|c| c.subject = "m".repeat(2000)), IssueError::TooLong(2049..)));
}

#[test]
fn the_edges_are_issued_and_verify() {
    let key = SigningKey::generate().expect("a key");
    let verifier = Verifier::new("shop", vec![key.public()], 0);
    for party in [1, PARTY_MAX] {
        let mut claims = Claims { party, ..claims() };
        claims.expires_at_us = claims.not_before_us + LIFE_US_MAX;
        let code = issue(&key, &claims).expect("a code");
        assert_eq!(verifier.verify(&code, "door", claims.not_before_us), Ok(claims));
    }
    // The longest: one more is refused above.
    let fits = (0..1400).rev().find_map(|n| issue(&key, &Claims { subject: "m".repeat(n), ..claims() }).ok());
    let fits = fits.expect("one fits");
    assert!((CODE_BYTES_MAX - 3..=CODE_BYTES_MAX).contains(&fits.len()), "{}", fits.len());
    assert!(verifier.verify(&fits, "door", 1_764_000_000_000_002).is_ok());
    assert_eq!(verifier.verify(&format!("{fits}AAAA"), "door", 0), Err(Refusal::NotACode));
}

#[test]
fn ids_of_codes_differ() {
    let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| code_id().expect("random bytes")).collect();
    assert_eq!(ids.len(), 1000);
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())));
}
