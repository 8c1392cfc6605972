//! MOTChallenge text as frames. The file's order is free (ground truth is sorted by identity), so it is read whole.

use super::{Detected, DetectionsSpec};
use crate::ingest::error::{Unreadable, from_io};
use crate::ingest::fold::Fold;
use crate::mot::parse_row;
use schemas::{Detection, EventTime, Fault, FaultKind, FrameDetections, FrameMeta};
use std::collections::{BTreeMap, VecDeque};

/// Largest file that is read.
const BYTES_MAX: u64 = 1 << 30;

/// Gives the frames of a file that was read whole.
pub(super) struct MotReader {
    spec: DetectionsSpec,
    clock: Clock,
    size: (u32, u32),
    rows: BTreeMap<u64, Vec<Detection>>,
    faults: VecDeque<(u64, Fault)>,
    next: u64,
    last: u64,
}

impl MotReader {
    pub(super) fn open(
        spec: &DetectionsSpec,
        start: EventTime,
        fps: (u32, u32),
        size: (u32, u32),
    ) -> Result<Self, Unreadable> {
        if fps.0 == 0 || fps.1 == 0 || size.0 == 0 || size.1 == 0 {
            return Err(Unreadable::Setting("frames a second and the picture's size must not be 0".to_owned()));
        }
        let bytes = std::fs::metadata(&spec.path).map_err(from_io)?.len();
        if bytes == 0 {
            return Err(Unreadable::Empty);
        }
        if bytes > BYTES_MAX {
            return Err(Unreadable::Setting("larger than 1 GiB; use Parquet".to_owned()));
        }
        let bytes = std::fs::read(&spec.path).map_err(from_io)?;
        let mut reader = Self {
            clock: Clock { start, fps },
            size,
            rows: BTreeMap::new(),
            faults: VecDeque::new(),
            next: 1,
            last: 0,
            spec: spec.clone(),
        };
        reader.read(&String::from_utf8_lossy(&bytes))?;
        Ok(reader)
    }

    /// A malformed row belongs, for want of better, to the frame of the row before it.
    fn read(&mut self, text: &str) -> Result<(), Unreadable> {
        let (mut frame, mut fold) = (1, Fold::default());
        let mut first_reason = None;
        let mut malformed: BTreeMap<u64, Vec<Fault>> = BTreeMap::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match parse_row(line) {
                Ok((of, detection)) => {
                    malformed.entry(frame).or_default().extend(fold.take());
                    frame = u64::from(of);
                    self.rows.entry(frame).or_default().push(detection);
                }
                Err(reason) => {
                    let detail = format!("line {}: {reason}", number + 1);
                    first_reason.get_or_insert_with(|| detail.clone());
                    let (camera, kind) = (self.spec.camera, FaultKind::RowMalformed);
                    let fault = Fault { event_time: self.clock.time(frame), camera, kind, count: 1, detail };
                    malformed.entry(frame).or_default().extend(fold.add(&reason, fault));
                }
            }
        }
        malformed.entry(frame).or_default().extend(fold.take());
        let range = self.rows.first_key_value().zip(self.rows.last_key_value());
        let Some(((&first, _), (&last, _))) = range else {
            return Err(Unreadable::NoRows(first_reason.unwrap_or_else(|| "only blank lines".to_owned())));
        };
        (self.next, self.last) = (first, last);
        let at = |(frame, faults): (u64, Vec<Fault>)| faults.into_iter().map(move |fault| (frame, fault));
        self.faults = malformed.into_iter().flat_map(at).collect();
        Ok(())
    }

    pub(super) fn frames(&self) -> u64 {
        (self.last + 1).saturating_sub(self.next)
    }

    pub(super) fn next(&mut self) -> Option<Detected> {
        if self.faults.front().is_some_and(|(frame, _)| *frame <= self.next || self.next > self.last) {
            return self.faults.pop_front().map(|(_, fault)| Detected::Fault(fault));
        }
        if self.next > self.last {
            return None;
        }
        let frame = self.next;
        self.next += 1;
        let meta = FrameMeta {
            camera: self.spec.camera,
            event_time: self.clock.time(frame),
            sequence: frame - 1,
            width: self.size.0,
            height: self.size.1,
        };
        let detections = self.rows.remove(&frame).unwrap_or_default();
        Some(Detected::Frame(FrameDetections::new(meta, self.spec.model, detections)))
    }
}

/// Times of numbered frames.
struct Clock {
    start: EventTime,
    fps: (u32, u32),
}

impl Clock {
    /// `start + (frame - 1) / fps`, to the nearest microsecond: no error adds up.
    fn time(&self, frame: u64) -> EventTime {
        let (num, den) = (i128::from(self.fps.0), i128::from(self.fps.1));
        let us = ((i128::from(frame) - 1) * den * 1_000_000 + num / 2) / num;
        self.start.plus_us(i64::try_from(us).unwrap_or(i64::MAX))
    }
}
