//! The AiFi NanoStore's raw recordings: plates here, what is sold in `goods.rs`, people in `targets.rs`.
//!
//! Plates: `plate_data.json`, one document a line, each a batch of one gondola: float32 grams, little-endian, in base64, of shape
//! [samples][shelf][plate], 60 samples a second.
//!
//! Shelf 0 and plate 0 do not exist and are NaN; so is a plate that does not exist, or gave no number. `t_origin` is taken as the time of a
//! batch's first sample. (`t_issue` is 94 ms later at the least, less than a batch is long: the samples may be up to 0.1 s
//! older than that.) A plate is called `plate-GONDOLA.SHELF.PLATE`.

mod goods;
mod targets;

pub use goods::{Goods, goods};
pub use targets::{Targets, targets, views};

use super::AdaptError;
use crate::sink::parquet::write_rows;
use jiff::Timestamp;
use schemas::table::{Names, TableRow};
use schemas::{EventTime, ScaleId, ScaleSample};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What ids are minted with; only names are written.
const STORE: &str = "nanostore";

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plates {
    /// The table.
    pub file: PathBuf,
    /// Its rows.
    pub samples: usize,
    /// Plates in it.
    pub plates: usize,
    /// Plates that never gave a number, by name.
    pub left_out: Vec<String>,
}

/// Gondola, shelf, plate.
type Plate = (i64, usize, usize);

/// Writes `scale_samples.parquet` into `out` from the `plate_data.json` in `from`.
pub fn plates(from: &Path, out: &Path) -> Result<Plates, AdaptError> {
    let mut plates: BTreeMap<Plate, Vec<ScaleSample>> = BTreeMap::new();
    lines(&from.join("plate_data.json"), |document| batch(document, &mut plates))?;
    let silent = |_: &Plate, samples: &mut Vec<ScaleSample>| samples.iter().all(|sample| sample.weight_mg.is_none());
    let left_out = plates.extract_if(.., silent).map(|(plate, _)| plate_name(plate)).collect();
    let mut names = Names::default();
    names.scales.extend(plates.keys().map(|&plate| (id(plate), plate_name(plate))));
    let count = plates.len();
    let mut rows: Vec<ScaleSample> = plates.into_values().flatten().collect();
    ScaleSample::sort(&mut rows, &names);
    let path = out.join(format!("{}.parquet", ScaleSample::TABLE.name));
    let unwritable = |source| AdaptError::File { path: path.clone(), source };
    fs::create_dir_all(out).map_err(unwritable)?;
    let file = File::create(&path).map_err(unwritable)?;
    write_rows(file, &rows, &names, &[("adapted", STORE.to_string())], &path)?;
    Ok(Plates { file: path, samples: rows.len(), plates: count, left_out })
}

/// Tells `take` every document of a file with one a line; what it finds wrong, in words, is an error of that line.
fn lines(path: &Path, mut take: impl FnMut(&Value) -> Result<(), String>) -> Result<(), AdaptError> {
    let unreadable = |source| AdaptError::File { path: path.to_path_buf(), source };
    for (line, text) in BufReader::new(File::open(path).map_err(unreadable)?).lines().enumerate() {
        let text = text.map_err(unreadable)?;
        if !text.trim().is_empty() {
            let document = serde_json::from_str(&text).map_err(|error| error.to_string());
            let taken = document.and_then(|document| take(&document));
            taken.map_err(|reason| AdaptError::Line { path: path.to_path_buf(), line: line + 1, reason })?;
        }
    }
    Ok(())
}

