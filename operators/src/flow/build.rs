//! The only raw timely builders: [`by_tick`] (stash, frontier, wake-ups), [`in_place`] (pixels stay on their worker, results
//! come from elsewhere) and [`changes`] (what a collection did in a closed tick).
//!
//! Why the output is the same for any worker count, batch split and arrival order: `by_tick` hands a tick to its core only when
//! the frontier has passed it, so the batch is complete; the batch is sorted first; and the core sees ticks in order. A
//! core may ask to be woken at a later tick: the capability for it is held until then, so that what it says there is never late, and
//! silence is seen when the frontier passes, not when a clock says so.

use super::{Change, DataflowTime, Emits, Outbox, Rows, Ticks};
use differential_dataflow::consolidation::consolidate;
use schemas::contract::Wake;
use schemas::{Fault, Tick, Ticket};
use std::collections::BTreeMap;
use std::sync::Arc;
use timely::ExchangeData;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::{Capability, OkErr};
use timely::scheduling::SyncActivator;

/// An operator that acts once for every tick, on everything that happened in it.
pub trait ByTick: 'static {
    /// A row in. Its order is the order inside a batch: it must be total, so that a batch has one sorted form.
    type In: ExchangeData + Ord;
    /// A row out.
    type Out: 'static + Clone;
    /// Name in logs and metrics.
    const NAME: &'static str;

    /// Rows with the same number meet in the same core.
    fn route(row: &Self::In) -> u64;

    /// Acts on a closed tick: `batch` is sorted and complete. Gives the next tick to be woken at even if nothing comes;
    /// it must lie after `tick`. Cores that share a worker wake each other: a call with an empty batch that was not asked for
    /// must change nothing.
    fn close(&mut self, tick: Tick, batch: Vec<Self::In>, out: &mut Outbox<Self::Out>) -> Option<Tick>;
}

/// Runs `core` on `rows`, tick by tick.
pub fn by_tick<'s, C: ByTick>(rows: Ticks<'s, C::In>, mut core: C) -> Emits<'s, C::Out> {
    let exchange = Exchange::new(|row: &C::In| C::route(row));
    let said = rows
        .unary_frontier(exchange, C::NAME, |_capability, _info| {
            let mut stash: BTreeMap<DataflowTime, (Capability<DataflowTime>, Vec<C::In>)> = BTreeMap::new();
            let mut wake: Option<Capability<DataflowTime>> = None;
            let mut outbox = Outbox::default();
            move |(input, frontier), output| {
                input.for_each(|capability, rows| {
                    let Some(&tick) = capability.least() else { panic!("{}: rows without a time", C::NAME) };
                    let slot = stash.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Vec::new()));
                    slot.1.append(rows);
                });
                loop {
                    let next = stash.first_key_value().map(|(&tick, _)| tick);
                    let woken = wake.as_ref().map(|capability| *capability.time());
                    let Some(tick) = next.into_iter().chain(woken).min() else { break };
                    if frontier.frontier().less_equal(&tick) {
                        break;
                    }
                    let held = wake.take_if(|capability| *capability.time() == tick);
                    let (capability, mut batch) = match (stash.remove(&tick), held) {
                        (Some(stashed), _) => stashed,
                        (None, Some(capability)) => (capability, Vec::new()),
                        (None, None) => break,
                    };
                    batch.sort();
                    let deadline = core.close(Tick(tick), batch, &mut outbox);
                    wake = deadline.map(|deadline| {
                        assert!(deadline.0 > tick, "{}: asked at tick {tick} to be woken at {}", C::NAME, deadline.0);
                        capability.delayed(&deadline.0)
                    });
                    let (ok, faults) = outbox.take();
                    let rows = ok.into_iter().map(Ok).chain(faults.into_iter().map(Err));
                    output.session(&capability).give_iterator(rows);
                }
            }
        })
        .container::<Vec<Result<C::Out, Fault>>>();
    split(said)
}

