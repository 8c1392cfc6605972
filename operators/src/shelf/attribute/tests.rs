//! The clerk by what it is to say of small scenes, one for each hard kind; the operator's collection while minds change.

use super::*;
use crate::flow::twice::Machine;
use crate::shelf::shelving::{Sight, spaces};
use schemas::{
    Alternative, Article, AsOf, CameraId, Catalog, Currency, EventTime, FloorPoint, Gondola, PriceBook, ScaleId, Share,
    Shelf, Sku, Slot, SlotId, SpacePoint, Stocking, StretchId, TickLength, TrackletId,
};

mod pieces;
mod twin;

const ANNA: TrackId = TrackId(1);
const BEN: TrackId = TrackId(2);
const CAMERA: CameraId = CameraId(1);

fn sku(name: &str) -> Sku {
    Sku::new(name).expect("not empty")
}

/// One gondola along x from (0, 0), open towards smaller y: a shelf with tea and jam on plates of their own, and one with soap and salt on
/// one scale. Tea 250 g, jam 400 g, soap 250 g, salt 500 g; tea costs more from 100 s on.
fn trade() -> Trade {
    let slot = |id, from_mm| Slot { id: SlotId(id), name: format!("s{id}"), from_mm, to_mm: from_mm + 400 };
    let shelf = |board_mm, slots| Shelf { name: "b".into(), board_mm, clear_mm: 300, depth_mm: 400, slots };
    let shelves = vec![shelf(1000, vec![slot(1, 0), slot(2, 400)]), shelf(1400, vec![slot(3, 0), slot(4, 400)])];
    let gondola =
        Gondola { name: "g".into(), at: SpacePoint::default(), turn_mdeg: 0, size_mm: [800, 400, 2000], shelves };
    let goods = [(1, "tea", 250, 300), (2, "jam", 400, 250), (3, "soap", 250, 90), (4, "salt", 500, 60)];
    let (mut planogram, mut minor, mut catalog) = (AsOf::default(), AsOf::default(), Catalog::new());
    for (slot, name, grams, cents) in goods {
        let stocking = Stocking { sku: sku(name), facings: 1, capacity: None };
        planogram.insert(SlotId(slot), EventTime(0), Some(stocking)).expect("once");
        minor.insert(sku(name), EventTime(0), cents).expect("once");
        let article = Article {
            name: name.into(),
            category: None,
            unit_weight_mg: Some(grams * 1000),
            tax_class: None,
            size_mm: None,
            shape: None,
            image: None,
        };
        catalog.insert(sku(name), article);
    }
    minor.insert(sku("tea"), EventTime(100_000_000), 350).expect("once");
    Trade {
        tick: TickLength::from_us(100_000).expect("not zero"),
        spaces: spaces(&[gondola]).into_iter().map(|space| (space.slot, space)).collect(),
        scales: [(1, vec![1]), (2, vec![2]), (3, vec![3, 4])]
            .map(|(scale, slots)| (ScaleId(scale), slots.into_iter().map(SlotId).collect()))
            .into(),
        catalog,
        planogram,
        prices: Some(PriceBook { currency: Currency::new("EUR").expect("three capitals"), minor }),
        settings: AttributeSettings::default(),
    }
}

/// Somebody at (x, -500), seen by the camera as a tracklet of their own number.
fn at(tick: u64, track: TrackId, x_mm: i32) -> Evidence {
    let share = Share { camera: CAMERA, tracklet: Some(TrackletId(track.0)) };
    Evidence::At(Whereabouts {
        tick: Tick(tick),
        track,
        spread_mm: 60,
        at: FloorPoint { x_mm, y_mm: -500 },
        height_mm: 1750,
        stretch: StretchId(track.0),
        shares: vec![share],
    })
}

/// A hand of somebody in a slot, or high above the aisle, as the camera sees it.
fn hand(tick: u64, track: TrackId, slot: Option<u64>) -> Evidence {
    let at = slot.map_or([400.0, -700.0, 1600.0], |slot| [200.0 + 400.0 * ((slot - 1) % 2) as f64, 50.0, 1150.0]);
    let from = [at[0], -2500.0, 2400.0];
    let share = from[2] / (from[2] - at[2]);
    let [x_mm, y_mm] = [0, 1].map(|i| (from[i] + share * (at[i] - from[i])) as i32);
    let [from_x, from_y, from_z] = from.map(|mm| mm as i32);
    let sight =
        Sight { from: SpacePoint { x_mm: from_x, y_mm: from_y, z_mm: from_z }, floor: FloorPoint { x_mm, y_mm } };
    let (event_time, tracklet) = (EventTime(tick as i64 * 100_000), Some(TrackletId(track.0)));
    Evidence::Hand(Reach { event_time, camera: CAMERA, tracklet, sight })
}

