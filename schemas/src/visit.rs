//! Visits: who is in the shop on whose account, from the code at the gate to the way out; stays in zones; alerts.

use crate::ids::{CodeId, GateId, MemberId, Sku, TrackId, VisitId, ZoneId};
use crate::money::Money;
use crate::time::EventTime;
use serde::{Deserialize, Serialize};

/// What whoever shows a code is in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// A member: pays.
    Member,
    /// One of staff: never billed.
    Staff,
}

impl Role {
    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Staff => "staff",
        }
    }
}

/// What a good code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Which code.
    pub code: CodeId,
    /// Whose.
    pub member: MemberId,
    /// As what.
    pub role: Role,
    /// How many it lets in.
    pub party: u32,
    /// From then on no reader takes it, whatever its clock says.
    pub void_at: EventTime,
}

/// Why a code is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// No PASETO v4.public token.
    NotACode,
    /// Signed by none of the shop's keys.
    Forged,
    /// Signed, but what it says is not what a code says.
    Malformed,
    /// Of another issuer.
    WrongIssuer,
    /// For another gate.
    WrongGate,
    /// Not yet valid.
    NotYetValid,
    /// No longer valid.
    Expired,
    /// Used before.
    Replayed,
    /// Nobody comes in by this gate.
    WayOut,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Refusal; 9] = [
        Self::NotACode,
        Self::Forged,
        Self::Malformed,
        Self::WrongIssuer,
        Self::WrongGate,
        Self::NotYetValid,
        Self::Expired,
        Self::Replayed,
        Self::WayOut,
    ];

    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotACode => "not_a_code",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongGate => "wrong_gate",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Replayed => "replayed",
            Self::WayOut => "way_out",
        }
    }
}

/// A code that was read at a gate and looked at: whether it was shown before is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CheckedScan {
    /// Where.
    pub gate: GateId,
    /// When, by the reader's clock as far as it is believed.
    pub event_time: EventTime,
    /// When it arrived in the shop's network.
    pub received_at: EventTime,
    /// What it says, or why it says nothing.
    pub claim: Result<Claim, Refusal>,
}

/// What became of a code: a row of `gate_scans`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScanOutcome {
    /// The code.
    pub scan: CheckedScan,
    /// The visit it began, or why it was refused.
    pub outcome: Result<VisitId, Refusal>,
}

/// Why somebody is in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VisitKind {
    /// On a member's code.
    Member,
    /// On a staff code.
    Staff,
    /// Came in at a gate without a code.
    Tailgater,
    /// Was found inside; nobody saw how they came in.
    Unexplained,
    /// Came in where no codes are asked for.
    Anonymous,
}

impl VisitKind {
    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Staff => "staff",
            Self::Tailgater => "tailgater",
            Self::Unexplained => "unexplained",
            Self::Anonymous => "anonymous",
        }
    }
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VisitEnd {
    /// Everybody left.
    Left,
    /// Somebody was not seen any more, inside: to be reviewed, never billed in silence.
    Lost,
    /// Nobody came in on the code.
    NoEntry,
}

impl VisitEnd {
    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Lost => "lost",
            Self::NoEntry => "no_entry",
        }
    }
}

/// One person of one visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attendee {
    /// The visit.
    pub visit: VisitId,
    /// Which of the party, from 0, in the order in which they came in.
    pub person: u32,
    /// Why they are there.
    pub kind: VisitKind,
    /// On whose account.
    pub member: Option<MemberId>,
}

/// Whose track it is: a row of a collection that may be revised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attendance {
    /// The track.
    pub track: TrackId,
    /// Who that is.
    pub attendee: Attendee,
}

/// One visit that is over: a row of `visits`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Visit {
    /// Identity.
    pub id: VisitId,
    /// Why they were there.
    pub kind: VisitKind,
    /// On whose account.
    pub member: Option<MemberId>,
    /// Where they came in.
    pub gate_in: Option<GateId>,
    /// Where the last of them went out.
    pub gate_out: Option<GateId>,
    /// When the code was shown.
    pub scanned_at: Option<EventTime>,
    /// When the first of them was inside.
    pub entered_at: Option<EventTime>,
    /// When the last of them was outside, or last seen.
    pub left_at: Option<EventTime>,
    /// Start of the tick that ended it.
    pub closed_at: EventTime,
    /// How it ended.
    pub end: VisitEnd,
    /// For how many the code was shown.
    pub party: Option<u32>,
    /// How many came in.
    pub people: u32,
    /// How many of them were not seen leaving.
    pub lost: u32,
    /// How far all of them went inside, in millimetres, by steps of at least 300.
    pub path_mm: u64,
    /// The first zone inside in which the first of them was.
    pub zone_first: Option<ZoneId>,
    /// The last zone inside in which the last of them was.
    pub zone_last: Option<ZoneId>,
    /// Their tracks, in order.
    pub tracks: Vec<TrackId>,
}

