//! The recorder: moments and frames in, truth out.

mod beside;

use super::acts::{Act, ConcealmentRow, CrossingRow, HandOverRow, InteractionRow, PressRow, ScanRow};
use super::devices::{ClockRow, OutageRow};
use super::people::{HabitRow, HardRow};
use super::places::{PositionRow, StayRow, within};
use super::seen::{FrameTruth, PersonRow};
use super::stays::Stays;
use super::visits::{LineRow, PersonPast, ReceiptRow, RefundRow, VisitPast};
use crate::gate::{RETRY_US, Signer, WrongCodes};
use crate::ledger::Ledger;
use crate::life::{Happening, Moment, Package, Person, Role, What};
use crate::seed::Seed;
use crate::table::{Row, Sink, Table, TableError};
use crate::world::{World, Zone};
use schemas::EventTime;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How many rows each table has.
pub type Counts = BTreeMap<&'static str, u64>;

/// Writes the truth of one simulation.
pub struct Recorder {
    world: Arc<World>,
    tick_us: i64,
    last: EventTime,
    ledger: Ledger,
    /// Who is or was there.
    persons: BTreeMap<u32, PersonPast>,
    visits: BTreeMap<u32, VisitPast>,
    articles: BTreeMap<Package, usize>,
    /// Packages out of sight, and whether that was meant.
    stowed: BTreeMap<Package, bool>,
    stays: Stays,
    wrong_codes: Option<(WrongCodes, Seed)>,
    signer: Option<Signer>,
    /// Good codes that were shown.
    scans: u64,
    sinks: Sinks,
}

macro_rules! sinks {
    ($($table:ident: $row:ty),* $(,)?) => {
        /// One file for each table.
        struct Sinks { $($table: Sink,)* }

        /// Every table of the truth, in the order in which they are described.
        pub const TABLES: &[Table] = &[$(<$row as Row>::TABLE),*];

        impl Sinks {
            fn create(folder: &Path, metadata: &[(&str, &str)]) -> Result<Self, TableError> {
                Ok(Self { $($table: Sink::create(<$row as Row>::TABLE, folder, metadata)?,)* })
            }

            fn close(self) -> Result<Counts, TableError> {
                Ok(Counts::from([$((stringify!($table), self.$table.close()?),)*]))
            }
        }
    };
}

sinks! {
    persons: PersonPast,
    visits: VisitPast,
    positions: PositionRow,
    zones: Zone,
    zone_stays: StayRow<'_>,
    interactions: InteractionRow<'_>,
    concealments: ConcealmentRow<'_>,
    hand_overs: HandOverRow<'_>,
    presses: PressRow<'_>,
    gate_scans: ScanRow<'_>,
    gate_crossings: CrossingRow<'_>,
    receipts: ReceiptRow<'_>,
    receipt_lines: LineRow<'_>,
    refunds: RefundRow<'_>,
    hard_kinds: HardRow,
    habits: HabitRow<'_>,
    clocks: ClockRow<'_>,
    outages: OutageRow<'_>,
    frames: FrameTruth<'_>,
    people: PersonRow<'_>,
}

impl Recorder {
    /// Begins the files under `folder`; positions are written at every start of a tick of `tick_us`.
    pub fn create(folder: &Path, world: Arc<World>, tick_us: i64) -> Result<Self, TableError> {
        let tick = tick_us.to_string();
        let mut sinks = Sinks::create(folder, &[("store", &world.name), ("tick_us", &tick)])?;
        for zone in &world.zones {
            sinks.zones.push(zone)?;
        }
        // Packages are numbered as the shop is filled: stocking by stocking.
        let count = |s: &crate::world::Stocking| s.columns.max(1) * s.deep.max(1) * s.high.max(1);
        let filled = world.planogram.iter().flat_map(|s| std::iter::repeat_n(s.article, count(s)));
        Ok(Self {
            tick_us: tick_us.max(1),
            last: EventTime::default(),
            ledger: Ledger::open(&world),
            persons: BTreeMap::new(),
            visits: BTreeMap::new(),
            articles: filled.enumerate().map(|(package, article)| (package as Package, article)).collect(),
            stowed: BTreeMap::new(),
            stays: Stays::new(&world.zones),
            wrong_codes: None,
            signer: None,
            scans: 0,
            sinks,
            world,
        })
    }

