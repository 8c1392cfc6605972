//! Runs the dataflow of `operators::personal` over a history: at once, or receipt by receipt with a watch beside it.

use crate::clock::Stopwatch;
use differential_dataflow::input::Input;
use operators::{Change, Personalising, Rows, Ticks, changes, personalise};
use schemas::{Ask, Due, EventTime, MemberId, Profile, Purchase, Suggestion};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use timely::dataflow::ProbeHandle;
use timely::dataflow::operators::vec::ToStream;
use timely::dataflow::operators::{Inspect, Probe};

/// What is said of members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Sorted.
    pub profiles: Vec<Profile>,
    /// Sorted.
    pub suggestions: Vec<Suggestion>,
    /// Sorted.
    pub due: Vec<Due>,
}

/// What one worker has seen so far of one kind of rows.
type Seen<T> = Arc<Mutex<BTreeMap<T, i64>>>;

/// One run.
#[derive(Clone, Debug)]
pub struct Task {
    /// What was bought, in the order of time; in each worker its share alone is fed.
    pub purchases: Arc<Vec<(Purchase, isize)>>,
    /// What is asked.
    pub asks: Arc<Vec<Ask>>,
    /// How it is answered.
    pub personalising: Personalising,
    /// Threads.
    pub workers: usize,
    /// So many receipts, the last ones, come one by one; all others at once, before them.
    pub one_by_one: usize,
}

/// Runs `task`; gives what is said in the end, and how long each receipt took that came alone.
///
/// # Errors
/// In words, when workers could not be started.
pub fn run(task: &Task) -> Result<(Said, Vec<Duration>), String> {
    let (profiles, suggestions, due) = (Seen::default(), Seen::default(), Seen::default());
    let told = (profiles.clone(), suggestions.clone(), due.clone());
    let times = Arc::new(Mutex::new(Vec::new()));
    let (timed, shared) = (times.clone(), task.clone());
    let guards = timely::execute(timely::Config::process(task.workers), move |worker| {
        let task = &shared;
        let probe = ProbeHandle::new();
        let (mut purchases, mut erased, mut asks) = worker.dataflow::<u64, _, _>(|scope| {
            let (purchases, bought) = scope.new_collection();
            let (erased, gone) = scope.new_collection::<(MemberId, EventTime), isize>();
            let (asks, asked) = scope.new_collection();
            // A history of receipts knows nothing else that anybody did.
            let deeds = Rows::new(Vec::new().to_stream(scope));
            let said = personalise(bought, deeds, gone, asked, task.personalising.clone());
            watch(changes(said.profiles, "Changes of profiles"), &told.0, &probe);
            watch(changes(said.suggestions, "Changes of suggestions"), &told.1, &probe);
            watch(changes(said.due, "Changes of what is due"), &told.2, &probe);
            (purchases, erased, asks)
        });
        // Receipts are dealt out by worker; the dataflow brings each to its member's.
        let (workers, index) = (worker.peers(), worker.index());
        let rows = &task.purchases;
        let mut starts: Vec<usize> =
            (0..rows.len()).filter(|&n| n == 0 || rows[n - 1].0.receipt != rows[n].0.receipt).collect();
        let alone = starts.split_off(starts.len().saturating_sub(task.one_by_one));
        let at_once = alone.first().copied().unwrap_or(rows.len());
        for (n, (row, quantity)) in rows[..at_once].iter().enumerate() {
            if n % workers == index {
                purchases.update(*row, *quantity);
            }
        }
        for ask in task.asks.iter().skip(index).step_by(workers) {
            asks.insert(*ask);
        }
        let mut spent = Vec::with_capacity(alone.len());
        for (n, &start) in alone.iter().enumerate() {
            let now = n as u64 + 1;
            purchases.advance_to(now);
            erased.advance_to(now);
            asks.advance_to(now);
            purchases.flush();
            erased.flush();
            asks.flush();
            if n == 0 {
                worker.step_or_park_while(None, || probe.less_than(&now));
            }
            let end = alone.get(n + 1).copied().unwrap_or(rows.len());
            let watch = Stopwatch::start();
            if n % workers == index {
                rows[start..end].iter().for_each(|(row, quantity)| purchases.update(*row, *quantity));
            }
            purchases.advance_to(now + 1);
            erased.advance_to(now + 1);
            asks.advance_to(now + 1);
            purchases.flush();
            erased.flush();
            asks.flush();
            worker.step_or_park_while(None, || probe.less_than(&(now + 1)));
            spent.push(watch.elapsed());
        }
        if index == 0 {
            *timed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = spent;
        }
    })?;
    for worker in guards.join() {
        worker?;
    }
    let times = std::mem::take(&mut *times.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    Ok((Said { profiles: rows(&profiles), suggestions: rows(&suggestions), due: rows(&due) }, times))
}

fn watch<T: Ord + Clone + 'static>(said: Ticks<'_, Change<T>>, seen: &Seen<T>, probe: &ProbeHandle<u64>) {
    let seen = seen.clone();
    let count = move |change: &Change<T>| {
        let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let times = seen.entry(change.row.clone()).or_default();
        *times += change.diff;
        if *times == 0 {
            seen.remove(&change.row);
        }
    };
    said.inspect(count).probe_with(probe);
}

fn rows<T: Ord + Clone + std::fmt::Debug>(seen: &Seen<T>) -> Vec<T> {
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    let once = |(row, times): (T, i64)| {
        assert!(times == 1, "{row:?} is said {times} times");
        row
    };
    seen.into_iter().map(once).collect()
}
