//! Tables of members: `profiles`, `suggestions`, `reminders`, `offers`. Written where receipts are. And `erasures`, which a run reads.

use super::ColumnType::{Int32, Int64, Text, Texts, Time};
use super::behaviour::{column, int32, int64, optional, text, time};
use super::ledger::{SKU, lists, minor};
use super::visits::{VISIT_ID, int64_or_null};
use super::{Column, Names, Table, TableRow};
use crate::ids::MemberId;
use crate::personal::{Erasure, Offer, Profile, Reminder, Suggested};
use crate::time::EventTime;
use arrow_array::ArrayRef;

const MEMBER: Column = column("member_id", Text, "", "Whose: a keyed hash of the account's name", "c0ffee1234567890");
const AS_OF: Column = column(
    "as_of",
    Time,
    "us UTC",
    "From the receipts before this time: just after the last one",
    "2020-02-20 12:04:33.8+00",
);

/// `profiles`.
pub const PROFILES: Table = Table {
    name: "profiles",
    version: 2,
    row: "What is known of a member after a receipt, from all of theirs; and again whenever more of what they did before it has become final. The latest row of a member counts",
    range_column: "as_of",
    sorted_by: &["as_of", "member_id"],
    columns: &[
        column(
            "as_of",
            Time,
            "us UTC",
            "When it was told: from the receipts before, and from what is final of what they did before the last of these",
            "2020-02-20 12:04:33.8+00",
        ),
        MEMBER,
        column("receipts", Int32, "", "Receipts", "23"),
        column("skus", Int32, "", "Different skus on them", "87"),
        column("last_at", Time, "us UTC", "The last of them", "2020-02-20 12:04:33.8+00"),
        column("basket_skus_milli", Int64, "1/1000", "Mean number of skus on a receipt", "9130"),
        optional(column(
            "gap_days_milli",
            Int64,
            "1/1000 d",
            "Mean days between receipts; null before the second",
            "4250",
        )),
        column("repeat_permille", Int32, "1/1000", "Of the skus on receipts, how many had been bought before", "610"),
        column(
            "discounted_permille",
            Int32,
            "1/1000",
            "Of the skus on receipts, how many a promotion made cheaper",
            "180",
        ),
        column("hour_usual", Int32, "h", "The hour of the day, UTC, in which most receipts fall", "17"),
        column("categories_favourite", Texts, "", "Categories bought most of late, at most 5", "[milk, bread]"),
        column(
            "zones_favourite",
            Texts,
            "",
            "Zones in which they stood still longest of late, the longest first, at most 3; of this run alone",
            "[dairy, bakery]",
        ),
        column("units_taken", Int64, "", "Units that they took from shelves, of this run alone", "31"),
        column("units_put_back", Int64, "", "Units that they put back, of this run alone", "2"),
        column("skus_put_back", Texts, "", "Skus that they put back most of late, at most 5", "[oats-500g]"),
    ],
};

/// `suggestions`.
pub const SUGGESTIONS: Table = Table {
    name: "suggestions",
    version: 2,
    row: "One sku of the shop that is proposed to a member after a receipt, and when a visit begins. The rows of a member's latest `as_of` count",
    range_column: "as_of",
    sorted_by: &["as_of", "member_id", "rank"],
    columns: &[
        AS_OF,
        MEMBER,
        column("rank", Int32, "", "Place, from 1", "1"),
        SKU,
        column("score", Int64, "1/65536 logit", "What it was ranked by: comparable within one proposal", "-71230"),
        column("reason", Text, "", "Why, in words", "every 6 days"),
        column("occasion", Text, "", "`receipt`: after one; `entry`: as a visit begins", "receipt"),
    ],
};

/// `reminders`.
pub const REMINDERS: Table = Table {
    name: "reminders",
    version: 1,
    row: "A category of which a member usually buys, and of which they were reminded during a visit",
    range_column: "reminded_at",
    sorted_by: &["reminded_at", "visit_id", "rank"],
    columns: &[
        column("reminded_at", Time, "us UTC", "When it was said", "2020-02-20 12:00:05.2+00"),
        MEMBER,
        VISIT_ID,
        column(
            "occasion",
            Text,
            "",
            "`entry`: as the visit begins; `exit`: everybody of it is back at the door, and nothing of the category is in the cart",
            "exit",
        ),
        column("rank", Int32, "", "Place among what was said at once, from 1: the likeliest first", "1"),
        column("category", Text, "", "Category", "milk"),
        column("chance_ppm", Int32, "1/1000000", "How likely they buy of it within a week, as of the entry", "734000"),
        column("reason", Text, "", "Why, in words", "every 6 days, last 7 days ago"),
    ],
};

/// `erasures`.
pub const ERASURES: Table = Table {
    name: "erasures",
    version: 1,
    row: "A member asks to be forgotten: nothing that they bought before counts any more, for them or for the shop's patterns",
    range_column: "received_at",
    sorted_by: &["received_at", "event_time", "member_id"],
    columns: &[
        MEMBER,
        column("event_time", Time, "us UTC", "When they asked", "2020-02-20 12:00:03.1+00"),
        column("received_at", Time, "us UTC", "When it arrived in the shop's network", "2020-02-20 12:00:03.14+00"),
    ],
};

