//! MOTChallenge text: one row for each box, `frame,id,left,top,width,height,score,...`, frames counted from 1.
//!
//! The form of <https://motchallenge.net/instructions/>. Detections carry -1 for the identity. What follows the seventh
//! column is ignored; a missing score, or one of -1, is 1. Rows need not be in order.

use schemas::{Box2, Detection, Score};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};

/// Frames beyond this number are refused as malformed: more than a day at 30 frames a second.
pub const FRAMES_MAX: u32 = 3_000_000;

/// What stands for a score that was not given.
const NOT_GIVEN: f64 = -1.0;

/// Why a row was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedRow {
    /// Line in the file, from 1.
    pub line: u64,
    /// Reason in words.
    pub reason: String,
}

/// What a detections file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MotDetections {
    /// Detections by frame number, from 1; frames without any are absent.
    pub frames: BTreeMap<u32, Vec<Detection>>,
    /// Rows that could not be understood, in order.
    pub malformed: Vec<MalformedRow>,
}

/// Reads detections. Empty lines and lines that begin with `#` are passed over; bytes that are not UTF-8 make a row
/// malformed, not the file.
///
/// # Errors
/// Only when `input` cannot be read.
pub fn read_detections(mut input: impl BufRead) -> std::io::Result<MotDetections> {
    let mut found = MotDetections::default();
    let (mut bytes, mut line) = (Vec::new(), 0);
    loop {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(found);
        }
        line += 1;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match parse_row(text) {
            Ok((frame, detection)) => found.frames.entry(frame).or_default().push(detection),
            Err(reason) => found.malformed.push(MalformedRow { line, reason }),
        }
    }
}

/// Reads one row, separated by commas or blanks: the frame and the detection. The error says what is wrong.
///
/// # Errors
/// In words: a column is missing or no finite number, the frame is not in 1..=[`FRAMES_MAX`], or the box has no area.
pub fn parse_row(row: &str) -> Result<(u32, Detection), String> {
    const NAMES: [&str; 7] = ["frame", "id", "left", "top", "width", "height", "score"];
    let mut values = [NOT_GIVEN; 7];
    let mut given = 0;
    let fields = row.split(|c: char| c == ',' || c.is_ascii_whitespace());
    for field in fields.filter(|field| !field.is_empty()).take(NAMES.len()) {
        let value: Option<f64> = field.parse().ok().filter(|v: &f64| v.is_finite());
        values[given] = value.ok_or_else(|| format!("{} is not a number", NAMES[given]))?;
        given += 1;
    }
    if given < 6 {
        return Err(format!("{} is missing", NAMES[given]));
    }
    let [frame, _, left, top, width, height, score] = values;
    if frame.fract() != 0.0 || !(1.0..=f64::from(FRAMES_MAX)).contains(&frame) {
        return Err(format!("frame is not a number from 1 to {FRAMES_MAX}"));
    }
    if width <= 0.0 || height <= 0.0 {
        return Err("width and height are not both positive".to_owned());
    }
    let bbox = sound_box(left as f32, top as f32, (left + width) as f32, (top + height) as f32)?;
    let score = if score == NOT_GIVEN { Score::MAX } else { Score::from_unit(score as f32) };
    Ok((frame as u32, Detection::new(bbox, score)))
}

/// A box from its edges in pixels, if it has an area that 1/16 pixel within +-1,000,000 pixels can show.
pub(crate) fn sound_box(left: f32, top: f32, right: f32, bottom: f32) -> Result<Box2, String> {
    let bbox = Box2::from_pixels(left, top, right, bottom);
    let sound = left < right && top < bottom && bbox.width() > 0 && bbox.height() > 0;
    if sound { Ok(bbox) } else { Err("the box has no area, or lies beyond 1000000 pixels".to_owned()) }
}

/// One row of a result: a box of an identity in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MotRow {
    /// Frame, from 1.
    pub frame: u32,
    /// Identity, from 1.
    pub id: u32,
    /// Box.
    pub bbox: Box2,
    /// Confidence.
    pub score: Score,
}