    /// Takes a moment; they come in order of time.
    pub fn moment(&mut self, moment: &Moment) -> Result<(), TableError> {
        self.last = moment.at;
        for present in &moment.present {
            self.meet(&present.person, moment.at);
        }
        for happening in &moment.happened {
            self.happening(happening)?;
        }
        self.ledger.observe(moment);
        for receipt in self.ledger.take_receipts() {
            self.sinks.receipts.push(&ReceiptRow(&receipt, &self.world))?;
            for line in &receipt.lines {
                self.sinks.receipt_lines.push(&LineRow(receipt.visit, line, &self.world))?;
            }
        }
        for refund in self.ledger.take_refunds() {
            self.sinks.refunds.push(&RefundRow(&refund, &self.world))?;
        }
        for stay in self.stays.moment(moment) {
            self.sinks.zone_stays.push(&stay)?;
        }
        if moment.at.0.rem_euclid(self.tick_us) == 0 {
            for present in &moment.present {
                let (person, place) = (&present.person, present.pose.at);
                self.sinks.positions.push(&PositionRow {
                    at: moment.at,
                    person: person.number,
                    visit: person.visit,
                    place,
                    heading: present.pose.heading,
                    inside: within(&self.world.outline, place),
                })?;
            }
        }
        Ok(())
    }

    /// Takes what one camera's picture truly shows; those of all cameras come in order of time, then of the cameras' names.
    pub fn frame(&mut self, frame: &FrameTruth<'_>) -> Result<(), TableError> {
        self.sinks.frames.push(frame)?;
        for person in frame.people {
            self.sinks.people.push(&PersonRow(frame, person))?;
        }
        Ok(())
    }

    /// Writes what is left, completes the files and counts their rows. Panics, in words, when goods were not conserved.
    pub fn close(mut self) -> Result<Counts, TableError> {
        self.ledger.audit();
        for stay in self.stays.close(self.last) {
            self.sinks.zone_stays.push(&stay)?;
        }
        for person in self.persons.values() {
            self.sinks.persons.push(person)?;
        }
        for visit in self.visits.values() {
            self.sinks.visits.push(visit)?;
        }
        self.sinks.close()
    }

    fn meet(&mut self, person: &Arc<Person>, at: EventTime) {
        if let Some(past) = self.persons.get_mut(&person.number) {
            past.gone = None;
            return;
        }
        self.persons.insert(person.number, PersonPast { person: Arc::clone(person), arrived: at, gone: None });
        let visit = self.visits.entry(person.visit).or_default();
        visit.visit = person.visit;
        visit.people += 1;
        match person.role {
            Role::Member(number) => visit.member = Some(number),
            Role::Staff(_) => visit.staff = true,
            Role::Tailgater => {}
        }
        if person.role != Role::Tailgater {
            visit.member_id = self.signer.as_ref().map(|signer| signer.member_id(&person.role));
        }
    }

