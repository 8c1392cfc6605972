//! Identify: binds tracks to visits: who is in the shop on whose account, from the code at the gate to the way out.
//! In: changes of Whereabouts, CheckedScan | Out: Attendance as a collection that follows every change of mind; Visit, ScanOutcome,
//! Alert and Position, final | Key: the shop: all of it meets in one core | State: people of the last `hold + settle` ticks, open
//! visits, codes until they are void
//! Time: a visit opens with a code and closes when everybody has left or is lost; seen by frontier, never by clock.
//! Faults: none; a code that is refused is a row of `gate_scans`.
//!
//! All decisions are the [`Register`]'s, which is folded tick by tick and knows nothing of corrections. It is kept twice. One, the
//! base, runs `hold` behind the frontier, where everything is final, and says the final rows. The other, the head, runs as near to the
//! frontier as steps come, and says what is known now; when a row changes that it has seen, it goes back to a copy of itself from
//! before that tick, or to the base, and runs again. So a change of mind costs at most the ticks of the window, and what the head said of
//! a tick is, when the tick is final, what the base says: a run in which the mistake never was gives the same rows.
//!
//! ```
//! use operators::identity::identify::{IdentifySettings, Place, Register, Rules};
//! use schemas::{CheckedScan, Claim, CodeId, EventTime, FloorPoint, Gate, GateId, MemberId, Role, SpacePoint};
//! use schemas::{Tick, TickLength, TrackId, Ways, Zone};
//! use std::sync::Arc;
//!
//! let at = |x_mm, y_mm| FloorPoint { x_mm, y_mm };
//! let door = Zone::new("shop", "door", vec![at(0, 0), at(2000, 0), at(2000, 2000), at(0, 2000)]).expect("a zone");
//! let (reader, line) = (SpacePoint { x_mm: 1000, y_mm: 600, z_mm: 1000 }, [at(0, 1000), at(2000, 1000)]);
//! let gate = Gate { id: GateId(1), name: "gate".into(), ways: Ways::Both, zone: door.id(), reader, line };
//! let mut rules = Rules::new(TickLength::from_us(100_000).expect("not zero"), IdentifySettings::default(), 20);
//! (rules.doorway.gates, rules.doorway.entrances) = (vec![gate], vec![door]);
//! let mut register = Register::new(Arc::new(rules));
//!
//! let (track, mut said) = (TrackId(7), Vec::new());
//! let place = |y_mm| [Place { track, at: at(1000, y_mm), height_mm: 1750 }];
//! let claim = Claim { code: CodeId(2), member: MemberId(3), role: Role::Member, party: 1, void_at: EventTime(9_000_000) };
//! let now = EventTime(1_000_000);
//! let scan = CheckedScan { gate: GateId(1), event_time: now, received_at: now, claim: Ok(claim) };
//! register.step(Tick(10), &place(500), &[scan], &mut said);
//! assert_eq!(register.attendee(track).and_then(|who| who.member), Some(MemberId(3)));
//! register.step(Tick(11), &place(1300), &[], &mut said); // inside
//! register.step(Tick(12), &place(500), &[], &mut said); // and out again
//! ```

mod doorway;
mod register;
mod settings;
#[cfg(test)]
mod tests;

pub use doorway::{Doorway, Side};
pub use register::{Certain, Place, Register, Rules};
pub use settings::IdentifySettings;

use crate::flow::build::{ByTick, by_tick, changes};
use crate::flow::{Change, DataflowTime, Outbox, Rows, Ticks};
use crate::identity::bind::{BindSettings, Whereabouts};
use differential_dataflow::AsCollection;
use schemas::{Alert, Attendance, Attendee, CheckedScan, Closing, Position, ScanOutcome, Tick, TrackId, Visit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::Map;

/// The head is copied once in so many ticks: the fewer, the less it has to run again.
const COPY_TICKS: u64 = 16;

/// What it must know beside the rules.
#[derive(Clone, Debug)]
pub struct Identifying {
    /// The stitcher's promises.
    pub bind: BindSettings,
    /// Steps of a tick come at least so long after it, in ticks: the head runs that far behind.
    pub lag: u64,
    /// Everything that does not change.
    pub rules: Arc<Rules>,
}

impl Identifying {
    /// Positions are told so many ticks after their own.
    pub fn settled(&self) -> u64 {
        self.bind.hold() + self.rules.ticks(self.rules.settings.settle_ms)
    }
}

/// What is known.
pub struct Identified<'s> {
    /// Whose track it is, by what is known now; taken away when the visit is over and nothing may change its receipt any more.
    pub attendances: Rows<'s, Attendance>,
    /// Visits that are over, by what is known now; taken away when nothing may change their receipts any more.
    pub closings: Rows<'s, Closing>,
    /// Final, each `hold + settle` after its tick, with the visit.
    pub positions: Ticks<'s, Position>,
    /// Final, each `hold` after the tick that ended it.
    pub visits: Ticks<'s, Visit>,
    /// Final, each `hold` after its tick.
    pub scans: Ticks<'s, ScanOutcome>,
    /// Final, each `hold` after the tick that made it certain.
    pub alerts: Ticks<'s, Alert>,
}