/// Writes ten-column result rows in the order given.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_rows(mut output: impl Write, rows: &[MotRow]) -> std::io::Result<()> {
    let pixels = |steps: i32| f64::from(steps) / 16.0;
    for MotRow { frame, id, bbox: b, score } in rows {
        let [left, top] = [b.left, b.top].map(pixels);
        let [width, height] = [b.width(), b.height()].map(pixels);
        let score = f64::from(score.steps()) / 10_000.0;
        writeln!(output, "{frame},{id},{left},{top},{width},{height},{score},-1,-1,-1")?;
    }
    output.flush()
}

/// What `seqinfo.ini` says of a sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SequenceFacts {
    /// Frames per second.
    pub fps: f64,
    /// Number of frames, where it is given.
    pub frames: Option<u32>,
    /// Picture size in pixels, where it is given.
    pub size: Option<(u32, u32)>,
}

/// Reads the text of a `seqinfo.ini`.
///
/// # Errors
/// In words, when there is no usable frame rate.
pub fn parse_seqinfo(text: &str) -> Result<SequenceFacts, String> {
    let value = |key: &str| {
        let found = text.lines().filter_map(|line| line.split_once('=')).find(|(k, _)| k.trim() == key);
        found.and_then(|(_, v)| v.trim().parse::<f64>().ok()).filter(|v| v.is_finite() && *v > 0.0)
    };
    let whole = |key: &str| value(key).map(|v| v.min(f64::from(FRAMES_MAX)) as u32);
    let fps = value("frameRate").ok_or("no frameRate above 0")?;
    Ok(SequenceFacts { fps, frames: whole("seqLength"), size: whole("imWidth").zip(whole("imHeight")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_good_rows_and_names_bad_ones() {
        let text = b"1,-1,10,20,30,40,0.5,-1,-1,-1\n\n# note\n2,-1,nan,0,1,1,1\n2,-1,0,0,-5,1,1\n1,-1,1,2\n3,-1,1e30,0,inf,1,1\n\
            x,-1,0,0,1,1,1\n0,-1,0,0,1,1,1\n1.5,-1,0,0,1,1,1\n\xff\xfe,1\n3,-1,0.5,0,0,0\n1, -1, 1, 1, 2, 2, 7\r\n3 -1 5 5 2 2\n3,-1,9,9,1,1,-1\n";
        let found = read_detections(&text[..]).expect("memory can be read");
        assert_eq!(found.malformed.iter().map(|m| m.line).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(
            found.frames[&1][0],
            Detection::new(Box2::from_pixels(10.0, 20.0, 40.0, 60.0), Score::from_unit(0.5))
        );
        assert_eq!(found.frames[&1][1].score, Score::MAX);
        assert_eq!(found.frames[&3].iter().map(|d| d.score).collect::<Vec<_>>(), [Score::MAX; 2]);
        assert_eq!(found.frames.keys().copied().collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn writes_what_it_reads() {
        let bbox = Box2::from_pixels(1.25, 2.0, 11.25, 30.5);
        let mut text = Vec::new();
        write_rows(&mut text, &[MotRow { frame: 7, id: 3, bbox, score: Score::from_unit(0.25) }])
            .expect("memory can be written");
        assert_eq!(String::from_utf8_lossy(&text), "7,3,1.25,2,10,28.5,0.25,-1,-1,-1\n");
        assert_eq!(read_detections(&text[..]).expect("memory can be read").frames[&7][0].bbox, bbox);
    }

    #[test]
    fn seqinfo_needs_a_frame_rate() {
        let facts = parse_seqinfo("[Sequence]\nname=A\nframeRate=30\nseqLength=600\nimWidth=1920\nimHeight=1080\n");
        assert_eq!(facts, Ok(SequenceFacts { fps: 30.0, frames: Some(600), size: Some((1920, 1080)) }));
        assert!(parse_seqinfo("frameRate=0").is_err());
        assert!(parse_seqinfo("").is_err());
    }
}