/// How somebody was in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Manner {
    /// Went through.
    Passed,
    /// Stood still for some time.
    Stopped,
    /// Stood still for long.
    Loitered,
}

impl Manner {
    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Stopped => "stopped",
            Self::Loitered => "loitered",
        }
    }
}

/// One finished stay of one person in one zone: a row of `dwells`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dwell {
    /// The zone.
    pub zone: ZoneId,
    /// The track with which it began.
    pub track: TrackId,
    /// Who that is; none without a visit.
    pub attendee: Option<Attendee>,
    /// Start of the first tick in the zone.
    pub entered_at: EventTime,
    /// End of the last.
    pub left_at: EventTime,
    /// Start of the tick that proved it over.
    pub closed_at: EventTime,
    /// How long they stood still, in microseconds.
    pub still_us: i64,
    /// How far they went in it, in millimetres, by steps of at least 300.
    pub path_mm: u64,
    /// How they were there.
    pub manner: Manner,
}

/// One minute of one zone: a row of `zone_traffic`. Minutes in which nobody was there have none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ZoneMinute {
    /// Start of the minute.
    pub minute: EventTime,
    /// The zone.
    pub zone: ZoneId,
    /// Stays that began in it.
    pub entries: u32,
    /// Stays that ended in it.
    pub exits: u32,
    /// Different people who were there.
    pub people: u32,
    /// Most people at once.
    pub people_max: u32,
    /// Their times in it together, in microseconds.
    pub time_us: i64,
}

/// What somebody of the shop should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlertKind {
    /// Somebody came in at a gate without a code.
    Tailgater,
    /// Somebody is inside of whom nobody knows how they came in.
    Unexplained,
    /// Somebody of a visit is not seen any more.
    Lost,
    /// A good code was shown a second time.
    CodeReplayed,
    /// A code was shown that nobody of the shop made.
    CodeForged,
    /// Somebody stands still in a zone for long.
    Loitering,
    /// More of a sku was put back than was taken.
    ReturnedNotTaken,
    /// Somebody who is on nobody's account has left with goods.
    Loss,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [AlertKind; 8] = [
        Self::Tailgater,
        Self::Unexplained,
        Self::Lost,
        Self::CodeReplayed,
        Self::CodeForged,
        Self::Loitering,
        Self::ReturnedNotTaken,
        Self::Loss,
    ];

    /// The word that tables carry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tailgater => "tailgater",
            Self::Unexplained => "unexplained",
            Self::Lost => "lost",
            Self::CodeReplayed => "code_replayed",
            Self::CodeForged => "code_forged",
            Self::Loitering => "loitering",
            Self::ReturnedNotTaken => "returned_not_taken",
            Self::Loss => "loss",
        }
    }
}

/// One alert: a row of `alerts`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alert {
    /// When it was so.
    pub event_time: EventTime,
    /// Start of the tick that made it certain.
    pub raised_at: EventTime,
    /// What.
    pub kind: AlertKind,
    /// Whose visit.
    pub visit: Option<VisitId>,
    /// Which track.
    pub track: Option<TrackId>,
    /// At which gate.
    pub gate: Option<GateId>,
    /// In which zone.
    pub zone: Option<ZoneId>,
    /// Of which article.
    pub sku: Option<Sku>,
    /// What it is about, in money, at list prices. The values of the losses of one visit sum up to what was lost.
    pub value: Option<Money>,
}

impl Alert {
    /// An alert of `kind` of which no more is known yet.
    pub fn new(kind: AlertKind, event_time: EventTime, raised_at: EventTime) -> Self {
        let (visit, track, gate, zone, sku, value) = (None, None, None, None, None, None);
        Self { event_time, raised_at, kind, visit, track, gate, zone, sku, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ() {
        let words: std::collections::BTreeSet<_> = Refusal::ALL.iter().map(|r| r.word()).collect();
        assert_eq!(words.len(), Refusal::ALL.len());
        let words: std::collections::BTreeSet<_> = AlertKind::ALL.iter().map(|a| a.word()).collect();
        assert_eq!(words.len(), AlertKind::ALL.len());
    }
}
