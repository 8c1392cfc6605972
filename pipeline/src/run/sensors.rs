//! Opens what was recorded beside cameras: each a source like a camera.

use super::{ERASURES, GATE_SCANS, RunError, RunOptions, SCALES, VERDICTS};
use crate::config::plan::Plan;
use crate::ingest::pace::Arrival;
use crate::ingest::read::Camera;
use crate::ingest::{ErasureReader, ScaleReader, ScanReader, VerdictReader};
use schemas::{CameraId, EventTime};

/// Opens the recorded codes, a source like a camera, where there are any.
pub(super) fn open_scans(plan: &Plan, options: &RunOptions) -> Result<Option<Camera>, RunError> {
    let Some((path, desk)) = plan.sensors.gate_scans.as_ref().zip(plan.desk()) else { return Ok(None) };
    if !is_ours(plan.cameras.len(), options) {
        return Ok(None);
    }
    let source = CameraId::mint(&plan.store, GATE_SCANS);
    let reader = ScanReader::open(&options.data.join(path), desk, source, plan.sensors.late_us)?;
    Ok(Some(recorded(GATE_SCANS, plan.sensors.late_us, reader)))
}

/// Opens what recorded scales said, where there is any.
pub(super) fn open_scales(plan: &Plan, options: &RunOptions) -> Result<Option<Camera>, RunError> {
    let Some(path) = plan.sensors.scales.as_ref().filter(|_| is_ours(plan.cameras.len() + 1, options)) else {
        return Ok(None);
    };
    let scales = plan.scales.iter().map(|scale| (scale.name.clone(), scale.id)).collect();
    let (path, source) = (options.data.join(path), CameraId::mint(&plan.store, SCALES));
    let reader = ScaleReader::open(&path, scales, source, plan.sensors.late_us, &plan.weigh)?;
    Ok(Some(recorded(SCALES, plan.sensors.late_us, reader)))
}

/// Opens what somebody of the shop decided, where there is any.
pub(super) fn open_verdicts(plan: &Plan, options: &RunOptions) -> Result<Option<Camera>, RunError> {
    let Some(path) = plan.sensors.verdicts.as_ref().filter(|_| is_ours(plan.cameras.len() + 2, options)) else {
        return Ok(None);
    };
    let reader = VerdictReader::open(&options.data.join(path), CameraId::mint(&plan.store, VERDICTS))?;
    Ok(Some(recorded(VERDICTS, 0, reader)))
}

/// Opens what members asked who want to be forgotten, where there is any.
pub(super) fn open_erasures(plan: &Plan, options: &RunOptions) -> Result<Option<Camera>, RunError> {
    let Some(path) = plan.sensors.erasures.as_ref().filter(|_| is_ours(plan.cameras.len() + 3, options)) else {
        return Ok(None);
    };
    let (path, source) = (options.data.join(path), CameraId::mint(&plan.store, ERASURES));
    let late_us = plan.sensors.late_us;
    Ok(Some(recorded(ERASURES, late_us, ErasureReader::open(&path, source, late_us)?)))
}

/// What sensors recorded as a source like a camera; until its first row it holds nothing back.
fn recorded(name: &str, late_us: i64, rows: impl Iterator<Item = Arrival> + Send + 'static) -> Camera {
    let mut rows = rows.peekable();
    let start = rows.peek().map_or(EventTime(0), Arrival::closes);
    Camera { name: name.to_string(), source: Box::new(move || Box::new(rows)), start, late_us }
}

/// Whether this process opens the source at this place: sources are dealt out as cameras are, the codes, the scales, the
/// verdicts and the erasures after the last.
pub(super) fn is_ours(place: usize, options: &RunOptions) -> bool {
    place / options.workers % options.cluster.processes() == options.cluster.process
}
