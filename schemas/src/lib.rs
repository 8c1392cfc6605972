//! Shared forms of Aisleflow and the words it uses.
//!
//! | word | meaning |
//! | --- | --- |
//! | frame | one decoded image with its camera and event time |
//! | detection | one person's box in one frame |
//! | tracklet | one shopper in one camera |
//! | sighting | one detection and, where there is one, the tracklet it belongs to |
//! | stretch | one shopper on the floor between two doubts, seen by any number of cameras |
//! | step | one stretch at one tick: where, and who saw it |
//! | track | one shopper across cameras: stretches joined, which may be revised |
//! | binding | which track a stretch is part of |
//! | position | one track at one tick, final |
//! | membership | which track a tracklet was part of, from when until when |
//! | region | a polygon in one camera's picture, in source pixels |
//! | zone | a polygon on the shop's floor, in millimetres |
//! | gondola | a rack of shelves, open to one side |
//! | shelf | one board of a gondola |
//! | slot | one place on one shelf, for one article |
//! | sku | stock keeping unit: the text by which a catalog names an article |
//! | planogram | which sku lies in which slot, from when on |
//! | price book | what a sku costs, from when on |
//! | scale | weighs one slot (a plate) or several (a shelf) |
//! | gate | where people come in and go out; its reader reads codes, its line is crossed |
//! | code | what a member shows at a gate: signed, short-lived, good for one visit |
//! | visit | from entry to exit: one person, or a party on one code |
//! | member | a known account behind visits, by pseudonym |
//! | attendee | one person of one visit |
//! | attendance | which attendee a track is, which may be revised |
//! | tailgater | somebody who came in at a gate without a code |
//! | interaction | somebody took something out of a slot or put it into one |
//! | cart line | how many of one sku, at one price, an open visit has |
//! | closing | a visit is over, by what is known now, which may be revised |
//! | receipt | what a visit was billed; final |
//! | adjustment | what was changed about a receipt afterwards |
//! | charge | what the payment provider is to be told, once |
//! | promotion | what makes articles cheaper, from when until when |
//! | purchase | one sku of one receipt of a member |
//! | suggestion | one sku of the shop that is proposed to a member (the field's "next basket") |
//! | due | the chance that a member buys of a habitual category within a week |
//! | reminder | what is due, said to a member at entry or before the exit |
//! | erasure | a member asks to be forgotten |
//! | occasion | when something is said to a member: after a receipt, at entry, before the exit |
//! | profile | what is known of one member from their receipts |
//! | campaign | which sku is made cheaper for whom, and how far it may go |
//! | offer | a sku made cheaper for one member while they dwell at its shelf |
//! | rebate | what an offer takes off one unit on the receipt of its visit |
//! | dwell | a finished stay of one attendee in one zone |
//! | alert | what somebody of the shop should know |
//! | tick | the unit of time that closes; `floor(event time / tick length)` |
//! | fault | a refused or damaged record, itself a row |
//! | model | a neural network with its manifest; its version stands on every row it caused |
//!
//! Units: time in microseconds UTC ([`EventTime`]), boxes and image points in 1/16 source pixel ([`Box2`]),
//! scores in 0..=10,000 ([`Score`]), lengths in millimetres, weights in milligrams, money in minor units ([`Money`]). Nothing here reads a clock, a file or a random number.

pub mod camera;
pub mod cart;
pub mod contract;
pub mod fault;
pub mod floor;
pub mod frame;
pub mod gate;
pub mod geometry;
pub mod ids;
pub mod ledger;
pub mod money;
pub mod personal;
pub mod review;
pub mod scale;
pub mod shopper;
pub mod stock;
pub mod store;
pub mod table;
pub mod time;
pub mod verdict;
pub mod visit;
pub mod whereabouts;
pub mod zone;

pub use camera::{CameraFault, CameraModel, Pinhole};
pub use cart::{Alternative, Interaction, WeightStep};
pub use contract::{Appearances, Crops, Detector, Embedder, Inference, InferenceFault, Pose, Poser, Poses, Ticket};
pub use fault::{Fault, FaultKind};
pub use floor::{Binding, FloorPoint, Rebinding, Share, SpacePoint, Step, Stitched};
pub use frame::{Detection, Embedding, Frame, FrameDetections, FrameMeta, Picture, Wrist};
pub use gate::{Gate, GateCrossing, GateScan, Way, Ways};
pub use geometry::{Box2, Point, Polygon, Score};
pub use ids::{
    CameraId, CategoryCode, CodeId, GateId, InteractionId, MemberId, ModelId, OfferId, ReceiptId, ScaleId, Sku,
    SkuCode, SlotId, StretchId, TrackId, TrackletId, VisitId, ZoneId,
};
pub use ledger::{
    CartLine, CartLineChange, Charge, Closing, FinalInteraction, Goods, Held, HeldReason, Promotion, Receipt,
    ReceiptAdjustment, ReceiptLine, Terms,
};
pub use money::{Currency, Money};
pub use personal::{
    Ask, Deed, Due, Erasure, Occasion, Offer, Profile, Purchase, Reason, Rebate, Reminder, Suggested, Suggestion,
};
pub use review::{ReviewCase, ReviewReason};
pub use scale::{Scale, ScaleSample};
pub use shopper::{Sighting, Tracked, Tracklet};
pub use stock::{StockChange, StockState};
pub use store::{
    Article, AsOf, Catalog, Gondola, GondolaFrame, PackageShape, Planogram, PriceBook, Shelf, Slot, Stocking,
};
pub use time::{EventTime, Tick, TickLength};
pub use verdict::{Decision, Dues, Ruling, Verdict};
pub use visit::{
    Alert, AlertKind, Attendance, Attendee, CheckedScan, Claim, Dwell, Manner, Refusal, Role, ScanOutcome, Visit,
    VisitEnd, VisitKind, ZoneMinute,
};
pub use whereabouts::{Membership, Position, Track};
pub use zone::{Zone, ZoneFault};
