//! How people walk around each other: of some velocities, the one that brings them on and near nobody; and a last word that nobody
//! steps into anybody or anything.

use super::floor::{BODY_MM, Floor};
use super::motion::DT;
use crate::world::Mm2;

/// Nobody's middle comes nearer to another's than this.
pub const TOUCH_MM: f64 = 460.0;
/// People keep this apart where they can.
pub const APART_MM: f64 = 760.0;
/// How far ahead one looks, s.
const AHEAD_S: f64 = 1.6;
/// Most change of velocity in a second, mm/s.
const PUSH: f64 = 2_200.0;

/// Somebody else, as one who walks sees them.
#[derive(Clone, Copy, Debug)]
pub struct Other {
    /// Number of the person.
    pub number: u32,
    /// Where.
    pub at: Mm2,
    /// Where to, mm/s.
    pub velocity: Mm2,
}

/// The velocity to aim at for one who would like `wish`.
pub fn choose(floor: &Floor, me: &Other, wish: Mm2, others: &[Other]) -> Mm2 {
    let near: Vec<&Other> = (others.iter())
        .filter(|other| other.number != me.number && (other.at - me.at).norm_squared() < 2_200.0f64.powi(2))
        .collect();
    let speed = wish.norm();
    if near.is_empty() || speed < 1.0 {
        return wish;
    }
    let along = wish / speed;
    let mut best = (wish, f64::INFINITY);
    for turn in [0.0f64, -0.35, 0.35, -0.8, 0.8, -1.3, 1.3, -2.0, 2.0] {
        let (s, c) = turn.sin_cos();
        let way = Mm2::new(c * along.x - s * along.y, s * along.x + c * along.y);
        for share in [1.0, 0.6, 0.25] {
            let velocity = way * (speed * share);
            let cost = cost(floor, me, wish, velocity, &near) + 8.0 * f64::from(u8::from(turn > 0.0));
            if cost < best.1 {
                best = (velocity, cost);
            }
        }
    }
    let still = cost(floor, me, wish, Mm2::zeros(), &near);
    if still < best.1 { Mm2::zeros() } else { best.0 }
}

fn cost(floor: &Floor, me: &Other, wish: Mm2, velocity: Mm2, near: &[&Other]) -> f64 {
    let mut cost = (velocity - wish).norm();
    if floor.clearance(me.at + velocity * 0.35) < BODY_MM + 20.0 {
        cost += 1_500.0;
    }
    for other in near {
        let (d, v) = (other.at - me.at, other.velocity - velocity);
        let speed = v.norm_squared();
        let t = if speed < 1.0 { 0.0 } else { (-d.dot(&v) / speed).clamp(0.0, AHEAD_S) };
        let closest = (d + v * t).norm();
        let urgent = 1.0 - 0.7 * t / AHEAD_S;
        if closest < TOUCH_MM + 40.0 {
            cost += urgent * (1_200.0 + 4.0 * (TOUCH_MM + 40.0 - closest));
        } else if closest < APART_MM {
            cost += urgent * 1.4 * (APART_MM - closest);
        }
    }
    cost
}

/// The velocity after one step towards `aim`.
pub fn pushed(velocity: Mm2, aim: Mm2) -> Mm2 {
    let change = aim - velocity;
    let most = PUSH * DT;
    if change.norm() <= most { aim } else { velocity + change.normalize() * most }
}

/// The step that one really takes: what would lead into somebody or something is slid along, or not taken.
pub fn step(floor: &Floor, me: &Other, others: &[Other]) -> Mm2 {
    let mut velocity = me.velocity;
    for other in others.iter().filter(|other| other.number != me.number) {
        let d = other.at - me.at;
        let gap = d.norm();
        if gap > TOUCH_MM + 60.0 {
            continue;
        }
        let towards = velocity.dot(&d) / gap.max(1.0);
        let may = ((gap - TOUCH_MM) / DT).max(0.0) * 0.5;
        if towards > may {
            velocity -= d / gap.max(1.0) * (towards - may);
        }
    }
    let allowed = |velocity: Mm2| {
        let to = me.at + velocity * DT;
        let room = floor.clearance(to);
        let free = room >= BODY_MM || room >= floor.clearance(me.at) - 1e-9;
        free && others.iter().all(|other| {
            let (before, after) = ((other.at - me.at).norm(), (other.at - to).norm());
            other.number == me.number || after >= TOUCH_MM || after >= before - 1e-9
        })
    };
    if allowed(velocity) {
        return velocity;
    }
    for turn in [0.5f64, -0.5, 1.0, -1.0, 1.5, -1.5] {
        let (s, c) = turn.sin_cos();
        let slid = Mm2::new(c * velocity.x - s * velocity.y, s * velocity.x + c * velocity.y) * (c.max(0.15));
        if allowed(slid) {
            return slid;
        }
    }
    Mm2::zeros()
}
