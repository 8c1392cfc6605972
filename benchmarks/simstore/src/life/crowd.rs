//! Who comes, when, and what for: an endless row of arrivals, each from its own stream of random numbers.

mod member;

use super::hard::{Planner, takes_two};
use super::plan::{Act, Arrival, Guest, Keep, Stop, Visit};
use super::{Life, Play, Role};
use crate::scenario::{Hard, People, Scenario};
use crate::seed::Seed;
use crate::world::{Mm2, World};
pub use member::{Habit, Member};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, Poisson};
use std::collections::{BTreeMap, VecDeque};

/// Everybody who comes.
pub struct Crowd {
    world: World,
    people: People,
    seed: Seed,
    next: u64,
    after_us: i64,
    shoppers: u32,
    /// Kinds that are still to be done, since they were asked for by name.
    wanted: VecDeque<Hard>,
    /// By member and habit: when it is next due, microseconds after the beginning.
    due: BTreeMap<(u64, usize), i64>,
    staff: u32,
}

impl Crowd {
    /// Everybody who comes to a shop.
    pub fn new(world: &World, people: &People, seed: Seed) -> Self {
        let most = people.hard.values().copied().max().unwrap_or(0);
        let wanted = (0..most)
            .flat_map(|i| people.hard.iter().filter(move |(_, count)| i < **count).map(|(&hard, _)| hard))
            .collect();
        let (world, people) = (world.clone(), people.clone());
        Self { world, people, seed, next: 0, after_us: 0, shoppers: 0, wanted, due: BTreeMap::new(), staff: 0 }
    }

    /// The member of a number: body, tastes and habits, the same in every visit.
    pub fn member(&self, number: u64) -> Member {
        Member::draw(&self.world, number, &mut self.seed.stream("member", &[number]))
    }

    /// What was planted, for whoever wants to find it again.
    pub fn habits(&self) -> Vec<Habit> {
        (0..u64::from(self.people.members)).flat_map(|number| self.member(number).habits).collect()
    }

    /// From the beginning to the last arrival so far, days.
    pub fn span_days(&self) -> f64 {
        self.after_us as f64 / 86_400e6
    }

    /// Slots of what a member came for.
    fn basket(&mut self, member: &Member, random: &mut ChaCha8Rng) -> Vec<(usize, usize)> {
        let mean = self.people.basket_mean.max(0.1);
        let size = (Poisson::new(mean).expect("a mean").sample(random) as usize).clamp(1, 25);
        let mut slots = Vec::new();
        for (i, habit) in member.habits.iter().enumerate() {
            let interval = (habit.interval_days * 86_400e6) as i64;
            let first = (habit.phase * interval as f64) as i64;
            let due = self.due.entry((member.number, i)).or_insert(first);
            if *due > self.after_us || slots.len() >= 2 * size {
                continue;
            }
            *due = self.after_us + (interval as f64 * (1.0 + 0.15 * (random.random::<f64>() * 2.0 - 1.0))) as i64;
            let article = if random.random_bool(habit.loyalty) {
                habit.article
            } else {
                let alike: Vec<usize> = (0..self.world.articles.len())
                    .filter(|&a| self.world.articles[a].category == habit.category)
                    .collect();
                alike[random.random_range(0..alike.len())]
            };
            let slot = Planner { world: &self.world, random }.slot_of(article);
            slots.extend(slot.map(|slot| (slot, if random.random_bool(0.12) { 2 } else { 1 })));
        }
        while slots.len() < size {
            let slot = Planner { world: &self.world, random }.any_slot();
            slots.push((slot, 1));
        }
        slots
    }

