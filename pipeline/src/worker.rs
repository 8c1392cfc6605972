//! Timely's workers: who owns which camera, and the loop that runs until every source has ended.

use crate::assemble::{Parts, assemble};
use crate::config::plan::Plan;
use std::sync::{Arc, Mutex};
use timely::dataflow::ProbeHandle;

/// Runs the graph on one worker for each of `parts`, until everything that came in has gone out. The error is
/// timely's, in words.
pub fn run(plan: &Plan, parts: Vec<Parts>) -> Result<(), String> {
    let config = timely::Config::process(parts.len());
    let parts: Mutex<Vec<Option<Parts>>> = Mutex::new(parts.into_iter().map(Some).collect());
    let plan = Arc::new(plan.clone());
    let guards = timely::execute(config, move |worker| {
        let index = worker.index();
        let parts = parts.lock().expect("no worker panics while it takes its parts")[index].take();
        let parts = parts.expect("each worker starts once");
        let done = ProbeHandle::new();
        worker.dataflow(|scope| assemble(scope, &plan, parts, &done));
        while !done.done() {
            worker.step_or_park(None);
        }
    })?;
    guards.join().into_iter().collect()
}
