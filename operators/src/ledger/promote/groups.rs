//! Divides units among promotions that are made of groups.

use super::{Bill, STATES_MAX, Saving, UNITS_MAX, group_size, single_saving};
use schemas::{Goods, Promotion, Terms};
use std::collections::{BTreeMap, BTreeSet};

/// One unit of a cart line.
#[derive(Clone, Debug)]
pub(super) struct Unit<'c> {
    goods: &'c Goods,
    price: i64,
    /// The best that it can have by itself.
    pub(super) single: Option<Saving>,
    /// The promotions in whose groups it may be, by their places in the tariff.
    pub(super) groups: Vec<usize>,
}

impl<'c> Unit<'c> {
    pub(super) fn new<'p>(
        goods: &'c Goods,
        price: i64,
        promotions: impl Iterator<Item = &'p (usize, &'p Promotion)>,
        member: bool,
    ) -> Self {
        let (mut single, mut groups) = (None::<Saving>, Vec::new());
        for &(place, promotion) in promotions {
            if group_size(promotion.terms).is_some() {
                groups.push(place);
                continue;
            }
            let minor = single_saving(promotion.terms, price, member);
            if minor > single.map_or(0, |single| single.minor) {
                single = Some(Saving { promotion: place, minor });
            }
        }
        Self { goods, price, single, groups }
    }
}