    /// Units of stops that belong together; kinds that take two come back for later.
    fn errands(
        &mut self,
        member: &Member,
        browses: bool,
        wanted: &mut Vec<Hard>,
        random: &mut ChaCha8Rng,
    ) -> Vec<Vec<Stop>> {
        let mut units = Vec::new();
        if browses {
            for _ in 0..random.random_range(2..6) {
                let mut planner = Planner { world: &self.world, random };
                let slot = planner.any_slot();
                let us = 1_000 * planner.random.random_range(1_500..7_000);
                units.push(vec![planner.stop(slot, vec![Act::Look { slot, us }])]);
            }
        } else {
            let basket = self.basket(member, random);
            let mut tag = 0;
            for (slot, count) in basket {
                let share = self.people.adversarial_share.clamp(0.0, 1.0);
                let hard = random.random_bool(share).then(|| Hard::ALL[random.random_range(0..Hard::DRAWN)].1);
                let mut planner = Planner { world: &self.world, random };
                match hard {
                    Some(hard) if takes_two(hard) && wanted.iter().all(|hard| !takes_two(*hard)) => wanted.push(hard),
                    Some(hard) if !takes_two(hard) => units.push(planner.alone(hard, slot, tag)),
                    _ => {
                        let keep = if planner.random.random_bool(0.8) { Keep::Bag } else { Keep::Hand };
                        let act = planner.take(slot, count, tag, keep);
                        units.push(vec![planner.stop(slot, vec![act])]);
                    }
                }
                tag = (tag + 2) % 180;
            }
        }
        let mut tag = 190;
        for hard in wanted.extract_if(.., |hard| !takes_two(*hard)) {
            let mut planner = Planner { world: &self.world, random };
            let slot = planner.any_slot();
            units.push(planner.alone(hard, slot, tag));
            tag += 2;
        }
        units
    }

    /// The nearest first, from the gate on.
    fn in_order(&self, mut units: Vec<Vec<Stop>>) -> Vec<Stop> {
        let mut at = self.world.gates.first().map_or(Mm2::zeros(), |gate| (gate.line[0] + gate.line[1]) / 2.0);
        let mut stops = Vec::new();
        while !units.is_empty() {
            let far = |unit: &Vec<Stop>| unit.first().map_or(0.0, |stop| (stop.stand - at).norm());
            let nearest = (0..units.len()).min_by(|&a, &b| far(&units[a]).total_cmp(&far(&units[b]))).unwrap_or(0);
            let unit = units.swap_remove(nearest);
            at = unit.last().map_or(at, |stop| stop.stand);
            stops.extend(unit);
        }
        stops
    }

    fn guest(member: &Member, stops: Vec<Stop>, random: &mut ChaCha8Rng) -> Guest {
        Guest {
            height_mm: member.height_mm,
            build: member.build,
            figure: random.random(),
            bag: random.random_bool(0.75),
            handed: member.handed,
            speed: member.speed * random.random_range(0.93..1.07),
            stops,
        }
    }

    fn arrival(&mut self) -> Arrival {
        let random = &mut self.seed.stream("visit", &[self.next]);
        let pause = match self.people.visits_per_hour {
            Some(rate) => {
                let gap: f64 = Exp1.sample(random);
                (gap * 3_600e6 / rate.max(1e-6)) as i64
            }
            None => random.random_range(1_500_000..6_000_000),
        };
        if self.next > 0 {
            self.after_us += pause;
        }
        let number = random.random_range(0..u64::from(self.people.members.max(1)));
        let member = self.member(number);
        let mut wanted: Vec<Hard> = (0..2).filter_map(|_| self.wanted.pop_front()).collect();
        if wanted.len() == 2 && wanted.iter().all(|hard| takes_two(*hard)) {
            self.wanted.push_front(wanted.remove(1));
        }
        let browses = wanted.is_empty() && random.random_bool(self.people.browsers_share.clamp(0.0, 1.0));
        let party = random.random_bool(self.people.parties_share.clamp(0.0, 1.0));
        let size = if party { random.random_range(2..=4) } else { 1 };
        let mut guests = Vec::new();
        for place in 0..size {
            let companion = Member::draw(&self.world, number, &mut self.seed.stream("companion", &[number, place]));
            let body = if place == 0 { &member } else { &companion };
            let units = if place == 0 || random.random_bool(0.5) {
                self.errands(&member, browses, &mut wanted, random)
            } else {
                self.errands(&member, true, &mut Vec::new(), random)
            };
            let stops = self.in_order(units);
            guests.push(Self::guest(body, stops, random));
        }
        let mut visits = vec![Visit { role: Role::Member(number), guests }];
        for (i, hard) in wanted.into_iter().enumerate() {
            self.pair_up(hard, i as u32, &mut visits, random);
        }
        if random.random_bool(self.people.tailgaters_share.clamp(0.0, 1.0)) {
            let stranger = Member::draw(&self.world, u64::MAX, random);
            let units = self.errands(&stranger, false, &mut Vec::new(), random);
            let stops = self.in_order(units.into_iter().take(3).collect());
            let guest = Self::guest(&stranger, stops, random);
            visits.push(Visit { role: Role::Tailgater, guests: vec![guest] });
        }
        Arrival { after_us: self.after_us, visits }
    }

