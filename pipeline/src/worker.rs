//! Timely's workers: who owns which camera, and the loop that runs until every source has ended.

use crate::assemble::{Parts, assemble};
use crate::config::plan::Plan;
use std::any::Any;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use timely::WorkerConfig;
use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::{AllocatorBuilder, Hooks};
use timely::dataflow::ProbeHandle;
use timely::execute::execute_from;

/// Who the workers of this process are among those of the run.
pub struct Place {
    /// This process.
    pub process: usize,
    /// A connection to each process but this one; none where there is only this one.
    pub peers: Vec<Option<TcpStream>>,
}

/// Runs the graph on one worker for each of `parts`, until everything that came in, in any process, has gone out. The error is
/// timely's, in words.
pub fn run(plan: &Plan, parts: Vec<Parts>, place: Place) -> Result<(), String> {
    let (threads, process) = (parts.len(), place.process);
    let (builders, others): (_, Box<dyn Any + Send>) = if place.peers.is_empty() {
        timely::CommunicationConfig::Process(threads).try_build()?
    } else {
        let hooks = Hooks::default();
        let locals = ProcessBuilder::new_typed_vector(threads, hooks.refill.clone(), None);
        let joined = initialize_networking_from_sockets(locals, place.peers, process, threads, hooks);
        let (builders, guard) = joined.map_err(|error| format!("the connections to other processes: {error}"))?;
        (builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard))
    };
    let parts: Mutex<Vec<Option<Parts>>> = Mutex::new(parts.into_iter().map(Some).collect());
    let plan = Arc::new(plan.clone());
    let guards = execute_from(builders, others, WorkerConfig::default(), move |worker| {
        let index = worker.index() - process * threads;
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