/// Binds the tracks of `whereabouts` to the visits that `scans` begin.
pub fn identify<'s>(
    whereabouts: Rows<'s, Whereabouts>,
    scans: Ticks<'s, CheckedScan>,
    identifying: Identifying,
) -> Identified<'s> {
    let moved = changes(whereabouts, "Changes of whereabouts").map(Heard::Moved);
    let known = by_tick(moved.concat(scans.map(Heard::Scan)), Identify::new(identifying)).ok;
    let attendances =
        known.clone().flat_map(|known| if let Known::Attends(update) = known { Some(update) } else { None });
    let closings = known.clone().flat_map(|known| if let Known::Closes(update) = known { Some(update) } else { None });
    let positions = known.clone().flat_map(|known| if let Known::Placed(row) = known { Some(row) } else { None });
    let certain = known.flat_map(|known| if let Known::Certain(row) = known { Some(row) } else { None });
    let visits = certain.clone().flat_map(|row| if let Certain::Visit(row) = row { Some(row) } else { None });
    let scans = certain.clone().flat_map(|row| if let Certain::Scan(row) = row { Some(row) } else { None });
    let alerts = certain.flat_map(|row| if let Certain::Alert(row) = row { Some(row) } else { None });
    let (attendances, closings) = (attendances.as_collection(), closings.as_collection());
    Identified { attendances, closings, positions, visits, scans, alerts }
}

/// What identifying hears.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Heard {
    /// Where somebody is, or is no longer said to have been.
    Moved(Change<Whereabouts>),
    /// A code, at the tick of its event time.
    Scan(CheckedScan),
}

/// What it says.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Attends((Attendance, DataflowTime, isize)),
    Closes((Closing, DataflowTime, isize)),
    Placed(Position),
    Certain(Certain),
}

/// A register and the last tick that it has seen.
#[derive(Clone, Debug)]
struct Run {
    register: Register,
    tick: Option<Tick>,
}

/// What has been heard of ticks that are not final.
#[derive(Debug, Default)]
struct Recent {
    moved: BTreeMap<Tick, BTreeMap<Whereabouts, i64>>,
    scans: BTreeMap<Tick, Vec<CheckedScan>>,
}

impl Recent {
    fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.scans.is_empty()
    }

    /// The first tick after `tick` of which something was heard.
    fn next(&self, tick: Option<Tick>) -> Option<Tick> {
        let after = tick.map_or(Tick(0), |tick| Tick(tick.0 + 1));
        let moved = self.moved.range(after..).next().map(|(&tick, _)| tick);
        moved.into_iter().chain(self.scans.range(after..).next().map(|(&tick, _)| tick)).min()
    }

    fn step(&self, run: &mut Run, tick: Tick, out: &mut Vec<Certain>) {
        let moved = self.moved.get(&tick).into_iter().flatten().filter(|&(_, &count)| count > 0);
        let place = |row: &Whereabouts| Place { track: row.track, at: row.at, height_mm: row.height_mm };
        let mut places: Vec<Place> = moved.map(|(row, _)| place(row)).collect();
        places.sort();
        let mut scans = self.scans.get(&tick).cloned().unwrap_or_default();
        scans.sort();
        run.register.step(tick, &places, &scans, out);
        run.tick = Some(tick);
    }

    /// The next tick that `run` has to see, `until` at the latest.
    fn due(&self, run: &Run, until: Tick) -> Option<Tick> {
        let next = match run.tick {
            Some(tick) if !run.register.is_idle() => Some(Tick(tick.0 + 1)),
            tick => self.next(tick),
        };
        next.filter(|&next| next <= until)
    }
}

/// The operator's core.
#[derive(Debug)]
pub(crate) struct Identify {
    identifying: Identifying,
    recent: Recent,
    base: Run,
    head: Run,
    /// The head as it was, by the last tick that it had seen.
    copies: BTreeMap<Tick, Register>,
    /// Final rows that wait for their visits, with those that they had at their own tick.
    waiting: BTreeMap<Tick, Vec<(Option<Attendee>, Whereabouts)>>,
    /// What the collection of attendances holds.
    said: BTreeMap<TrackId, Attendee>,
    /// And that of closings.
    closed: BTreeSet<Closing>,
}

impl Identify {
    pub(crate) fn new(identifying: Identifying) -> Self {
        let run = Run { register: Register::new(identifying.rules.clone()), tick: None };
        let (base, head) = (run.clone(), run);
        let (recent, copies, waiting) = (Recent::default(), BTreeMap::new(), BTreeMap::new());
        let (said, closed) = (BTreeMap::new(), BTreeSet::new());
        Self { identifying, recent, base, head, copies, waiting, said, closed }
    }

