//! Stitch, the plain way: whose box is whose by trying everything, and what somebody explains by leaving them out.

use super::best_pairs;

/// One person before one camera.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Believed people choose first.
    pub believed: bool,
    /// Chance of being found.
    pub chance: f64,
    /// For every box of the camera, the log likelihood that it is theirs; none where it cannot be.
    pub could: Vec<Option<f64>>,
}

impl Seen {
    fn missed(&self) -> f64 {
        (1.0 - self.chance).ln()
    }

    /// What each box gains over being missed; a box that gains nothing is nobody's.
    fn gains(&self, most: f64) -> Vec<Option<i64>> {
        let gain = |log: f64| ((log.min(most) + self.chance.ln() - self.missed()) * 1e6) as i64;
        self.could.iter().map(|log| log.map(gain).filter(|gain| *gain > 0)).collect()
    }
}

/// The gain of the likeliest pairing: believed people first, and those who are not with what is left. Gives the gains of both.
pub fn slow_pairs(people: &[Seen]) -> ([i64; 2], Vec<(usize, usize)>) {
    let (mut totals, mut pairs) = ([0; 2], Vec::<(usize, usize)>::new());
    for (turn, believed) in [true, false].into_iter().enumerate() {
        let gains = |person: &Seen| -> Vec<Option<i64>> {
            let own = if person.believed == believed { person.gains(f64::MAX) } else { vec![None; person.could.len()] };
            own.into_iter().enumerate().map(|(j, gain)| gain.filter(|_| pairs.iter().all(|pair| pair.1 != j))).collect()
        };
        let (total, found) = best_pairs(&people.iter().map(gains).collect::<Vec<_>>());
        totals[turn] = total;
        pairs.extend(found);
    }
    pairs.sort_unstable();
    (totals, pairs)
}

/// How much likelier one camera's boxes are with a person than without, when everybody else may take their box. Of each box, at
/// most `most` counts.
pub fn slow_explains(people: &[Seen], person: usize, most: f64) -> f64 {
    let total = |without: Option<usize>| {
        let there = people.iter().enumerate().filter(|(i, _)| Some(*i) != without);
        let gains: Vec<_> = there.clone().map(|(_, seen)| seen.gains(most)).collect();
        best_pairs(&gains).0 as f64 / 1e6 + there.map(|(_, seen)| seen.missed()).sum::<f64>()
    };
    total(None) - total(Some(person))
}