    fn happening(&mut self, happening: &Happening) -> Result<(), TableError> {
        let at = happening.at;
        let Some(past) = self.persons.get(&happening.person) else {
            panic!("truth: person {} acts before being seen in any moment", happening.person);
        };
        let person = Arc::clone(&past.person);
        let act = Act { at, person: &person };
        let world = Arc::clone(&self.world);
        match happening.what {
            What::Arrive => {}
            What::Gone => {
                if let Some(past) = self.persons.get_mut(&person.number) {
                    past.gone = Some(at);
                }
            }
            What::Scan { gate, party } => {
                let visit = self.visits.entry(person.visit).or_default();
                visit.party = visit.party.or(Some(party));
                visit.scanned = visit.scanned.or(Some(at));
                let gate = &world.gates[gate].name;
                let wrong = self.wrong_codes.and_then(|(codes, seed)| codes.before(seed, self.scans));
                self.scans += 1;
                let mut act = act;
                if wrong.is_some() {
                    self.sinks.gate_scans.push(&ScanRow { act, gate, party, wrong })?;
                    act.at = at.plus_us(RETRY_US);
                }
                self.sinks.gate_scans.push(&ScanRow { act, gate, party, wrong: None })?;
            }
            What::Enter { gate } => {
                let visit = self.visits.entry(person.visit).or_default();
                visit.enter = visit.enter.or(Some(at));
                visit.inside += 1;
                self.sinks.gate_crossings.push(&CrossingRow { act, gate: &world.gates[gate].name, way: "in" })?;
            }
            What::Leave { gate } => {
                let visit = self.visits.entry(person.visit).or_default();
                visit.leave = Some(at);
                visit.inside = visit.inside.saturating_sub(1);
                self.sinks.gate_crossings.push(&CrossingRow { act, gate: &world.gates[gate].name, way: "out" })?;
            }
            What::Take { slot, column, package, hand } => {
                self.interaction(act, "take", Some(hand), [slot, column], package)?;
            }
            What::PutBack { slot, column, package, hand } => {
                self.interaction(act, "return", Some(hand), [slot, column], package)?;
            }
            What::Restock { slot, column, package } => {
                let home = world.planogram.iter().find(|s| s.slot == slot);
                let home =
                    home.unwrap_or_else(|| panic!("truth: nothing belongs into slot {slot}, which is restocked"));
                self.articles.insert(package, home.article);
                self.interaction(act, "restock", None, [slot, column], package)?;
            }
            What::Clear { slot, column, package } => {
                self.interaction(act, "clear", None, [slot, column], package)?;
                self.articles.remove(&package);
            }
            What::Stow { package, hand, place, hidden } => {
                self.stowed.insert(package, hidden);
                let sku = self.sku(package, &world);
                self.sinks.concealments.push(&ConcealmentRow { act, way: "in", hand, package, sku, place, hidden })?;
            }
            What::Unstow { package, hand, place } => {
                let hidden = self.stowed.remove(&package).unwrap_or(false);
                let sku = self.sku(package, &world);
                self.sinks.concealments.push(&ConcealmentRow { act, way: "out", hand, package, sku, place, hidden })?;
            }
            What::HandOver { package, hand, to, to_hand } => {
                let sku = self.sku(package, &world);
                let Some(to) = self.persons.get(&to) else { panic!("truth: a hand-over to nobody: person {to}") };
                let row = HandOverRow { act, hand, to: &to.person, to_hand, package, sku };
                self.sinks.hand_overs.push(&row)?;
            }
            What::Press { slot, force_mg, for_us } => {
                let slot = &world.slots[slot].name;
                self.sinks.presses.push(&PressRow { act, slot, force_mg, until: at.plus_us(for_us) })?;
            }
        }
        Ok(())
    }

    fn article(&self, package: Package) -> usize {
        *self.articles.get(&package).unwrap_or_else(|| panic!("truth: package {package} was never in the shop"))
    }

    fn sku<'w>(&self, package: Package, world: &'w World) -> &'w str {
        &world.articles[self.article(package)].sku
    }

    fn interaction(
        &mut self,
        act: Act<'_>,
        way: &'static str,
        hand: Option<usize>,
        [slot, column]: [usize; 2],
        package: Package,
    ) -> Result<(), TableError> {
        let world = &self.world;
        let article = self.article(package);
        let belongs = |s: &&crate::world::Stocking| s.article == article;
        let here = world.planogram.iter().filter(belongs).find(|s| s.slot == slot);
        let home = here.or_else(|| world.planogram.iter().find(belongs)).map(|s| world.slots[s.slot].name.as_str());
        let (slot, sku) = (world.slots[slot].name.as_str(), world.articles[article].sku.as_str());
        self.sinks.interactions.push(&InteractionRow { act, way, hand, slot, column, sku, package, home })
    }
}