fn change(tick: u64, scale: u64, grams: i64) -> Evidence {
    let until = EventTime(tick as i64 * 100_000);
    Evidence::Step(WeightStep {
        scale: ScaleId(scale),
        from: until.plus_us(-300_000),
        until,
        change_mg: grams * 1000,
        sigma_mg: 1200,
    })
}

/// Cameras saw a slot change between two ticks.
fn look(tick: u64, slot: u64, since: u64, again: bool) -> Evidence {
    let [from, until] = [since, tick].map(|tick| EventTime(tick as i64 * 100_000));
    Evidence::Look(Look { slot: SlotId(slot), from, until, cells: 3, again, cameras: 1 })
}

/// What a clerk says of evidence by tick: who, what, how many, in which slot, at which price, and how surely.
fn told(trade: Trade, mut evidence: Vec<(u64, Evidence)>) -> Vec<Interaction> {
    let (mut clerk, mut said) = (Clerk::new(Arc::new(trade)), Vec::new());
    evidence.sort();
    while let Some(tick) =
        evidence.first().map(|(tick, _)| *tick).into_iter().chain(clerk.wake().map(|tick| tick.0)).min()
    {
        let now = evidence.iter().take_while(|(of, _)| *of == tick).count();
        let rows: Vec<Evidence> = evidence.drain(..now).map(|(_, row)| row).collect();
        clerk.step(Tick(tick), &rows, &mut said);
    }
    said
}

fn plain(said: &[Interaction]) -> Vec<(u64, &str, i64, u64, i64)> {
    let track = |row: &Interaction| row.track.map_or(0, |track| track.0);
    let price = |row: &Interaction| row.unit_price.map_or(0, |price| price.minor);
    said.iter()
        .map(|row| (track(row), row.sku.as_ref().map_or("?", Sku::as_str), row.quantity, row.slot.0, price(row)))
        .collect()
}

/// Anna stands at the left of the gondola, Ben at the right, from tick 10 to 60.
fn both() -> Vec<(u64, Evidence)> {
    (10..60).flat_map(|tick| [(tick, at(tick, ANNA, 200)), (tick, at(tick, BEN, 600))]).collect()
}

#[test]
fn a_take_and_its_return_keep_the_price_of_the_take() {
    let mut evidence: Vec<_> = (10..60).chain(1010..1030).map(|tick| (tick, at(tick, ANNA, 200))).collect();
    evidence.extend([(25, change(22, 1, -250)), (45, change(42, 1, -501)), (1020, change(1017, 1, 251))]);
    let said = told(trade(), evidence);
    // Two at 3.00 before, 3.50 now: what comes back is worth what was paid for it.
    assert_eq!(plain(&said), [(1, "tea", 1, 1, 300), (1, "tea", 2, 1, 300), (1, "tea", -1, 1, 300)]);
    assert!(said.iter().all(|row| row.confidence.unit() > 0.95), "{said:?}");
    assert_eq!(said[0].event_time, EventTime(2_050_000));
    assert_eq!(said[0].id, InteractionId::mint(ScaleId(1), EventTime(2_200_000), 0));
}

#[test]
fn who_reaches_farther_is_told_by_hands() {
    // Ben stands at the jam and reaches over to the tea; Anna, in front of it, has her hands elsewhere.
    let mut evidence = both();
    let nearest = told(trade(), both().into_iter().chain([(30, change(27, 1, -250))]).collect());
    assert_eq!(plain(&nearest)[0].0, 1, "without hands, whoever stands there");
    for tick in 22..28 {
        evidence.extend([(tick, hand(tick, ANNA, None)), (tick, hand(tick, BEN, Some(1)))]);
    }
    evidence.push((30, change(27, 1, -250)));
    let said = told(trade(), evidence);
    assert_eq!(plain(&said), [(2, "tea", 1, 1, 300)]);
    let other =
        Alternative { track: Some(ANNA), sku: Some(sku("tea")), quantity: 1, score: said[0].alternatives[0].score };
    assert_eq!(said[0].alternatives[0], other, "{said:?}");
}

