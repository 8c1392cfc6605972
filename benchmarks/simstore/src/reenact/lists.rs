//! The hand-labelled lists of the nanostore: who took what from which plates, in a shop stocked as each list says.
//!
//! Times are mixed: absolute, minutes of a video, or blank. Where a list's times cannot be used, its order is, with drawn pauses.

use super::Script;
use crate::life::Role;
use crate::life::places;
use crate::life::plan::{Act, Arrival, Guest, Keep, Stop, Tag, Visit};
use crate::seed::Seed;
use crate::world::{Article, Look, Shape, Stocking, World};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use schemas::EventTime;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Why the lists cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No such file, or not to be read.
    #[error("the lists are not to be read: {0}")]
    Read(#[from] std::io::Error),
    /// Not what they should be.
    #[error("the lists are not in the form of the nanostore's: {0}")]
    Form(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Lists {
    lists: Vec<List>,
}

#[derive(Deserialize)]
struct List {
    dataset: String,
    #[serde(rename = "events")]
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    observation: Observed,
    #[serde(default)]
    putback: i64,
}

#[derive(Deserialize)]
struct Observed {
    position: Position,
    #[serde(rename = "products", default)]
    articles: Vec<Listed>,
    time: Option<String>,
    target_id: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Position {
    gondola: i64,
    shelf: i64,
    #[serde(default)]
    plates: Vec<i64>,
}

#[derive(Clone, Deserialize)]
struct Listed {
    id: Option<String>,
    name: Option<String>,
    weight: Option<f64>,
}

/// Weight of an article that a list gives none for, mg.
const UNKNOWN_MG: i64 = 250_000;

/// One script for each list that is not empty, in `world`: a nanostore whose slots are called `G.S.P` (gondola, shelf, plate) or
/// `G.S.P-Q`, as its builder does. Another shop serves for tests: there slots are found by number of gondola and shelf, and by
/// where a plate would be.
pub fn scripts(world: &World, file: &Path, start: EventTime, seed: Seed) -> Result<Vec<Script>, ListError> {
    let lists: Lists = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let full = lists.lists.into_iter().filter(|list| !list.rows.is_empty());
    Ok(full.enumerate().map(|(i, list)| script(world, &list, i as u64, start, seed)).collect())
}

/// Seconds of a row's time, from whatever it is written in: `m:ss + ...` or `...HH-MM-SS`.
fn seconds(time: &str) -> Option<f64> {
    let numbers =
        |text: &str, by: char| -> Option<Vec<f64>> { text.trim().split(by).map(|n| n.parse().ok()).collect() };
    let first = time.split('+').next()?.trim();
    if let Some(parts) = numbers(first, ':').filter(|parts| (2..=3).contains(&parts.len())) {
        return Some(parts.iter().fold(0.0, |sum, part| sum * 60.0 + part));
    }
    let clock = first.split('_').nth(1)?;
    numbers(clock, '-').filter(|parts| parts.len() == 3).map(|p| p[0] * 3_600.0 + p[1] * 60.0 + p[2])
}

/// From which to which plate a slot called `G.S.P` or `G.S.P-Q` reaches.
fn plates(name: &str) -> Option<[i64; 2]> {
    let last = name.rsplit('.').next().filter(|_| name.split('.').count() == 3)?;
    let (first, until) = last.split_once('-').unwrap_or((last, last));
    Some([first.parse().ok()?, until.parse().ok()?])
}

/// The slot on gondola and shelf that shares the most with these plates, or the nearest on the shelf; and whether it shares any.
fn slot(world: &World, position: &Position) -> Option<(usize, bool)> {
    let by_name = |name: &str| world.gondolas.iter().position(|gondola| gondola.name == name);
    let by_number = || usize::try_from(position.gondola - 1).ok().filter(|&g| g < world.gondolas.len());
    let gondola = by_name(&position.gondola.to_string()).or_else(by_number)?;
    let shelves = &world.gondolas[gondola].shelves;
    let board = format!("{}.{}", position.gondola, position.shelf);
    let by_number = || Some(usize::try_from(position.shelf - 1).ok()?.min(shelves.len().checked_sub(1)?));
    let shelf = shelves.iter().position(|shelf| shelf.name == board).or_else(by_number)?;
    let (low, high) = (position.plates.iter().min().copied(), position.plates.iter().max().copied());
    let (low, high) = (low.unwrap_or(1), high.unwrap_or(1));
    // Where slots are not called after plates: twelve to a gondola of full width, numbered from the left.
    let wide = world.gondolas[gondola].size.x / 12.0;
    let reach = |i: usize| {
        let s = &world.slots[i];
        plates(&s.name).unwrap_or_else(|| [s.from_mm, s.to_mm].map(|x| (x / wide + 0.5).round() as i64))
    };
    // How many plates are shared; below 1, how far off the nearest is.
    let shared = |&i: &usize| {
        let [first, last] = reach(i);
        let off = (2 * low.midpoint(high) - first - last).abs();
        (last.min(high) - first.max(low) + 1, -off)
    };
    let slots = (0..world.slots.len()).filter(|&i| world.slots[i].gondola == gondola && world.slots[i].shelf == shelf);
    let best = slots.max_by_key(shared)?;
    Some((best, shared(&best).0 > 0))
}

/// What is under way for one shopper of a list.
#[derive(Default)]
struct Shopper {
    stops: Vec<Stop>,
    /// What they have, by sku.
    has: BTreeMap<String, Vec<Tag>>,
    tag: Tag,
    last: Option<f64>,
}

fn script(world: &World, list: &List, number: u64, start: EventTime, seed: Seed) -> Script {
    let mut world = world.clone();
    let mut notes = Vec::new();
    let random = &mut seed.stream("list", &[number]);
    let times: Vec<Option<f64>> =
        list.rows.iter().map(|row| row.observation.time.as_deref().and_then(seconds)).collect();
    let usable = times.iter().all(Option::is_some);
    if !usable {
        notes.push("times are missing: the order is used, with drawn pauses".to_string());
    }
    let mut order: Vec<usize> = (0..list.rows.len()).collect();
    if usable {
        order.sort_by(|&a, &b| times[a].partial_cmp(&times[b]).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b)));
    }
    // What a slot holds is what the list first takes from it.
    let mut stocked: BTreeMap<usize, usize> = BTreeMap::new();
    for row in order.iter().map(|&i| &list.rows[i]).filter(|row| row.putback == 0) {
        let Some((slot, _)) = slot(&world, &row.observation.position) else { continue };
        if let Some(listed) = row.observation.articles.first() {
            let article = article(&mut world, listed, &mut notes);
            stocked.entry(slot).or_insert(article);
        }
    }
    for (&slot, &article) in &stocked {
        let pile = world.planogram.iter().position(|stocking| stocking.slot == slot);
        let width = (world.slots[slot].to_mm - world.slots[slot].from_mm).max(1.0);
        let columns = (width / (world.articles[article].shape.extent().x + 6.0)).floor().clamp(1.0, 6.0) as usize;
        let stocking = Stocking { slot, article, columns, deep: 4, high: 1 };
        match pile {
            Some(i) => world.planogram[i] = stocking,
            None => world.planogram.push(stocking),
        }
    }
    let acts = |row: &Row| row.observation.articles.len().max(1);
    let listed = list.rows.iter().map(acts).sum();
    let mut shoppers: BTreeMap<String, Shopper> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    for &i in &order {
        let row = &list.rows[i];
        let who = row.observation.target_id.as_ref().map_or_else(|| "unknown".to_string(), ToString::to_string);
        if !names.contains(&who) {
            names.push(who.clone());
        }
        let shopper = shoppers.entry(who).or_default();
        let pause = match (usable, shopper.last, times[i]) {
            (true, Some(last), Some(now)) => (now - last).clamp(0.0, 60.0),
            _ => random.random_range(1.0..5.0),
        };
        shopper.last = times[i];
        add_row(&world, row, shopper, pause, random, &mut notes);
    }
    let visits = names.iter().enumerate().map(|(i, who)| {
        let stops = shoppers.remove(who).map(|shopper| shopper.stops).unwrap_or_default();
        let guest = Guest {
            height_mm: random.random_range(1_600.0..1_850.0),
            build: random.random_range(0.9..1.1),
            figure: random.random(),
            bag: true,
            handed: usize::from(random.random_bool(0.9)),
            speed: random.random_range(950.0..1_200.0),
            stops,
        };
        Visit { role: Role::Member(number * 100 + i as u64), guests: vec![guest] }
    });
    let arrivals = vec![Arrival { after_us: 0, visits: visits.collect() }];
    let acts = arrivals[0].visits.iter().flat_map(|v| &v.guests).flat_map(|g| &g.stops).flat_map(|s| &s.acts);
    let planned = acts.filter(|act| matches!(act, Act::Take { .. } | Act::Return { .. })).count();
    Script { name: list.dataset.clone(), world, start, seed: Seed(seed.0 ^ number), arrivals, notes, listed, planned }
}

/// The index of a listed article, new in the catalog if need be.
fn article(world: &mut World, listed: &Listed, notes: &mut Vec<String>) -> usize {
    let sku = listed.id.clone().unwrap_or_else(|| "unknown".to_string());
    let weight_mg = listed.weight.filter(|&grams| grams > 1.0).map(|grams| (grams * 1_000.0).round() as i64);
    if weight_mg.is_none() {
        notes.push(format!("{sku} has no weight: {} g are assumed", UNKNOWN_MG / 1_000));
    }
    if let Some(i) = world.articles.iter().position(|article| article.sku == sku) {
        if let Some(weight_mg) = weight_mg {
            world.articles[i].weight_mg = weight_mg;
        }
        return i;
    }
    let weight_mg = weight_mg.unwrap_or(UNKNOWN_MG);
    let shape = match weight_mg {
        450_000.. => Shape::Bottle([72.0, 215.0]),
        200_000.. => Shape::Can([66.0, 122.0]),
        _ => Shape::Bag([90.0, 50.0, 170.0]),
    };
    let shade = |i: u64| 70 + (sku.bytes().map(u64::from).sum::<u64>() * (7 + i) % 110) as u8;
    world.articles.push(Article {
        name: listed.name.clone().unwrap_or_else(|| sku.clone()),
        category: "listed".into(),
        price_minor: 100,
        tax: "standard".into(),
        weight_mg,
        shape,
        look: Look { ground: [shade(1), shade(2), shade(3)], accent: [210, 205, 190], design: 0, words: String::new() },
        sku,
    });
    world.articles.len() - 1
}

/// One row: a stop at its plates, with the takes or the return that it tells of.
fn add_row(
    world: &World,
    row: &Row,
    shopper: &mut Shopper,
    pause: f64,
    random: &mut ChaCha8Rng,
    notes: &mut Vec<String>,
) {
    let place = &row.observation.position;
    let [gondola, shelf] = [place.gondola, place.shelf];
    let Some((slot, there)) = slot(world, place) else {
        notes.push(format!("there is no gondola {gondola} with a shelf {shelf}: a row is left out"));
        return;
    };
    if !there {
        let (asked, name) = (format!("{gondola}.{shelf}.{:?}", place.plates), &world.slots[slot].name);
        notes.push(format!("no slot has the plates {asked}: the nearest, {name}, is used"));
    }
    if row.observation.articles.is_empty() {
        notes.push("a row names no article: what lies there is taken".to_string());
    }
    let mut acts = Vec::new();
    // Walking, reaching and looking take some seconds of a pause by themselves.
    if pause > 6.0 {
        acts.push(Act::Look { slot, us: ((pause - 6.0) * 1e6) as i64 });
    }
    let unknown = [Listed { id: None, name: None, weight: None }];
    let listed = if row.observation.articles.is_empty() { &unknown[..] } else { &row.observation.articles[..] };
    for one in listed {
        let sku = one.id.clone().unwrap_or_else(|| "unknown".to_string());
        if row.putback != 0 {
            match shopper.has.get_mut(&sku).and_then(Vec::pop) {
                Some(tag) => acts.push(Act::Return { slot, tag }),
                None => notes.push(format!("{sku} is put back by somebody who did not take it: left out")),
            }
            continue;
        }
        let look_us = 1_000 * random.random_range(300..1_200);
        acts.push(Act::Take { slot, count: 1, tag: shopper.tag, linger_us: 0, look_us, keep: Keep::Bag });
        shopper.has.entry(sku).or_default().push(shopper.tag);
        shopper.tag += 1;
    }
    let (stand, heading) = places::before(world, slot, random.random_range(-100.0..100.0), 360.0);
    shopper.stops.push(Stop { stand, heading, meeting: None, acts, goes_on: false, hard: None });
}