    /// A kind that takes two: with somebody of the party, or with a stranger who comes right behind.
    fn pair_up(&mut self, hard: Hard, i: u32, visits: &mut Vec<Visit>, random: &mut ChaCha8Rng) {
        let both = Planner { world: &self.world, random }.together(hard, 2 * i, 220 + 4 * i as u8);
        let same_party = visits[0].guests.len() > 1 && random.random_bool(0.5);
        if !same_party && visits.len() < 2 {
            let number = (random.random_range(0..u64::from(self.people.members.max(2))) + 1)
                % u64::from(self.people.members.max(2));
            let member = self.member(number);
            let units = self.errands(&member, false, &mut Vec::new(), random);
            let stops = self.in_order(units.into_iter().take(2).collect());
            let guest = Self::guest(&member, stops, random);
            visits.push(Visit { role: Role::Member(number), guests: vec![guest] });
        }
        let [first, second] = both;
        let (a, b) = if same_party { ((0, 0), (0, 1)) } else { ((0, 0), (1, 0)) };
        if hard == Hard::SameClothes {
            let model = visits[a.0].guests[a.1].clone();
            let twin = &mut visits[b.0].guests[b.1];
            (twin.figure, twin.height_mm, twin.build) = (model.figure, model.height_mm, model.build);
            twin.bag = model.bag;
        }
        // Soon after the entry, so that the other does not wait for long.
        for ((visit, guest), stops) in [(a, first), (b, second)] {
            let own = &mut visits[visit].guests[guest].stops;
            let at = own.len().min(if own.first().is_some_and(|stop| stop.hard.is_some()) { 0 } else { 1 });
            let at = if own.iter().any(|stop| stop.meeting.is_some()) { own.len() } else { at };
            own.splice(at..at, stops);
        }
    }
}

impl Iterator for Crowd {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        if self.staff < self.people.staff {
            self.staff += 1;
            let number = u64::from(self.staff);
            let random = &mut self.seed.stream("staff", &[number]);
            let member = Member::draw(&self.world, u64::MAX, random);
            let guest = Guest { bag: false, figure: 7_000_000, ..Self::guest(&member, Vec::new(), random) };
            return Some(Arrival {
                after_us: 0,
                visits: vec![Visit { role: Role::Staff(number), guests: vec![guest] }],
            });
        }
        if self.people.shoppers_max.is_some_and(|most| self.shoppers >= most) {
            return None;
        }
        let arrival = self.arrival();
        self.next += 1;
        self.shoppers += arrival.people() as u32;
        Some(arrival)
    }
}

impl Life {
    /// The life of a scenario in its shop.
    pub fn new(world: &World, scenario: &Scenario) -> Self {
        let play = Play {
            start: scenario.start,
            seconds: Some(scenario.seconds),
            at_once_max: scenario.people.at_once_max as usize,
            arrivals: Box::new(Crowd::new(world, &scenario.people, scenario.seed)),
        };
        Self::play(world, play, scenario.seed)
    }
}
