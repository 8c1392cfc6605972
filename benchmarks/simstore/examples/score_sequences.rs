//! Scores sequences given as JSON on standard input (`[{"truths", "founds", "steps": [{"truth", "found", "like"}]}]`) and prints
//! one object of numbers for each: what `check_score.py` holds against TrackEval.

use simstore::score::clear::clear;
use simstore::score::hota::HotaCounts;
use simstore::score::identity::identity;
use simstore::score::sequence::Sequence;
use std::io::{Write, stdin, stdout};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sequences: Vec<Sequence> = serde_json::from_reader(stdin().lock())?;
    let numbers = sequences.iter().map(|sequence| {
        let (hota, clear) = (HotaCounts::of(sequence).means(), clear(sequence, 0.5));
        let identity = identity(sequence, 0.5);
        serde_json::json!({
            "HOTA": hota.hota, "DetA": hota.det_a, "AssA": hota.ass_a, "LocA": hota.loc_a,
            "MOTA": clear.mota(), "MOTP": clear.motp(), "IDSW": clear.switches, "MT": clear.mostly_tracked,
            "CLR_TP": clear.recall.hits, "CLR_FN": clear.recall.of - clear.recall.hits,
            "CLR_FP": clear.precision.of - clear.precision.hits,
            "IDF1": identity.idf1(), "IDTP": identity.recall.hits,
        })
    });
    let numbers: Vec<_> = numbers.collect();
    writeln!(stdout().lock(), "{}", serde_json::to_string(&numbers)?)?;
    Ok(())
}
