//! Recorded codes as a source: each with a time that can be believed, bad rows as faults, nothing dropped for coming late.

use gatecode::{Claims, PublicKey, Role, SigningKey, Verifier, issue, pseudonym};
use parquet::arrow::ArrowWriter;
use pipeline::ingest::pace::Arrival;
use pipeline::ingest::{Desk, ScanReader};
use schemas::table::{Names, TableRow};
use schemas::{CameraId, CheckedScan, EventTime, Fault, FaultKind, GateId, GateScan, MemberId, Refusal};
use std::path::Path;

const SECOND: i64 = 1_000_000;
/// 2026-11-23T08:00:00Z.
const START: i64 = 1_795_420_800 * SECOND;
const LATE: i64 = 2 * SECOND;

fn desk(keys: Vec<PublicKey>) -> Desk {
    Desk {
        verifier: Verifier::new("shop", keys, 30 * SECOND),
        issuer: "shop".into(),
        leeway_us: 30 * SECOND,
        pseudonym_key: [7; 32],
        gates: [("door".to_string(), GateId(1))].into(),
    }
}

fn code(key: &SigningKey, number: u32, at: i64) -> String {
    let claims = Claims {
        issuer: "shop".into(),
        subject: format!("member-{number}"),
        role: Role::Member,
        party: 3,
        gate: Some("door".into()),
        code_id: format!("{number:032x}"),
        issued_at_us: at,
        not_before_us: at,
        expires_at_us: at + 300 * SECOND,
    };
    issue(key, &claims).expect("issued")
}

fn row(code: String, event: i64, received: i64) -> GateScan {
    let (event_time, received_at) = (EventTime(START + event), EventTime(START + received));
    GateScan { gate: GateId(1), event_time, received_at, code, party: None }
}

fn write(path: &Path, rows: &[GateScan]) {
    let mut names = Names::default();
    names.gates.insert(GateId(1), "door".into());
    let batch = GateScan::batch(rows, &names).expect("columns");
    let file = std::fs::File::create(path).expect("writable");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a schema");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

/// Everything that comes; checked: what closes never goes back, and nothing comes of a time that is closed.
fn read(path: &Path, desk: Desk) -> (Vec<CheckedScan>, Vec<Fault>) {
    let mut reader = ScanReader::open(path, desk, CameraId(9), LATE).expect("opens").peekable();
    let start = reader.peek().map_or(EventTime(0), Arrival::closes);
    let (mut scans, mut faults, mut closed) = (Vec::new(), Vec::new(), start);
    for arrival in reader {
        assert!(arrival.closes() >= closed, "{arrival:?} after {closed:?}");
        closed = arrival.closes();
        match arrival {
            Arrival::Scan { scan, .. } => {
                assert!(scan.event_time >= closed, "{scan:?}");
                scans.push(scan);
            }
            Arrival::Late { fault, .. } => faults.push(fault),
            other => panic!("{other:?}"),
        }
    }
    (scans, faults)
}

#[test]
fn codes_are_looked_at_with_times_that_can_be_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scans.parquet");
    let key = SigningKey::generate().expect("a key");
    let good = |n, at| code(&key, n, START + at);
    let mut party = row(good(7, 0), 40 * SECOND, 40 * SECOND);
    party.party = Some(2);
    let rows = [
        row(good(1, 0), 10 * SECOND, 10 * SECOND + 50_000),
        // Shown before the one above, and arrived after it.
        row(good(2, 0), 9 * SECOND, 10 * SECOND + 60_000),
        row("hello".into(), 11 * SECOND, 11 * SECOND),
        // Two clocks that are wrong: an hour behind, an hour ahead.
        row(good(3, 0), -3_600 * SECOND, 20 * SECOND),
        row(good(4, 0), 3_620 * SECOND, 21 * SECOND),
        // A row that stands after one that arrived later.
        row(good(5, 0), 20 * SECOND, 20 * SECOND + 500_000),
        row(good(6, 0), 900 * SECOND, 900 * SECOND),
        party,
    ];
    write(&path, &rows);
    let (scans, faults) = read(&path, desk(vec![key.public()]));
    assert_eq!(scans.len(), rows.len(), "nobody is turned away because of a clock");
    let times: Vec<i64> = scans.iter().map(|scan| (scan.event_time.0 - START) / 1000).collect();
    assert_eq!(times[..6], [10_000, 9_000, 11_000, 18_000, 22_000, 20_000]);
    let refused: Vec<_> = scans.iter().map(|scan| scan.claim.err()).collect();
    assert_eq!(refused[..7], [None, None, Some(Refusal::NotACode), None, None, None, Some(Refusal::Expired)]);
    assert_eq!(
        scans[0].claim.map(|claim| (claim.member, claim.party)),
        Ok((MemberId(pseudonym(&[7; 32], "member-1")), 3))
    );
    assert_eq!(scans[0].claim.map(|claim| claim.void_at), Ok(EventTime(START + 330 * SECOND)));
    let kinds: Vec<_> = faults.iter().map(|fault| (fault.kind, fault.camera)).collect();
    assert!(kinds.iter().all(|kind| *kind == (FaultKind::TimeDoubted, CameraId(9))), "{faults:?}");
    assert!(faults.len() >= 3, "{faults:?}");
    // Other keys, other gates.
    let (scans, _) = read(&path, desk(vec![SigningKey::generate().expect("a key").public()]));
    assert_eq!(scans.iter().filter(|scan| scan.claim == Err(Refusal::Forged)).count(), rows.len() - 1);
    let (scans, faults) = read(&path, Desk { gates: [("back".to_string(), GateId(2))].into(), ..desk(vec![]) });
    assert!(scans.is_empty() && faults.iter().any(|fault| fault.kind == FaultKind::RowMalformed), "{faults:?}");
}

#[test]
fn tables_and_readers_use_the_same_words() {
    for refusal in gatecode::Refusal::ALL {
        assert!(Refusal::ALL.iter().any(|told| told.word() == refusal.word()), "{}", refusal.word());
    }
}

#[test]
fn damage_is_a_fault_and_the_rest_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = SigningKey::generate().expect("a key");
    let rows: Vec<GateScan> =
        (0..40).map(|i| row(code(&key, i, START), i64::from(i) * SECOND, i64::from(i) * SECOND)).collect();
    write(&folder.path().join("part-a.parquet"), &rows);
    let bytes = std::fs::read(folder.path().join("part-a.parquet")).expect("readable");
    for seed in 0..30usize {
        let mut broken = bytes.clone();
        let at = 4 + seed * 7919 % (bytes.len() - 12);
        broken[at] ^= 1 << (seed % 8);
        std::fs::write(folder.path().join("part-b.parquet"), broken).expect("written");
        std::fs::write(folder.path().join("part-c.parquet"), "no Parquet").expect("written");
        let (scans, faults) = read(folder.path(), desk(vec![key.public()]));
        assert!(scans.len() >= 40 && scans.len() <= 80, "{seed}: {}", scans.len());
        assert!(faults.iter().any(|fault| fault.kind == FaultKind::RowMalformed), "{seed}: {faults:?}");
    }
    std::fs::write(folder.path().join("part-a.parquet"), "").expect("written");
    assert!(ScanReader::open(folder.path(), desk(vec![]), CameraId(9), LATE).is_err(), "the first must be readable");
}