#[test]
fn what_lies_across_two_plates_is_one_thing() {
    let spread = || {
        let mut trade = trade();
        let stocking = Stocking { sku: sku("tea"), facings: 1, capacity: None };
        trade.planogram.insert(SlotId(2), EventTime(1), Some(stocking)).expect("once");
        trade
    };
    let both = |first: i64, second: i64| {
        let mut evidence: Vec<_> = (10..60).map(|tick| (tick, at(tick, ANNA, 400))).collect();
        evidence.extend([(30, change(27, 1, first)), (30, change(28, 2, second))]);
        evidence
    };
    assert_eq!(plain(&told(spread(), both(-110, -140))), [(1, "tea", 1, 2, 300)]);
    // Tea on one plate and jam on the other share nothing.
    let apart = told(trade(), both(-110, -140));
    assert!(plain(&apart).iter().all(|row| row.1 != "tea"), "{apart:?}");
    // One from each is one from each.
    assert_eq!(plain(&told(spread(), both(-250, -250))).iter().map(|row| row.2).sum::<i64>(), 2);
}

#[test]
fn without_scales_a_changed_look_is_a_take_of_whose_hand_was_there_and_light_is_nobodys() {
    let mut evidence = both();
    for tick in 22..28 {
        evidence.extend([(tick, hand(tick, ANNA, None)), (tick, hand(tick, BEN, Some(1)))]);
    }
    let taken = (30, look(28, 1, 15, false));
    let once = told(trade(), evidence.iter().cloned().chain([taken.clone()]).collect());
    assert_eq!(plain(&once), [(2, "tea", 1, 1, 300)]);
    assert_eq!(once[0].id, InteractionId::seen(SlotId(1), EventTime(2_800_000), 0));
    // It looks as before again, and Ben has the tea and had his hand there.
    for tick in 42..48 {
        evidence.push((tick, hand(tick, BEN, Some(1))));
    }
    let twice = told(trade(), evidence.iter().cloned().chain([taken, (50, look(48, 1, 40, true))]).collect());
    assert_eq!(plain(&twice)[1..], [(2, "tea", -1, 1, 300)]);
    // Nobody was within reach for a minute.
    assert_eq!(told(trade(), evidence.into_iter().chain([(300, look(298, 1, 290, false))]).collect()), []);
}

#[test]
fn crossing_hands_at_once() {
    // Anna takes the jam and Ben the tea, each reaching across, within one change each.
    let mut evidence = both();
    for tick in 22..28 {
        evidence.extend([(tick, hand(tick, ANNA, Some(2))), (tick, hand(tick, BEN, Some(1)))]);
    }
    evidence.extend([(30, change(27, 1, -249)), (30, change(27, 2, -401))]);
    assert_eq!(plain(&told(trade(), evidence)), [(2, "tea", 1, 1, 300), (1, "jam", 1, 2, 250)]);
}

#[test]
fn two_people_take_one_each_of_the_same_at_once() {
    let mut evidence = both();
    for tick in 22..28 {
        evidence.extend([(tick, hand(tick, ANNA, Some(1))), (tick, hand(tick, BEN, Some(1)))]);
    }
    evidence.push((30, change(27, 1, -500)));
    let said = told(trade(), evidence);
    // It may as well have been two by one of them: it is told, and how unsure it is.
    let quantity: i64 = said.iter().map(|row| row.quantity).sum();
    assert_eq!(quantity, 2);
    assert!(said.iter().all(|row| row.confidence.unit() < 0.8 && !row.alternatives.is_empty()), "{said:?}");
}

#[test]
fn one_scale_under_two_slots_knows_them_by_weight() {
    let alone = |grams: i64| {
        let mut evidence: Vec<_> = (10..60).map(|tick| (tick, at(tick, ANNA, 300))).collect();
        evidence.push((30, change(27, 3, grams)));
        told(trade(), evidence)
    };
    assert_eq!(plain(&alone(-252)), [(1, "soap", 1, 3, 90)]);
    // Salt, or two soaps: one of something is likelier than two of something.
    assert_eq!(plain(&alone(-500)), [(1, "salt", 1, 4, 60)]);
    assert_eq!(alone(-500)[0].alternatives[0].sku, Some(sku("soap")));
    // Three soaps weigh what a soap and a salt do: what is told names the other.
    let both = alone(-751);
    assert_eq!(plain(&both), [(1, "soap", 3, 3, 90)]);
    assert_eq!(both[0].alternatives.iter().filter(|other| other.quantity == 1).count(), 2, "{both:?}");
}

#[test]
fn what_is_put_into_a_wrong_slot_is_put_back_and_taken_again_from_there() {
    let mut evidence = both();
    evidence.extend([
        (20, change(17, 1, -250)),
        (30, change(27, 2, 251)),
        (40, change(37, 2, -250)),
        (50, change(47, 2, -399)),
    ]);
    let said = told(trade(), evidence);
    // The tea goes from Anna into the jam's slot; Ben, who stands there, takes it, and then a jam.
    assert_eq!(
        plain(&said),
        [(1, "tea", 1, 1, 300), (1, "tea", -1, 2, 300), (2, "tea", 1, 2, 300), (2, "jam", 1, 2, 250)]
    );
}