    /// Notes what is heard; gives the first tick of which it is.
    fn hear(&mut self, now: Tick, batch: Vec<Heard>) -> Option<Tick> {
        let hold = self.identifying.bind.hold();
        let mut first: Option<Tick> = None;
        for heard in batch {
            let tick = match heard {
                Heard::Scan(scan) => {
                    self.recent.scans.entry(now).or_default().push(scan);
                    now
                }
                Heard::Moved(Change { row, diff }) => {
                    let tick = row.tick;
                    if tick.0 + hold < now.0 {
                        assert!(diff < 0, "bind changed {tick:?} at {now:?}, after it was final: {diff} of {row:?}");
                        continue;
                    }
                    let rows = self.recent.moved.entry(tick).or_default();
                    let count = rows.entry(row).or_insert(0);
                    *count += diff;
                    rows.retain(|_, count| *count != 0);
                    tick
                }
            };
            first = Some(first.map_or(tick, |first| first.min(tick)));
        }
        first
    }

    /// Runs the base to `until`, the last final tick, and tells what is due by then.
    fn settle(&mut self, until: Tick, out: &mut Outbox<Known>) {
        let settle = self.identifying.rules.ticks(self.identifying.rules.settings.settle_ms);
        let mut certain = Vec::new();
        loop {
            let step = self.recent.due(&self.base, until);
            let told =
                self.waiting.first_key_value().map(|(tick, _)| Tick(tick.0 + settle)).filter(|&due| due <= until);
            match (step, told) {
                (Some(step), told) if told.is_none_or(|told| step <= told) => {
                    self.recent.step(&mut self.base, step, &mut certain);
                    self.recent.scans.remove(&step);
                    if let Some(rows) = self.recent.moved.remove(&step).filter(|rows| !rows.is_empty()) {
                        let register = &self.base.register;
                        let with = |row: Whereabouts| (register.attendee(row.track), row);
                        self.waiting.insert(step, rows.into_keys().map(with).collect());
                    }
                }
                (_, Some(_)) => {
                    let Some((_, rows)) = self.waiting.pop_first() else { break };
                    for (then, row) in rows {
                        let attendee = self.base.register.attendee(row.track).or(then);
                        let position = row.position(self.identifying.bind.tick);
                        out.give(Known::Placed(Position { attendee, ..position }));
                    }
                }
                _ => break,
            }
        }
        out.ok.extend(certain.into_iter().map(Known::Certain));
    }

    /// Runs the head to `until`, again from before `changed` if it has seen that tick.
    fn look_ahead(&mut self, until: Tick, changed: Option<Tick>) {
        if changed.is_some_and(|changed| self.head.tick.is_some_and(|tick| changed <= tick)) {
            let changed = changed.unwrap_or_default();
            self.copies.split_off(&changed);
            let copy = self.copies.last_key_value().map(|(&tick, copy)| (Some(tick), copy.clone()));
            let copy = copy.filter(|(tick, _)| *tick >= self.base.tick);
            let (tick, register) = copy.unwrap_or_else(|| (self.base.tick, self.base.register.clone()));
            self.head = Run { register, tick };
        }
        if self.head.tick < self.base.tick {
            self.head = self.base.clone();
        }
        while let Some(tick) = self.recent.due(&self.head, until) {
            self.recent.step(&mut self.head, tick, &mut Vec::new());
            if tick.0 % COPY_TICKS == 0 {
                self.copies.insert(tick, self.head.register.clone());
            }
        }
        if let Some(base) = self.base.tick {
            self.copies = self.copies.split_off(&base);
        }
    }

    /// Tells how the attendances and the closings have changed.
    fn tell(&mut self, now: Tick, out: &mut Outbox<Known>) {
        let known = self.head.register.attendances();
        let attends = |(&track, &attendee): (&TrackId, &Attendee), diff| {
            Known::Attends((Attendance { track, attendee }, now.0, diff))
        };
        out.ok.extend(self.said.iter().filter(|(t, a)| known.get(t) != Some(a)).map(|row| attends(row, -1)));
        out.ok.extend(known.iter().filter(|(t, a)| self.said.get(t) != Some(a)).map(|row| attends(row, 1)));
        self.said = known;
        let closed: BTreeSet<Closing> = self.head.register.closings().collect();
        let closes = |closing: &Closing, diff| Known::Closes((*closing, now.0, diff));
        out.ok.extend(self.closed.difference(&closed).map(|closing| closes(closing, -1)));
        out.ok.extend(closed.difference(&self.closed).map(|closing| closes(closing, 1)));
        self.closed = closed;
    }
}

impl ByTick for Identify {
    type In = Heard;
    type Out = Known;
    const NAME: &'static str = "Identify";

    fn route(_heard: &Heard) -> u64 {
        // Whoever is on the floor may have shown the code.
        0
    }

    fn close(&mut self, tick: Tick, batch: Vec<Heard>, out: &mut Outbox<Known>) -> Option<Tick> {
        let changed = self.hear(tick, batch);
        if let Some(last) = tick.0.checked_sub(self.identifying.bind.hold()) {
            self.settle(Tick(last), out);
        }
        if let Some(until) = tick.0.checked_sub(self.identifying.lag) {
            self.look_ahead(Tick(until), changed);
        }
        self.tell(tick, out);
        let done = self.recent.is_empty() && self.waiting.is_empty() && self.said.is_empty();
        (!done || !self.base.register.is_idle() || !self.head.register.is_idle()).then_some(Tick(tick.0 + 1))
    }
}