/// An operator whose work is done elsewhere: it hands jobs over and takes results back, on the worker that had the row.
pub trait InPlace: 'static {
    /// A row in.
    type In: 'static + Clone;
    /// A row out.
    type Out: 'static + Clone;
    /// Name in logs and metrics.
    const NAME: &'static str;

    /// Sets what to call, from any thread, when there is something new to collect.
    fn wake_with(&mut self, wake: Wake);

    /// Takes a row under a ticket that no other row has, in arrival order. Never blocks.
    fn take(&mut self, ticket: Ticket, row: Self::In);

    /// Gives every ticket that is done to `done`, with what came of it. A ticket is done once.
    fn collect(&mut self, done: &mut dyn FnMut(Ticket, Outbox<Self::Out>));
}

/// Runs `core` on `rows` without moving them to another worker. The capability of a row is held until its ticket is done.
pub fn in_place<'s, C: InPlace>(rows: Ticks<'s, C::In>, mut core: C) -> Emits<'s, C::Out> {
    let worker = rows.scope().worker();
    let said = rows
        .unary(Pipeline, C::NAME, |_capability, info| {
            let activator: SyncActivator = worker.sync_activator_for(info.address.to_vec());
            // An error means that the worker is gone: nobody is left to wake.
            core.wake_with(Arc::new(move || {
                let _ = activator.activate();
            }));
            let mut held: BTreeMap<Ticket, Capability<DataflowTime>> = BTreeMap::new();
            let mut ticket: Ticket = 0;
            move |input, output| {
                input.for_each(|capability, rows| {
                    for row in rows.drain(..) {
                        let Some(capability) = capability.retain_least(0) else {
                            panic!("{}: a row without a time", C::NAME)
                        };
                        held.insert(ticket, capability);
                        core.take(ticket, row);
                        ticket += 1;
                    }
                });
                core.collect(&mut |ticket, mut outbox| {
                    let Some(capability) = held.remove(&ticket) else {
                        panic!("{}: ticket {ticket} is done twice", C::NAME)
                    };
                    let (ok, faults) = outbox.take();
                    let rows = ok.into_iter().map(Ok).chain(faults.into_iter().map(Err));
                    output.session(&capability).give_iterator(rows);
                });
            }
        })
        .container::<Vec<Result<C::Out, Fault>>>();
    split(said)
}

/// Updates of an open tick, and the right to speak of it.
type Held<D> = (Capability<DataflowTime>, Vec<(D, isize)>);

/// What a collection did in each tick, consolidated, said once the tick is closed. Between the workers' pieces of a tick and the
/// intermediate pairs of a join nothing may be believed; here it may.
pub fn changes<'s, D: ExchangeData + Ord>(rows: Rows<'s, D>, name: &str) -> Ticks<'s, Change<D>> {
    rows.inner
        .unary_frontier(Pipeline, name, |_capability, _info| {
            let mut stash: BTreeMap<DataflowTime, Held<D>> = BTreeMap::new();
            move |(input, frontier), output| {
                input.for_each(|capability, updates| {
                    for (row, tick, diff) in updates.drain(..) {
                        let slot = stash.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Vec::new()));
                        slot.1.push((row, diff));
                    }
                });
                while let Some(first) = stash.first_entry() {
                    if frontier.frontier().less_equal(first.key()) {
                        break;
                    }
                    let (capability, mut updates) = first.remove();
                    consolidate(&mut updates);
                    let rows = updates.into_iter().map(|(row, diff)| Change { row, diff: diff as i64 });
                    output.session(&capability).give_iterator(rows);
                }
            }
        })
        .container::<Vec<Change<D>>>()
}

/// Parts good rows from faults.
pub fn split<T: 'static + Clone>(said: Ticks<'_, Result<T, Fault>>) -> Emits<'_, T> {
    let (ok, faults) = said.ok_err(|row| row);
    Emits { ok, faults }
}
