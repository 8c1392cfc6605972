//! The scoreboard, for people and as JSON.

use super::Terms;
use super::detection::Detection;
use super::floor::Floor;
use super::receipts::{Receipts, Share};
use super::tracking::Tracking;
use super::visits::Visits;
use super::who::Who;
use schemas::EventTime;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Receipts that are shown beside the truth.
const BESIDE_MAX: usize = 12;

/// All that was scored.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scoreboard {
    /// On which terms.
    pub terms: Terms,
    /// By camera.
    pub detection: Vec<Detection>,
    /// All cameras together.
    pub detection_all: Detection,
    /// By camera.
    pub tracking: Vec<Tracking>,
    /// All cameras together; nothing where no detection belongs to a tracklet: nobody tracked.
    pub tracking_all: Option<Tracking>,
    /// On the floor.
    pub floor: Option<Floor>,
    /// Who was there on whose account.
    pub visits: Option<Visits>,
    /// What was billed.
    pub receipts: Option<Receipts>,
    /// Who was where.
    pub who: Vec<Who>,
    /// Tables that are not there, so that what they say could not be scored.
    pub absent: Vec<String>,
}

impl Scoreboard {
    /// The scoreboard, as text.
    pub fn text(&self) -> String {
        self.to_string()
    }

    /// Only who was where, as text.
    pub fn who_text(&self) -> String {
        struct Only<'a>(&'a Scoreboard);
        impl fmt::Display for Only<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.who(f)
            }
        }
        Only(self).to_string()
    }

    fn detection(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Terms { iou_min, score_min, share_min, .. } = self.terms;
        let share = 100.0 * share_min;
        writeln!(
            f,
            "DETECTION  people who show >= {share:.0} % of themselves, overlap >= {iou_min}, score >= {score_min}"
        )?;
        let width = self.detection.iter().map(|d| d.camera.len()).max().unwrap_or(0).max(6);
        writeln!(f, "  {:width$}  {:44}{:44}{:>18}  overlap", "camera", "recall", "precision", "false a picture")?;
        for d in self.detection.iter().chain([&self.detection_all]) {
            let false_boxes = format!("{:.3} ({}/{})", d.false_per_frame, d.false_boxes, d.frames);
            write!(f, "  {:width$}  {:44}{:44}{false_boxes:>18}  {:.3}", d.camera, d.recall, d.precision, d.iou_mean)?;
            if d.stray > 0 {
                write!(f, "  {} at times without a picture", d.stray)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn tracking(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(all) = &self.tracking_all else {
            return writeln!(f, "\nTRACKING  absent: no detection has a `tracklet_id`, so tracking was not scored");
        };
        let share = 100.0 * self.terms.tracked_share_min;
        writeln!(f, "\nTRACKING  by camera; people who show < {share:.0} % of themselves are ignored")?;
        let width = self.tracking.iter().map(|t| t.camera.len()).max().unwrap_or(0).max(6);
        let names = ["HOTA", "DetA", "AssA", "MOTA", "IDF1"];
        write!(f, "  {:width$}", "camera")?;
        names.iter().try_for_each(|name| write!(f, "  {name:>5}"))?;
        writeln!(
            f,
            "  {:>8}  {:>6}  {:>8}  {:>16}  {:>14}",
            "switches", "people", "tracklets", "boxes found", "boxes false"
        )?;
        for t in self.tracking.iter().chain([all]) {
            write!(f, "  {:width$}", t.camera)?;
            let numbers = [t.hota.hota, t.hota.det_a, t.hota.ass_a, t.mota, t.idf1];
            numbers.iter().try_for_each(|n| write!(f, "  {n:5.3}"))?;
            let clear = &t.clear;
            let found = format!("{}/{}", clear.recall.hits, clear.recall.of);
            let false_boxes = format!("{}/{}", clear.precision.of - clear.precision.hits, clear.precision.of);
            let (switches, people, tracks) = (clear.switches, clear.people, clear.tracks);
            writeln!(f, "  {switches:>8}  {people:>6}  {tracks:>9}  {found:>16}  {false_boxes:>14}")?;
        }
        Ok(())
    }

    fn floor(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(floor) = &self.floor else { return Ok(()) };
        writeln!(f, "\nIDENTITY ON THE FLOOR  people inside the walls, within {:.0} mm", self.terms.reach_mm)?;
        let hits = floor.identity.recall.hits;
        let (truths, founds) = (floor.identity.recall.of, floor.identity.precision.of);
        writeln!(f, "  IDF1      {:.3} (2 x {hits} of {truths} + {founds})", floor.idf1)?;
        writeln!(f, "  ID recall {}\n  ID prec.  {}", floor.identity.recall, floor.identity.precision)?;
        let false_ones = floor.clear.precision.of - floor.clear.precision.hits;
        let misses = floor.clear.recall.of - floor.clear.recall.hits;
        let switches = floor.clear.switches;
        writeln!(f, "  MOTA      {:.3} ({misses} missed, {false_ones} false, {switches} switches)", floor.mota)?;
        writeln!(f, "  matched   {}", floor.clear.recall)?;
        let [mean, median, most] = floor.error_mm;
        writeln!(f, "  error     mean {mean:.0} mm, median {median:.0} mm, 95 % below {most:.0} mm")?;
        let (people, tracks) = (floor.clear.people, floor.clear.tracks);
        writeln!(f, "  HOTA      {:.3}; {people} people, {tracks} tracks, {} ticks", floor.hota.hota, floor.ticks)?;
        if floor.stray > 0 {
            writeln!(f, "  {} positions at times of which the truth says nothing", floor.stray)?;
        }
        Ok(())
    }

    fn visits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(visits) = &self.visits else { return Ok(()) };
        writeln!(f, "\nVISITS  right: everybody of it was, for most of the time, on the right account")?;
        writeln!(f, "  members    {}\n  staff      {}", visits.members, visits.staff)?;
        writeln!(f, "  without    {}; {} rows beyond them on nobody's account", visits.tailgaters, visits.nobodys)?;
        writeln!(f, "  parties    {} with as many people as came in", visits.parties)?;
        writeln!(f, "  ticks      {} on the right account; {} switches", visits.ticks, visits.switches)?;
        writeln!(f, "  lost       {} of which everybody left", visits.lost)?;
        let errors = |e: &super::visits::Errors| {
            format!("mean {:.2}, median {:.2}, 95 % below {:.2} ({})", e.mean, e.median, e.p95, e.count)
        };
        writeln!(f, "  entered    {} s\n  left       {} s", errors(&visits.entered_s), errors(&visits.left_s))?;
        writeln!(f, "  dwell      {} s, by visit and zone", errors(&visits.dwell_s))?;
        writeln!(f, "  path       {} of the true length", errors(&visits.path_share))
    }

    fn receipts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(receipts) = &self.receipts else { return Ok(()) };
        writeln!(f, "\nRECEIPTS  units by sku; right: all units and the sum")?;
        let mut say = |name: &str, share: &Share| {
            let Share { f1, precision, recall, right } = share;
            writeln!(f, "  {name:22} F1 {f1:.3}  precision {precision:36}  recall {recall:36}  right {right}")
        };
        say("at once", &receipts.at_once)?;
        say("in the end", &receipts.in_the_end)?;
        receipts.by_kind.iter().try_for_each(|(kind, share)| say(kind, share))?;
        let after = &receipts.after_s;
        writeln!(
            f,
            "  made       {:.2} s (median) after the exit, 95 % within {:.2} s, of event time",
            after.median, after.p95
        )?;
        let (adjustments, false_ones) = (receipts.adjustments, receipts.false_ones);
        writeln!(
            f,
            "  changed    {adjustments} adjustments; {false_ones} receipts with goods that nobody's visit explains"
        )?;
        writeln!(f, "  reviewed   {} of all interactions", receipts.reviewed)?;
        // A long list is for the tables.
        let beside = receipts.beside.iter().filter(|_| receipts.beside.len() <= 2 * BESIDE_MAX);
        beside.into_iter().try_for_each(|line| writeln!(f, "    {line}"))
    }

    fn who(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.who.is_empty() {
            return Ok(());
        }
        writeln!(f, "WHO WAS WHERE  truth, and below it the track that best covers them")?;
        for who in &self.who {
            let number = who.role_number.map_or(String::new(), |n| format!(" {n}"));
            let name = format!("person {} ({}{number}, visit {})", who.person, who.role, who.visit);
            writeln!(f, "  {name}  {}  {}", span(who.inside_us), zones(&who.zones_s))?;
            let Some(track) = &who.track else {
                writeln!(f, "    no track")?;
                continue;
            };
            let covered = 100.0 * track.covers.share().unwrap_or(0.0);
            let theirs = 100.0 * track.theirs.share().unwrap_or(0.0);
            let others = match who.other_tracks {
                0 => String::new(),
                n => format!(", and {n} more"),
            };
            let name = format!("track {}  covers {covered:.0} %, {theirs:.0} % of it theirs{others}", track.track_id);
            writeln!(f, "    {name}  {}  {}", span(track.seen_us), zones(&track.zones_s))?;
        }
        Ok(())
    }
}