/// Divides each connected part of `units` (and how many there are of each) by itself, and takes the savings off `bill`.
pub(super) fn divide(promotions: &[Promotion], units: &[(Unit<'_>, i64)], bill: &mut Bill) {
    for (members, mut groups) in parts(units) {
        let size = |place: usize| group_size(promotions[place].terms).unwrap_or(1);
        let mut states = 1;
        groups.retain(|&place| {
            let fits = states * size(place) <= STATES_MAX;
            states *= if fits { size(place) } else { 1 };
            fits
        });
        let mut of_part: Vec<(&Unit<'_>, i64)> = members.iter().map(|&i| (&units[i].0, units[i].1)).collect();
        of_part.sort_by(|(a, _), (b, _)| b.price.cmp(&a.price).then_with(|| a.goods.cmp(b.goods)));
        let mut dealt: Vec<&Unit<'_>> = Vec::new();
        for (unit, count) in of_part {
            let room = i64::try_from(UNITS_MAX - dealt.len()).unwrap_or(0).min(count);
            dealt.extend((0..room).map(|_| unit));
            if let Some(line) = bill.lines.get_mut(unit.goods) {
                line.take_off(&unit.single, count - room);
            }
        }
        let groups: Vec<Group> =
            groups.into_iter().map(|place| Group { place, terms: promotions[place].terms }).collect();
        for (unit, saving) in dealt.iter().zip(savings(&dealt, &groups)) {
            if let Some(line) = bill.lines.get_mut(unit.goods) {
                line.take_off(&saving, 1);
            }
        }
    }
}

/// Units that promotions connect, with these promotions in order.
fn parts(units: &[(Unit<'_>, i64)]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut parts: Vec<(Vec<usize>, BTreeSet<usize>)> = Vec::new();
    for (i, (unit, _)) in units.iter().enumerate() {
        let groups: BTreeSet<usize> = unit.groups.iter().copied().collect();
        let (mut meets, rest): (Vec<_>, Vec<_>) =
            parts.into_iter().partition(|(_, promotions)| !promotions.is_disjoint(&groups));
        meets.push((vec![i], groups));
        let merged = meets.into_iter().fold((Vec::new(), BTreeSet::new()), |mut all, (members, promotions)| {
            all.0.extend(members);
            all.1.extend(promotions);
            all
        });
        parts = rest;
        parts.push(merged);
    }
    parts.into_iter().map(|(members, promotions)| (members, promotions.into_iter().collect())).collect()
}

/// A promotion made of groups.
#[derive(Clone, Copy, Debug)]
struct Group {
    place: usize,
    terms: Terms,
}

impl Group {
    fn size(self) -> usize {
        group_size(self.terms).unwrap_or(1)
    }

    /// What is gained when a unit of `price` becomes the group's unit `at`, from 0, in falling order of price.
    fn gain(self, at: usize, price: i64) -> i64 {
        match self.terms {
            Terms::MultiBuy { pay, .. } if at >= usize::try_from(pay).unwrap_or(usize::MAX) => price,
            Terms::Bundle { minor, .. } if at + 1 == self.size() => price - minor,
            Terms::Bundle { .. } => price,
            _ => 0,
        }
    }
}

/// By itself, not in a group.
const ALONE: u8 = u8::MAX;

/// What each of `units`, which are in falling order of price, saves by which promotion.
fn savings(units: &[&Unit<'_>], groups: &[Group]) -> Vec<Option<Saving>> {
    let chosen = choices(units, groups);
    let mut savings: Vec<Option<Saving>> = units.iter().map(|unit| unit.single).collect();
    for (number, group) in groups.iter().enumerate() {
        let members: Vec<usize> = (0..units.len()).filter(|&i| usize::from(chosen[i]) == number).collect();
        for members in members.chunks(group.size()) {
            let prices: Vec<i64> = members.iter().map(|&i| units[i].price).collect();
            for (&i, minor) in members.iter().zip(shares(*group, &prices)) {
                savings[i] = Some(Saving { promotion: group.place, minor });
            }
        }
    }
    savings
}

/// What each unit of one whole group saves.
fn shares(group: Group, prices: &[i64]) -> Vec<i64> {
    let Terms::Bundle { minor, .. } = group.terms else {
        return prices.iter().enumerate().map(|(at, &price)| group.gain(at, price)).collect();
    };
    // What is paid for the first of them, rounded down: the differences sum up to the whole.
    let sum: i128 = prices.iter().map(|&price| i128::from(price)).sum();
    let (mut before, mut paid) = (0, 0);
    let mut shares = Vec::new();
    for &price in prices {
        before += i128::from(price);
        let until = if sum == 0 { 0 } else { i128::from(minor) * before / sum };
        shares.push(price - i64::try_from(until - paid).unwrap_or(price));
        paid = until;
    }
    shares
}

/// The group into which each unit goes, or [`ALONE`]: of all ways that leave no group open, the one that saves the most.
fn choices(units: &[&Unit<'_>], groups: &[Group]) -> Vec<u8> {
    // A state is how many units each open group holds, as digits of one number; `stride` is what one unit of a group counts.
    let mut strides = Vec::new();
    let states = groups.iter().fold(1, |states, group| {
        strides.push(states);
        states * group.size()
    });
    let holds = |state: usize, number: usize| state / strides[number] % groups[number].size();
    let mut best: Vec<Option<i64>> = vec![None; states];
    best[0] = Some(0);
    let mut came: Vec<Vec<u8>> = Vec::with_capacity(units.len());
    let places: BTreeMap<usize, usize> = groups.iter().enumerate().map(|(number, g)| (g.place, number)).collect();
    for unit in units {
        let alone = unit.single.map_or(0, |single| single.minor);
        let mut next: Vec<Option<i64>> = best.iter().map(|gain| gain.map(|gain| gain + alone)).collect();
        let mut how = vec![ALONE; states];
        for number in unit.groups.iter().filter_map(|place| places.get(place).copied()) {
            let (group, stride) = (groups[number], strides[number]);
            for (state, gain) in best.iter().enumerate() {
                let Some(gain) = gain else { continue };
                let at = holds(state, number);
                let to = if at + 1 == group.size() { state - at * stride } else { state + stride };
                let gain = gain + group.gain(at, unit.price);
                if next[to].is_none_or(|other| gain > other) {
                    next[to] = Some(gain);
                    // At most ten groups of two fit into the states.
                    how[to] = u8::try_from(number).unwrap_or(ALONE);
                }
            }
        }
        best = next;
        came.push(how);
    }
    let mut state = 0;
    let mut chosen: Vec<u8> = Vec::with_capacity(units.len());
    for how in came.iter().rev() {
        let choice = how[state];
        chosen.push(choice);
        if choice != ALONE {
            let (number, size) = (usize::from(choice), groups[usize::from(choice)].size());
            let at = holds(state, number);
            state = if at == 0 { state + (size - 1) * strides[number] } else { state - strides[number] };
        }
    }
    chosen.reverse();
    chosen
}
