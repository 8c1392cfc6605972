//! Panics: ours end the process, a library's on damaged bytes may be contained.
//!
//! A panic in one worker or thread does not stop its siblings, which would wait for it for ever. So a hook aborts the process, but
//! for the calls that [`contain`] surrounds.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// From now on a panic ends the process, after its message.
pub fn abort_on_panic() {
    let default = take_hook();
    set_hook(Box::new(move |panic| {
        if CONTAINED.get() {
            return;
        }
        default(panic);
        std::process::abort();
    }));
}

/// Calls `act`; none if it panicked. What `act` touches must not be used afterwards.
pub fn contain<T>(act: impl FnOnce() -> T) -> Option<T> {
    CONTAINED.set(true);
    let done = catch_unwind(AssertUnwindSafe(act));
    CONTAINED.set(false);
    done.ok()
}