/// Writes a reference file; gives its path.
fn write_csv(
    out: &Path,
    name: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<PathBuf, AdaptError> {
    let path = out.join(name);
    let written = || -> csv::Result<()> {
        fs::create_dir_all(out)?;
        let mut writer = csv::Writer::from_path(&path)?;
        writer.write_record(header)?;
        for row in rows {
            writer.write_record(row)?;
        }
        Ok(writer.flush()?)
    };
    match written() {
        Ok(()) => Ok(path),
        Err(error) => Err(AdaptError::File { path, source: error.into() }),
    }
}

/// The instant at `pointer`.
fn time(document: &Value, pointer: &str) -> Result<EventTime, String> {
    let said = document.pointer(pointer).ok_or(format!("{pointer} is missing"))?;
    let instant: Option<Timestamp> = said.as_str().and_then(|text| text.parse().ok());
    instant.map(|instant| EventTime(instant.as_microsecond())).ok_or(format!("{pointer} is no time"))
}

fn plate_name((gondola, shelf, plate): Plate) -> String {
    format!("plate-{gondola}.{shelf}.{plate}")
}

fn id(plate: Plate) -> ScaleId {
    ScaleId::mint(STORE, &plate_name(plate))
}

/// Adds the samples of one document; what is wrong with it, in words.
fn batch(document: &Value, plates: &mut BTreeMap<Plate, Vec<ScaleSample>>) -> Result<(), String> {
    let at = |pointer: &str| document.pointer(pointer).ok_or(format!("{pointer} is missing"));
    let data = "/document/plate_data";
    let header = "/document/header";
    let (origin, received_at) =
        (time(document, &format!("{header}/t_origin"))?, time(document, &format!("{header}/t_issue"))?);
    let gondola =
        at(&format!("{data}/plate_id/shelf_id/gondola_id/id"))?.as_i64().ok_or("the gondola has no number")?;
    let hz = at(&format!("{data}/freq_samp"))?.as_f64().filter(|hz| (0.1..=10_000.0).contains(hz));
    let hz = hz.ok_or("freq_samp is no rate")?;
    let shape = at(&format!("{data}/values/shape"))?.as_array();
    let shape: Option<Vec<usize>> =
        shape.and_then(|shape| shape.iter().map(|n| n.as_u64().map(|n| n as usize)).collect());
    let Some([samples, shelves, width]) = shape.as_deref() else { return Err("the shape has not three sides".into()) };
    let bytes = base64(at(&format!("{data}/values/data"))?.as_str().unwrap_or_default()).ok_or("data is no base64")?;
    let (grams, rest) = bytes.as_chunks::<4>();
    let expected = samples.checked_mul(*shelves).and_then(|n| n.checked_mul(*width));
    if expected != Some(grams.len()) || !rest.is_empty() {
        return Err(format!("{} bytes do not fill the shape", bytes.len()));
    }
    for (i, grams) in grams.iter().enumerate() {
        let (sample, shelf, plate) = (i / (shelves * width), i / width % shelves, i % width);
        if shelf == 0 || plate == 0 {
            continue;
        }
        let grams = f64::from(f32::from_le_bytes(*grams));
        let weight_mg = (grams.is_finite() && grams.abs() < 1e12).then(|| (grams * 1000.0).round() as i64);
        let event_time = origin.plus_us((sample as f64 * 1e6 / hz).round() as i64);
        let key = (gondola, shelf, plate);
        plates.entry(key).or_default().push(ScaleSample { scale: id(key), event_time, received_at, weight_mg });
    }
    Ok(())
}

/// The bytes of base64 with its padding; none where it is something else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for &digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - group.len());
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_and_other_text_is_not() {
        assert_eq!(base64(""), Some(vec![]));
        assert_eq!(base64("Zm9vYmFy").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(base64("Zm9vYg==").as_deref(), Some(&b"foob"[..]));
        assert_eq!(base64("AADAfw==").map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_nan()), Some(true));
        assert_eq!((base64("Zm9"), base64("Zm9-"), base64("Z===")), (None, None, None));
    }

    #[test]
    fn a_document_that_is_damaged_is_refused_in_words() {
        let good = r#"{"document":{"header":{"t_origin":"2020-04-22T05:06:36.859Z","t_issue":"2020-04-22T05:06:36.955Z"},
            "plate_data":{"plate_id":{"shelf_id":{"gondola_id":{"id":4}}},"freq_samp":60.0,
            "values":{"shape":[2,1,2],"data":"AADAfwAAgD8AAMB/AAAAQA=="}}}}"#;
        let batch = |text: &str, plates: &mut _| {
            let document = serde_json::from_str(text).map_err(|error| error.to_string());
            document.and_then(|document| super::batch(&document, plates))
        };
        let mut plates = BTreeMap::new();
        assert_eq!(batch(good, &mut plates), Ok(()));
        assert!(plates.is_empty(), "shelf 0 does not exist");
        assert_eq!(batch(&good.replace("[2,1,2]", "[1,2,2]"), &mut plates), Ok(()));
        let said: Vec<_> = plates.iter().map(|(plate, samples)| (*plate, samples[0].weight_mg)).collect();
        assert_eq!(said, [((4, 1, 1), Some(2000))]);
        for (from, to) in
            [("[2,1,2]", "[2,1,3]"), ("AADA", "AA-A"), ("60.0", "0"), ("t_issue", "t_other"), ("}}}}", "")]
        {
            assert!(batch(&good.replace(from, to), &mut plates).is_err(), "{to}");
        }
    }
}
