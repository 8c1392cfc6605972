//! One camera's part in pairing: which box may be whose, and who gets it.
//!
//! While a tick is paired each camera is asked several times, mostly for the same. So it keeps what it answered: a person is looked at
//! anew only where the other cameras now say something else of them, and hiding only where somebody near was moved by that.

use super::body::{Body, Ways};
use super::eye::{Hiding, Outline, Sight};
use super::pair::{Looked, Pairing, Scene, Told, known, odds};
use super::person::Person;
use super::reading::{Expected, Reading};
use crate::vision::track::{Pair, assign};

/// A log likelihood as the integer that `assign` compares.
pub(super) const GAIN: f64 = 1_000_000.0;

/// A camera that is asked about the people of one world at one tick.
pub(super) struct Asked<'a> {
    c: usize,
    looked: &'a Looked,
    /// Boxes that may be given away.
    free: &'a [bool],
    /// For each person what they may look like, by what the other cameras said of them; nobody whom this camera cannot see.
    guesses: Vec<Option<Vec<Guess>>>,
    hiding: Hiding<'a>,
    /// The last answer, and which guesses it was made of.
    last: Option<(Vec<Option<usize>>, Vec<Told>)>,
}

/// What the other cameras said of a person: camera, box, how it was read.
type Said = Vec<(usize, usize, Reading)>;

/// A box that could be somebody's, its log likelihood, and how it is read.
type Could = (usize, f64, Reading);

/// A person as the other cameras see them.
struct Guess {
    said: Said,
    body: Body,
    outline: Option<Outline>,
    expected: Option<Expected>,
    /// Boxes that could be theirs while so much of them is in view.
    could: Option<(Sight, Vec<Could>)>,
}

impl<'a> Asked<'a> {
    /// `others` are the outlines of people who are no part of this.
    pub fn new(c: usize, scene: &'a Scene, people: &[Person], free: &'a [bool], others: &'a [Option<Outline>]) -> Self {
        let looked = &scene.cameras[c];
        let near = |person: &Person| looked.eye.may_see(&person.body.state, looked.size).then(Vec::new);
        let guesses = people.iter().map(near).collect();
        let hiding = Hiding::new(&looked.eye, looked.size, people.len(), others);
        Self { c, looked, free, guesses, hiding, last: None }
    }

    /// This camera's pairing, where everybody is expected where `pairing` has them in the other cameras.
    pub fn answer(&mut self, scene: &Scene, people: &[Person], pairing: &Pairing, ways: &Ways) -> Vec<Told> {
        let chosen: Vec<Option<usize>> =
            (0..people.len()).map(|i| self.guess(i, scene, &people[i], pairing, ways)).collect();
        if let Some((before, told)) = &self.last
            && *before == chosen
        {
            return told.clone();
        }
        let outline = |(guesses, chosen): (&Option<Vec<Guess>>, &Option<usize>)| guesses.as_ref()?[(*chosen)?].outline;
        let sights = self.hiding.sights(self.guesses.iter().zip(&chosen).map(outline).collect());
        for (i, sight) in sights.iter().enumerate() {
            if let Some(k) = chosen[i] {
                self.compare(i, k, &people[i], *sight, ways);
            }
        }
        let told = self.give(people, &chosen, sights, ways);
        self.last = Some((chosen, told.clone()));
        told
    }

    /// Which guess is the person's, now that the others said so.
    fn guess(&mut self, i: usize, scene: &Scene, person: &Person, pairing: &Pairing, ways: &Ways) -> Option<usize> {
        let guesses = self.guesses[i].as_mut()?;
        let by = |(c, told): (usize, &Vec<Told>)| told.get(i)?.glance.map(|(glance, reading)| (c, glance, reading));
        let said: Said = pairing.iter().enumerate().filter(|(c, _)| *c != self.c).filter_map(by).collect();
        if let Some(known) = guesses.iter().position(|guess| guess.said == said) {
            return Some(known);
        }
        let mut body = person.body.clone();
        for (c, glance, reading) in &said {
            let other = &scene.cameras[*c];
            body.learn(&other.eye, &other.glances[*glance], reading, ways);
        }
        let outline = self.looked.eye.outline(&body.state).map(|outline| Outline { bent: body.bent, ..outline });
        guesses.push(Guess { said, body, outline, expected: None, could: None });
        Some(guesses.len() - 1)
    }

    /// Finds the boxes that could be a person's, of whom so much is in view.
    fn compare(&mut self, i: usize, guess: usize, person: &Person, sight: Sight, ways: &Ways) {
        let looked = self.looked;
        let Some(guess) = self.guesses[i].as_mut().map(|guesses| &mut guesses[guess]) else { return };
        if guess.could.as_ref().is_some_and(|(of, _)| *of == sight) {
            return;
        }
        let mut could = Vec::new();
        if sight.in_view && guess.expected.is_none() {
            guess.expected = guess.body.expected(&looked.eye);
        }
        if let Some(expected) = guess.expected.as_ref().filter(|_| sight.in_view) {
            for (j, glance) in looked.glances.iter().enumerate().filter(|(j, _)| self.free[*j]) {
                if let Some((log, reading)) = expected.likelihood(glance, &sight, ways) {
                    could.push((j, log + known(person, glance, looked, ways), reading));
                }
            }
        }
        guess.could = Some((sight, could));
    }

    /// Gives the boxes away so that the whole is likeliest, to believed people first.
    fn give(&self, people: &[Person], chosen: &[Option<usize>], sights: Vec<Sight>, ways: &Ways) -> Vec<Told> {
        let could = |i: usize| -> &[Could] {
            let guess = self.guesses[i].as_ref().zip(chosen[i]).map(|(guesses, k)| &guesses[k]);
            guess.and_then(|guess| guess.could.as_ref()).map_or(&[], |(_, could)| could)
        };
        let mut glance_of: Vec<Option<(usize, Reading)>> = vec![None; people.len()];
        let mut taken = vec![false; self.looked.glances.len()];
        for believed in [true, false] {
            let mut pairs = Vec::new();
            for i in (0..people.len()).filter(|&i| people[i].believed == believed) {
                for (j, log, _) in could(i).iter().filter(|(j, ..)| !taken[*j]) {
                    let gain = ((log + odds(&sights[i], ways)) * GAIN) as i64;
                    pairs.extend((gain > 0).then_some(Pair { row: i, column: *j, gain }));
                }
            }
            for Pair { row, column, .. } in assign(&pairs) {
                taken[column] = true;
                let given = could(row).iter().find(|(j, ..)| *j == column);
                glance_of[row] = given.map(|&(j, _, reading)| (j, reading));
            }
        }
        let told = |(i, sight): (usize, Sight)| Told {
            sight,
            glance: glance_of[i],
            could: could(i).iter().map(|&(j, log, _)| (j, log)).collect(),
        };
        sights.into_iter().enumerate().map(told).collect()
    }
}
