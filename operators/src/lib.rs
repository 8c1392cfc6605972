//! Dataflow operators of Aisleflow.
//!
//! ```text
//!  frames (pixels stay on their worker)
//!    | detect      in place: motion gate, then Detector, Embedder, Poser in a pool
//!    v
//!  FrameDetections        rows of a `detections` camera join here
//!    | admit       drops who is outside the shop, by the camera's regions
//!    | track       by tick, per camera
//!    v
//!  Sighting, Tracklet     every operator also gives faults
//!
//!  Stitched: steps and bindings of stretches, which may be revised
//!    | bind        in differential dataflow: who was where, corrected with every change of mind
//!    | conclude    by tick: final once no correction can come
//!    v                                    | identify    by tick, with the codes of the gates: whose track it is, as a collection that
//!  Track, Membership                      |             follows every change of mind; visits and positions once they are final
//!                                         v
//!                          Attendance, Visit, ScanOutcome, Alert, Position
//!                                         | dwell       by tick: stays in zones, minutes of zones
//!                                         v
//!                                 Dwell, ZoneMinute, Alert
//!
//!  Sighting          ScaleSample
//!    | reach           | weigh       by tick, per scale: steady before, steady after
//!    v                 v
//!  Reach             WeightStep, Whereabouts, Attendance
//!    | attribute   by tick: who took what from which slot, as a collection that follows every change of mind
//!    |           (once final: stock, by tick: what lies in every slot)
//!    v
//!  Interaction, Attendance, Closing: may be revised; Verdict
//!    | decide      in differential dataflow: what somebody of the shop decided stands in its place
//!    | cart        in differential dataflow: what everybody has, corrected with every change of mind
//!    | settle      by tick: receipts, adjustments, charges; `promote` says what a cart costs
//!    v
//!  CartLineChange, Receipt, ReceiptLine, ReceiptAdjustment, Charge, Held, Alert
//!    | purchases, personalise   in differential dataflow: profiles, the next basket, what is due (see [`personal`])
//!    v
//!  Profile, Suggestion, Due; and `offer` by tick: Offer
//! ```
//!
//! Decisions are pure (`vision/*`, `identity/*`, `ledger/*`, `personal/*`); timely lives in [`flow::build`] alone. No file, socket, thread, environment or clock.

pub mod flow;
pub mod identity;
pub mod ledger;
pub mod personal;
pub mod reference;
pub mod settings;
pub mod shelf;
pub mod vision;

pub use flow::build::{ByTick, InPlace, by_tick, changes, in_place};
pub use flow::{Change, DataflowTime, Emits, Outbox, Rows, Ticks};
pub use identity::bind::{BindSettings, Bound, Whereabouts, bind};
pub use identity::conclude::{Concluded, conclude};
pub use identity::identify::{Doorway, Identified, IdentifySettings, Identifying, Rules, identify};
pub use identity::stitch::{Glimpse, Layout, Shop, Stitch, StitchSettings};
pub use ledger::cart::{Carts, cart, quantities};
pub use ledger::decide::{Decided, Deciding, decide};
pub use ledger::promote::{Bill, BillLine, Tariff};
pub use ledger::settle::{Settle, SettleSettings, Settlement, Settling, settle};
pub use personal::deeds::{Done, deeds};
pub use personal::forget::erased;
pub use personal::gather::{Personal, Personalising, personalise};
pub use personal::notice::{Noticed, Noticing, notice};
pub use personal::offer::{Campaign, Offering, Offers, Was};
pub use personal::purchases::purchases;
pub use personal::remind::{Remind, Reminding};
pub use personal::tell::tell;
pub use personal::trees::{Coefficients, Forest};
pub use shelf::attribute::{AttributeSettings, Attributed, Attributing, Clerk, Evidence, Trade, attribute};
pub use shelf::dwell::{DwellSettings, Dwells, Dwelt};
pub use shelf::fronts::{Front, fronts};
pub use shelf::reach::{Reach, Reaching, reach};
pub use shelf::see::{Look, See, SeeSettings, Seeing, Viewed};
pub use shelf::shelving::{Sight, SlotSpace, spaces};
pub use shelf::stock::Stock;
pub use shelf::weigh::{Weigh, WeighSettings, Weigher, told_within_us};
pub use vision::admit::{Admission, admit};
pub use vision::detect::{DetectSettings, Seers, detect};
pub use vision::gate::{Gate, GateSettings};
pub use vision::glance::{Glance, Glancing, glance};
pub use vision::track::{Track, TrackSettings};
