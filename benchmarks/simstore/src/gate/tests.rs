use super::*;
use crate::life::{Hand, Pose, Present};
use crate::scenario::read;
use pasetors::Public;
use pasetors::token::UntrustedToken;
use std::collections::BTreeSet;
use std::sync::Arc;

fn present(number: u32, role: Role) -> Present {
    let person = Person { number, role, visit: 0, height_mm: 1750.0, build: 1.0, figure: 0, bag: false, handed: 1 };
    let at = crate::world::Mm2::new(2500.0, 600.0);
    let pose = Pose {
        at,
        heading: 0.0,
        speed: 0.0,
        phase: 0.0,
        stride: 0.0,
        lean: 0.0,
        crouch: 0.0,
        head_yaw: 0.0,
        head_pitch: 0.0,
        hands: [Hand::Free; 2],
    };
    Present { person: Arc::new(person), pose, holds: Default::default() }
}

/// A second of gate: member 5 lets in two, staff come, both go in.
fn run(text: &str) -> (String, Arrived) {
    let (scenario, world) = read("gate.toml", text, None).expect("a scenario");
    let mut gates = Gates::new(&world, &scenario);
    let (scan, enter) = (What::Scan { gate: 0, party: 2 }, What::Enter { gate: 0 });
    let acts = [(0, scan.clone()), (1, scan), (0, enter.clone()), (1, enter), (0, What::Leave { gate: 1 })];
    let mut all = Arrived::default();
    for (i, (person, what)) in (0..).zip(acts) {
        let at = EventTime(scenario.start.0 + i * 1_000_000);
        let present = vec![present(0, Role::Member(5)), present(1, Role::Staff(5))];
        let arrived = gates.moment(&Moment { at, present, happened: vec![Happening { at, person, what }] });
        assert!(arrived.scans.iter().all(|scan| scan.received_at <= at), "nothing arrives early");
        all.scans.extend(arrived.scans);
        all.crossings.extend(arrived.crossings);
    }
    let last = gates.finish();
    all.scans.extend(last.scans);
    all.crossings.extend(last.crossings);
    (gates.signer.public_key(), all)
}

#[test]
fn codes_verify_and_say_who() {
    let (key, arrived) = run("");
    let key = AsymmetricPublicKey::<V4>::try_from(key.as_str()).expect("a PASERK text");
    let payload = |scan: &GateScan| -> serde_json::Value {
        let token = UntrustedToken::<Public, V4>::try_from(scan.code.as_str()).expect("a token");
        let trusted = PublicToken::verify(&key, &token, None, None).expect("signed by this key");
        serde_json::from_str(trusted.payload()).expect("JSON")
    };
    let payloads: Vec<_> = arrived.scans.iter().map(payload).collect();
    assert_eq!(payloads.len(), 2);
    assert_eq!((&payloads[0]["party"], &payloads[0]["iss"]), (&json!(2), &json!("corner-shop")));
    assert_eq!((&payloads[0]["role"], &payloads[1]["role"]), (&json!("member"), &json!("staff")));
    assert_ne!(payloads[0]["sub"], payloads[1]["sub"], "member 5 is not staff 5");
    let ids: BTreeSet<_> = payloads.iter().map(|p| p["jti"].to_string()).collect();
    assert_eq!(ids.len(), 2, "each code is of its own");
    let time = |v: &serde_json::Value| v.as_str().expect("text").parse::<jiff::Timestamp>().expect("RFC 3339");
    for (scan, p) in arrived.scans.iter().zip(&payloads) {
        let shown = jiff::Timestamp::from_microsecond(scan.event_time.0).expect("a time");
        assert!(time(&p["nbf"]) <= shown && shown < time(&p["exp"]), "valid when shown");
    }
    // One letter changed, or another shop's key: not believed.
    let mut forged = arrived.scans[0].code.clone();
    let at = forged.len() - 40;
    forged.replace_range(at..=at, if &forged[at..=at] == "A" { "B" } else { "A" });
    let token = UntrustedToken::<Public, V4>::try_from(forged.as_str()).expect("still a token");
    assert!(PublicToken::verify(&key, &token, None, None).is_err());
    let (other, _) = run("seed = 2");
    let other = AsymmetricPublicKey::<V4>::try_from(other.as_str()).expect("a PASERK text");
    let token = UntrustedToken::<Public, V4>::try_from(arrived.scans[0].code.as_str()).expect("a token");
    assert!(PublicToken::verify(&other, &token, None, None).is_err());
}

