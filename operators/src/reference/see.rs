//! The slow twin of see: of every front all glances at once. What is steady, and where a run began, is found anew for each of them from
//! the last change on; what cameras have in common is found anew out of everything that belongs together.

use crate::shelf::see::{Look, SeeSettings};
use schemas::{CameraId, EventTime, SlotId, Tick, TickLength};
use std::collections::BTreeMap;

/// One glance at one front: red, green and blue of each cell; none while it is covered.
pub type View = (EventTime, Option<Vec<u8>>);

/// Levels a sixteenth of a level apart.
type Steps = Vec<i32>;

struct Change {
    told: EventTime,
    camera: CameraId,
    from: EventTime,
    until: EventTime,
    cells: u32,
    again: bool,
}

/// What changed in each slot, with the tick at which it is told; `views` in order of time, those of all slots of a camera at the same times;
/// `rack` says of which rack a slot is.
pub fn slow_looks(
    views: &BTreeMap<(CameraId, SlotId), Vec<View>>,
    rack: impl Fn(SlotId) -> usize,
    tick: TickLength,
    settings: &SeeSettings,
) -> Vec<(Tick, Look)> {
    let mut looks = Vec::new();
    let mut slots = BTreeMap::<SlotId, Vec<Change>>::new();
    let mut racks = BTreeMap::<(CameraId, usize), Vec<(SlotId, &Vec<View>)>>::new();
    for ((camera, slot), views) in views {
        racks.entry((*camera, rack(*slot))).or_default().push((*slot, views));
    }
    for ((camera, _), of_rack) in racks {
        for (slot, change) in changes(camera, &of_rack, settings) {
            slots.entry(slot).or_default().push(change);
        }
    }
    for (slot, mut changes) in slots {
        changes.sort_by_key(|change| (change.told, change.camera));
        // The first tick that ends when others were waited for.
        let due = |group: &Vec<Change>| tick.tick(group[0].told.plus_us(i64::from(settings.gather_ms) * 1000 - 1));
        let mut groups: Vec<Vec<Change>> = Vec::new();
        for change in changes {
            let is_over = |group: &Vec<Change>| due(group) < tick.tick(change.told);
            let recent = |group: &Vec<Change>| change.told.since_us(span(group).1) <= 60_000_000;
            let common = |group: &Vec<Change>| change.from < span(group).1 && span(group).0 < change.until;
            let is_known = groups.iter().any(|group| is_over(group) && recent(group) && common(group));
            match groups.last_mut() {
                _ if is_known => {}
                Some(open) if !is_over(open) => {
                    if common(open) {
                        open.push(change);
                    }
                }
                _ => groups.push(vec![change]),
            }
        }
        looks.extend(groups.iter().map(|group| {
            let (from, until) = span(group);
            let again = group.iter().any(|change| change.again);
            let cells = group.iter().map(|change| change.cells).max().unwrap_or(0);
            let cameras = group.len() as u32;
            (due(group), Look { slot, from, until, cells, again, cameras })
        }));
    }
    looks
}

fn span(group: &[Change]) -> (EventTime, EventTime) {
    let from = group.iter().map(|change| change.from).max();
    let until = group.iter().map(|change| change.until).min();
    (from.expect("a change"), until.expect("a change"))
}

/// How many cells look different.
fn differing(a: &[i32], b: &[i32], settings: &SeeSettings) -> u32 {
    let far = |at: usize| (a[at] - b[at]).abs() > 16 * settings.cell_levels as i32;
    (0..a.len() / 3).filter(|cell| (0..3).any(|channel| far(3 * cell + channel))).count() as u32
}

fn same(a: &[i32], b: &[i32], settings: &SeeSettings) -> bool {
    differing(a, b, settings) < settings.cells_min
}

fn steps(look: &[u8]) -> Steps {
    look.iter().map(|level| 16 * i32::from(*level)).collect()
}

fn mean(views: &[View]) -> Steps {
    let looks: Vec<&Vec<u8>> = views.iter().filter_map(|(_, look)| look.as_ref()).collect();
    let sum = |at: usize| looks.iter().map(|look| i32::from(look[at])).sum::<i32>();
    (0..looks[0].len()).map(|at| 16 * sum(at) / looks.len() as i32).collect()
}

/// What is known of one front since its last change: what it looked like then, and when and at which glance that was; what it looked like before.
#[derive(Clone, Default)]
struct Epoch {
    first: Steps,
    last: EventTime,
    begin: usize,
    looks: Vec<Steps>,
}

/// What is steady before a glance that differs, when it was last seen so, where the run began, and whether anybody was there meanwhile.
struct Run {
    steady: Steps,
    last: EventTime,
    start: usize,
    alone: bool,
}

impl Epoch {
    /// The run of glance `k`; none where it is covered or looks as it did.
    fn run(&self, views: &[View], k: usize, settings: &SeeSettings) -> Option<Run> {
        let (mut steady, mut last, mut start) = (self.first.clone(), self.last, None);
        for (i, (at, look)) in views.iter().enumerate().take(k + 1).skip(self.begin) {
            let Some(look) = look.as_deref().map(steps) else {
                start = None;
                continue;
            };
            if look.len() == steady.len() && same(&steady, &look, settings) {
                steady = steady.iter().zip(&look).map(|(steady, look)| steady + (look - steady) / 16).collect();
                (last, start) = (*at, None);
                continue;
            }
            start = start.filter(|&start: &usize| same(&mean(&views[start..i]), &look, settings)).or(Some(i));
        }
        let since = views[self.begin..k].iter().filter(|(at, _)| *at > last);
        let alone = since.clone().all(|(_, look)| look.is_some());
        start.map(|start| Run { steady, last, start, alone })
    }
}

/// Changes of the slots of one rack, as one camera saw them.
fn changes(camera: CameraId, rack: &[(SlotId, &Vec<View>)], settings: &SeeSettings) -> Vec<(SlotId, Change)> {
    let mut epochs = vec![Epoch::default(); rack.len()];
    let mut changes = Vec::new();
    for k in 0..rack[0].1.len() {
        let runs: Vec<Option<Run>> =
            epochs.iter().zip(rack).map(|(epoch, (_, views))| epoch.run(views, k, settings)).collect();
        let differs = |run: &Run| !run.steady.is_empty() && run.start < k;
        let many = runs.iter().flatten().filter(|run| differs(run)).count() >= settings.crowd_slots as usize;
        for ((epoch, (slot, views)), run) in epochs.iter_mut().zip(rack).zip(runs) {
            let Some(Run { steady, last, start, alone }) = run else { continue };
            let after = mean(&views[start..=k]);
            let known = !steady.is_empty();
            let cells = if known { differing(&steady, &after, settings) } else { 0 };
            let hidden = known && (many || cells as usize * 1000 > settings.share_permille as usize * after.len() / 3);
            let waits_ms = if hidden {
                settings.adopt_ms
            } else if known && alone {
                settings.settle_alone_ms.max(settings.settle_ms)
            } else {
                settings.settle_ms
            };
            let (told, until) = (views[k].0, views[start].0);
            if k - start < 2 || told.since_us(until) < i64::from(waits_ms) * 1000 {
                continue;
            }
            let again = epoch.looks.iter().rev().take(4).any(|look| same(look, &after, settings));
            if known {
                epoch.looks.push(steady);
            }
            if known && !hidden {
                changes.push((*slot, Change { told, camera, from: last, until, cells, again }));
            }
            (epoch.first, epoch.last, epoch.begin) = (after, told, k + 1);
        }
    }
    changes
}