/// `offers`.
pub const OFFERS: Table = Table {
    name: "offers",
    version: 1,
    row: "What a member was offered at a shelf, or would have been had they not been held out, and whether they bought it. One unit of what was shown and bought is cheaper on the receipt. Whoever asks to be forgotten before has none",
    range_column: "closed_at",
    sorted_by: &["closed_at", "offer_id"],
    columns: &[
        column(
            "closed_at",
            Time,
            "us UTC",
            "When the visit was settled, or let go of without a receipt",
            "2020-02-20 12:04:33.8+00",
        ),
        column("offered_at", Time, "us UTC", "When it was decided", "2020-02-20 12:01:10.2+00"),
        column("offer_id", Text, "", "Identity: a hash of campaign and visit", "1f2e3d4c5b6a7988"),
        column("campaign", Text, "", "The campaign, as the configuration names it", "oats in spring"),
        MEMBER,
        VISIT_ID,
        SKU,
        column("discount_minor", Int64, "minor", "By how much a unit is cheaper", "30"),
        column("currency", Text, "", "ISO 4217 code of the amount", "EUR"),
        column("shown", Int32, "0 or 1", "1 = shown; 0 = the member is held out of the campaign", "1"),
        column("redeemed", Int32, "0 or 1", "1 = the sku was on the visit's receipt, shown or not", "0"),
    ],
};

impl TableRow for Profile {
    const TABLE: &'static Table = &PROFILES;

    fn range_time(&self) -> EventTime {
        self.as_of
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
        rows.sort_by_key(|r| (r.as_of, r.member));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.as_of)),
            text(rows.iter().map(|r| r.member.to_string())),
            int32(rows.iter().map(|r| r.receipts)),
            int32(rows.iter().map(|r| r.skus)),
            time(rows.iter().map(|r| r.last_at)),
            int64(rows.iter().map(|r| i64::from(r.basket_milli))),
            int64_or_null(rows.iter().map(|r| r.gap_milli.map(i64::from))),
            int32(rows.iter().map(|r| r.repeat_permille)),
            int32(rows.iter().map(|r| r.discounted_permille)),
            int32(rows.iter().map(|r| r.hour)),
            lists(rows.iter().map(|r| r.favourites.iter().map(|category| names.category(*category)).collect())),
            lists(rows.iter().map(|r| r.zones.iter().map(|zone| names.zone(*zone)).collect())),
            int64(rows.iter().map(|r| i64::from(r.taken))),
            int64(rows.iter().map(|r| i64::from(r.put_back))),
            lists(rows.iter().map(|r| r.reconsidered.iter().map(|sku| names.sku(*sku)).collect())),
        ]
    }
}

impl TableRow for Suggested {
    const TABLE: &'static Table = &SUGGESTIONS;

    fn range_time(&self) -> EventTime {
        self.row.as_of
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
        rows.sort_by_key(|r| (r.row.as_of, r.row.member, r.row.rank));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.row.as_of)),
            text(rows.iter().map(|r| r.row.member.to_string())),
            int32(rows.iter().map(|r| r.row.rank)),
            text(rows.iter().map(|r| names.sku(r.row.sku))),
            int64(rows.iter().map(|r| r.row.score)),
            text(rows.iter().map(|r| r.row.reason.to_string())),
            text(rows.iter().map(|r| r.occasion.word())),
        ]
    }
}

impl TableRow for Reminder {
    const TABLE: &'static Table = &REMINDERS;

    fn range_time(&self) -> EventTime {
        self.reminded_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
        rows.sort_by_key(|r| (r.reminded_at, r.visit, r.rank));
    }

    fn columns(rows: &[Self], names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.reminded_at)),
            text(rows.iter().map(|r| r.due.member.to_string())),
            text(rows.iter().map(|r| r.visit.to_string())),
            text(rows.iter().map(|r| r.occasion.word())),
            int32(rows.iter().map(|r| r.rank)),
            text(rows.iter().map(|r| names.category(r.due.category))),
            int32(rows.iter().map(|r| r.due.chance_ppm)),
            text(rows.iter().map(|r| r.due.reason())),
        ]
    }
}

impl TableRow for Erasure {
    const TABLE: &'static Table = &ERASURES;

    fn range_time(&self) -> EventTime {
        self.received_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        vec![
            text(rows.iter().map(|r| r.member.to_string())),
            time(rows.iter().map(|r| r.event_time)),
            time(rows.iter().map(|r| r.received_at)),
        ]
    }
}

/// The member whom a text of sixteen hexadecimal digits means; none of another text.
pub fn member(text: &str) -> Option<MemberId> {
    let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits.then(|| u64::from_str_radix(text, 16).ok().map(MemberId)).flatten()
}

impl TableRow for Offer {
    const TABLE: &'static Table = &OFFERS;

    fn range_time(&self) -> EventTime {
        self.closed_at
    }

    fn sort(rows: &mut [Self], _names: &Names) {
        rows.sort();
        rows.sort_by_key(|r| (r.closed_at, r.id));
    }

    fn columns(rows: &[Self], _names: &Names) -> Vec<ArrayRef> {
        vec![
            time(rows.iter().map(|r| r.closed_at)),
            time(rows.iter().map(|r| r.offered_at)),
            text(rows.iter().map(|r| r.id.to_string())),
            text(rows.iter().map(|r| r.campaign.as_str())),
            text(rows.iter().map(|r| r.member.to_string())),
            text(rows.iter().map(|r| r.visit.to_string())),
            text(rows.iter().map(|r| r.sku.to_string())),
            int64(rows.iter().map(|r| minor(r.discount))),
            text(rows.iter().map(|r| r.discount.currency.to_string())),
            int32(rows.iter().map(|r| u32::from(r.shown))),
            int32(rows.iter().map(|r| u32::from(r.redeemed))),
        ]
    }
}