#[test]
fn whoever_fills_a_shelf_is_not_taken_to_put_there_what_others_carry() {
    // Anna has a soap, which weighs as much as the tea that Ben, who took nothing, puts where tea belongs.
    let mut evidence: Vec<_> = (10..30).map(|tick| (tick, at(tick, ANNA, 200))).collect();
    evidence.extend((30..60).flat_map(|tick| [(tick, at(tick, ANNA, 9000)), (tick, at(tick, BEN, 200))]));
    evidence.extend([(20, change(17, 3, -250)), (50, change(47, 1, 250))]);
    let said = told(trade(), evidence);
    assert_eq!(plain(&said), [(1, "soap", 1, 3, 90), (2, "tea", -1, 1, 300)]);
    assert!(said[1].confidence.unit() > 0.95, "{said:?}");
}

#[test]
fn what_nothing_explains_waits_for_the_next_change() {
    // A hand rests on the plate and leaves it.
    let mut evidence = both();
    evidence.extend([(20, change(17, 1, 3170)), (45, change(42, 1, -3169))]);
    assert_eq!(told(trade(), evidence), []);
    // What is taken is held on the plate for a while.
    let mut evidence = both();
    evidence.extend([(20, change(17, 1, -120)), (45, change(42, 1, -131))]);
    assert_eq!(plain(&told(trade(), evidence)), [(1, "tea", 1, 1, 300)]);
    // Something else happens after all.
    let mut evidence = both();
    evidence.extend([(20, change(17, 1, -1120)), (45, change(42, 1, -250))]);
    assert_eq!(plain(&told(trade(), evidence)), [(1, "tea", 1, 1, 300), (1, "?", 1, 1, 0)]);
}

#[test]
fn what_somebody_has_who_left_long_ago_is_forgotten() {
    // Anna takes a tea and leaves. Somebody else puts a tea into the jam's slot: it is known for five minutes that there is one about.
    let back = |tick: u64| {
        let mut evidence: Vec<_> = (10..60).map(|tick| (tick, at(tick, ANNA, 200))).collect();
        evidence.extend((tick - 20..tick + 20).map(|tick| (tick, at(tick, BEN, 600))));
        evidence.extend([(20, change(17, 1, -250)), (tick, change(tick - 3, 2, 251))]);
        told(trade(), evidence)
    };
    assert_eq!(plain(&back(1000))[1..], [(2, "tea", -1, 2, 300)]);
    assert_eq!(plain(&back(4000))[1..], [(2, "?", -1, 2, 0)]);
    // What Ben knows of lies in nobody's basket.
    let mut clerk = Clerk::new(Arc::new(trade()));
    let rows = [at(10, ANNA, 200), change(7, 1, -250)];
    clerk.step(Tick(10), &rows, &mut Vec::new());
    clerk.step(Tick(4000), &[at(4000, BEN, 600)], &mut Vec::new());
    assert!(clerk.is_empty_handed());
}

#[test]
fn a_touch_does_not_widen_the_time_of_the_change_after_it() {
    // Ben touches the tea and goes; Anna comes three seconds later and takes one.
    let mut evidence: Vec<_> = (10..30).map(|tick| (tick, at(tick, BEN, 200))).collect();
    evidence.extend((40..70).map(|tick| (tick, at(tick, ANNA, 700))));
    evidence.extend([(20, change(17, 1, 0)), (60, change(57, 1, -250))]);
    assert_eq!(plain(&told(trade(), evidence)), [(1, "tea", 1, 1, 300)]);
}

#[test]
fn what_nobody_near_could_have_done_is_nobodys() {
    let far: Vec<_> = (10..60).map(|tick| (tick, at(tick, ANNA, 4000))).collect();
    let said = told(trade(), far.into_iter().chain([(30, change(27, 1, -250))]).collect());
    assert_eq!(plain(&said), [(0, "tea", 1, 1, 300)]);
    // Of no weight that lies there.
    let mut evidence = both();
    evidence.push((30, change(27, 1, -1111)));
    assert_eq!(plain(&told(trade(), evidence)), [(1, "?", 1, 1, 0)]);
    // A scale that nobody knows, and a touch, are nothing.
    let mut evidence = both();
    evidence.extend([(30, change(27, 9, -250)), (30, change(27, 1, 0))]);
    assert_eq!(told(trade(), evidence), []);
}