impl fmt::Display for Scoreboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.detection.is_empty() {
            self.detection(f)?;
            self.tracking(f)?;
        }
        self.floor(f)?;
        self.visits(f)?;
        self.receipts(f)?;
        writeln!(f)?;
        self.who(f)?;
        for table in &self.absent {
            writeln!(f, "\nThere is no table `{table}`: what it says was not scored.")?;
        }
        Ok(())
    }
}

/// From when until when: UTC, with tenths of a second.
fn span([from, until]: [i64; 2]) -> String {
    let clock = |us: i64| {
        let tenths = EventTime(us).0.rem_euclid(86_400_000_000) / 100_000;
        let (hours, minutes, rest) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
        format!("{hours:02}:{minutes:02}:{:02}.{}", rest / 10, rest % 10)
    };
    format!("{} - {}", clock(from), clock(until))
}

/// Zones with seconds, those of the longest stay first.
fn zones(seconds: &BTreeMap<String, f64>) -> String {
    let mut zones: Vec<(&String, f64)> = seconds.iter().map(|(zone, s)| (zone, *s)).filter(|z| z.1 >= 0.5).collect();
    zones.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    zones.iter().map(|(zone, s)| format!("{zone} {s:.0} s")).collect::<Vec<_>>().join(", ")
}