#[test]
fn the_same_seed_gives_the_same_codes() {
    assert_eq!(run("seed = 3"), run("seed = 3"));
    assert_ne!(run("seed = 3").1.scans[0].code, run("seed = 4").1.scans[0].code);
}

#[test]
fn clocks_differ_and_lines_are_slow_but_in_order() {
    let plain = run("").1;
    assert!(
        plain.crossings.iter().all(|c| c.received_at.0 - c.event_time.0 == 20_000),
        "only the way through the wire"
    );
    let text = "[[devices]]\nname = \"gate-in\"\nskew_ms = -700\nlate_ms_mean = 4000\n";
    let skewed = run(text).1;
    let ins = |a: &Arrived| a.crossings.iter().filter(|c| c.way == Way::In).cloned().collect::<Vec<_>>();
    for (a, b) in ins(&plain).iter().zip(ins(&skewed)) {
        assert_eq!(b.event_time.0 - a.event_time.0, -700_000);
        assert!(b.received_at > a.received_at);
    }
    assert!(skewed.scans.is_sorted_by_key(|scan| scan.received_at));
    let out = |a: &Arrived| a.crossings.iter().find(|c| c.way == Way::Out).cloned();
    assert_eq!(out(&plain), out(&skewed), "the other gate is as it was");
}

#[test]
fn wrong_codes_are_what_they_are_said_to_be() {
    let codes = |text: &str| {
        let (key, arrived) = run(text);
        let key = AsymmetricPublicKey::<V4>::try_from(key.as_str()).expect("a PASERK text");
        let verified = |scan: &GateScan| {
            let token = UntrustedToken::<Public, V4>::try_from(scan.code.as_str()).expect("a token");
            let trusted = PublicToken::verify(&key, &token, None, None).ok()?;
            let payload: serde_json::Value = serde_json::from_str(trusted.payload()).expect("JSON");
            let until: jiff::Timestamp = payload["exp"].as_str()?.parse().expect("an instant");
            Some((scan.code.clone(), until.as_microsecond() > scan.event_time.0))
        };
        arrived.scans.iter().map(verified).collect::<Vec<_>>()
    };
    let good = codes("");
    assert!(good.len() == 2 && good.iter().all(|code| matches!(code, Some((_, true)))));
    let forged = codes("[wrong_codes]\nforged_share = 1\n");
    assert!(forged.len() == 4 && forged[0].is_none() && forged[2].is_none(), "{forged:?}");
    let expired = codes("[wrong_codes]\nexpired_share = 1\n");
    assert!(expired.len() == 4 && [0, 2].iter().all(|&i| matches!(expired[i], Some((_, false)))), "{expired:?}");
    let replayed = codes("[wrong_codes]\nreplayed_share = 1\n");
    assert!(replayed.len() == 3 && replayed[0] == replayed[1] && replayed[1] != replayed[2], "{replayed:?}");
    for mixed in [forged, expired] {
        assert!([1, 3].iter().all(|&i| matches!(mixed[i], Some((_, true)))), "the good one follows: {mixed:?}");
    }
    let problems =
        read("gate.toml", "[wrong_codes]\nforged_share = 0.7\nexpired_share = 0.7\n", None).expect_err("bad");
    assert!(problems[0].to_string().contains("at most 1 in all"), "{}", problems[0]);
}
