//! The part of the graph that knows members: from receipts to profiles, and to what is said to them.

use crate::personalise::shipped;
use crate::sink::write::{Origin, Write, Writer};
use operators::personal::history::Line;
use operators::personal::offer::{Heard, Told};
use operators::personal::remind;
use operators::{
    Change, Done, Noticed, Offering, Offers, Personal, Personalising, Remind, Reminding, Rows, Settling, Ticks, Was,
    by_tick, changes, erased, personalise, purchases, tell,
};
use schemas::{
    Ask, CartLine, CategoryCode, Erasure, EventTime, MemberId, Occasion, Offer, Profile, Purchase, Rebate, Receipt,
    ReceiptLine, Reminder, SkuCode, Suggested, Suggestion, Tick,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use timely::dataflow::operators::vec::{Map, ToStream};
use timely::dataflow::operators::{Concat, Concatenate};

/// Suggestions for a member at most.
const MOST: usize = 20;

/// What is known of members beside their visits.
pub struct Members<'s> {
    /// What they bought before, each with how many; of one worker of all.
    pub earlier: Vec<(Purchase, isize)>,
    /// What they were offered before; of one worker of all.
    pub offers: Vec<Was>,
    /// Who asks to be forgotten.
    pub erasures: Ticks<'s, Erasure>,
}

/// What members do, and what becomes of it.
pub struct Doings<'s> {
    /// As it happens.
    pub noticed: Ticks<'s, (Tick, Noticed)>,
    /// What lies in carts.
    pub carts: Rows<'s, CartLine>,
    /// Where they stood, what they took and put back, once that is final.
    pub deeds: Rows<'s, (MemberId, Done)>,
    /// What was billed.
    pub receipts: Ticks<'s, Receipt>,
    /// Line by line.
    pub lines: Ticks<'s, ReceiptLine>,
}

/// How members are spoken to.
#[derive(Clone)]
pub struct Speaking {
    /// Prices and articles.
    pub settling: Settling,
    /// What they are reminded of.
    pub reminding: Reminding,
    /// What they are offered; nothing without campaigns.
    pub offering: Option<Offering>,
}

/// What comes of it.
pub struct Spoken<'s> {
    /// What is written.
    pub tables: Vec<Ticks<'s, ()>>,
    /// What was promised, and what no longer is.
    pub rebates: Ticks<'s, Change<Rebate>>,
}

/// Gathers what members bought, and writes what comes of it after each of their receipts and as their visits begin; a row's time is that of
/// the tick that made it.
pub fn write_personal<'s>(
    doings: Doings<'s>,
    members: Members<'s>,
    speaking: Speaking,
    origin: &Origin,
    writer: &Writer,
) -> Spoken<'s> {
    let Doings { noticed, carts, deeds, receipts, lines } = doings;
    let Speaking { settling, reminding, offering } = speaking;
    let (scope, length) = (receipts.scope(), settling.length);
    let bought = purchases(receipts.clone(), lines, &settling.tariff.catalog, length);
    let buyers = changes(bought.clone().map(|row| row.member), "Members who bought");
    let buyers = buyers.map(|Change { row, .. }: Change<MemberId>| (row, Occasion::Receipt));
    let doers = changes(deeds.clone().map(|(member, _)| member), "Members who did something");
    let doers = doers.map(|Change { row, .. }: Change<MemberId>| (row, Occasion::Receipt));
    let comers = noticed.clone().flat_map(|(_, noticed)| match noticed {
        Noticed::Came(_, member, _) => Some((member, Occasion::Entry)),
        _ => None,
    });
    let happened = buyers.concat(comers);
    let before = members.earlier.into_iter().map(|(row, units)| (row, 0, units)).collect::<Vec<_>>();
    let bought = bought.concat(Rows::new(before.to_stream(scope)));
    let personalising = Personalising { coefficients: Arc::new(shipped()), most: MOST, after_last: true };
    let asks = asks(noticed.clone());
    let gone = erased(members.erasures.clone());
    let Personal { lines, profiles, suggestions, due } = personalise(bought, deeds, gone, asks, personalising);
    let reminders = reminders(noticed.clone(), due, carts.clone(), &settling, reminding);
    let told = offering.map(|offering| {
        let visits = Visits { noticed, carts, receipts };
        let before = members.offers.to_stream(scope).map(Heard::Was);
        let known = [before, members.erasures.map(|erasure| Heard::Forget(erasure.member))];
        offers(visits, lines, suggestions.clone(), known, offering)
    });
    let told = told.unwrap_or_else(|| Vec::new().to_stream(scope));
    let offers = told.clone().flat_map(|told| if let Told::Closed(row) = told { Some(row) } else { None });
    let rebates = told.flat_map(|told| if let Told::Promise(change) = told { Some(change) } else { None });
    // What is asked at entry is asked as of the tick itself; what is asked after a receipt, as of an instant that starts none.
    let occasion = move |tick, as_of: EventTime| {
        if as_of == length.start(tick) { Occasion::Entry } else { Occasion::Receipt }
    };
    // A profile is that of a receipt, whatever else is asked; what becomes final of a visit comes after it.
    let of = move |tick, row: &Profile| (row.member, occasion(tick, row.as_of));
    let profiles = tell(profiles, happened.clone().concat(doers), of, "Changes of profiles");
    let profiles = profiles.flat_map(move |(tick, _, row)| {
        let at_entry = length.start(length.tick(row.as_of)) == row.as_of;
        (!at_entry).then(|| Profile { as_of: length.start(tick), ..row })
    });
    let of = move |tick, row: &Suggestion| (row.member, occasion(tick, row.as_of));
    let suggestions = tell(suggestions, happened, of, "Changes of suggestions")
        .map(move |(tick, occasion, row)| Suggested { row: Suggestion { as_of: length.start(tick), ..row }, occasion });
    let at_once = || origin.clone().holding(0, length);
    let tables = vec![
        by_tick(offers, Write::<Offer>::new(at_once(), writer.clone())).ok,
        by_tick(profiles, Write::<Profile>::new(at_once(), writer.clone())).ok,
        by_tick(suggestions, Write::<Suggested>::new(at_once(), writer.clone())).ok,
        by_tick(reminders, Write::<Reminder>::new(at_once(), writer.clone())).ok,
    ];
    Spoken { tables, rebates }
}

/// Visits, as far as offers depend on them.
struct Visits<'s> {
    noticed: Ticks<'s, (Tick, Noticed)>,
    carts: Rows<'s, CartLine>,
    receipts: Ticks<'s, Receipt>,
}

fn offers<'s>(
    visits: Visits<'s>,
    lines: Rows<'s, (MemberId, Line)>,
    suggestions: Rows<'s, Suggestion>,
    known: [Ticks<'s, Heard>; 2],
    offering: Offering,
) -> Ticks<'s, Told> {
    let scope = visits.noticed.scope();
    let campaigns = offering.campaigns.iter();
    let skus: BTreeSet<SkuCode> = campaigns.map(|campaign| SkuCode::of(campaign.sku.as_str())).collect();
    let receipts = lines.map(|(member, line)| (member, line.receipt)).distinct().map(|(member, _)| member);
    let receipts = changes(receipts, "Numbers of receipts").map(|Change { row, diff }| Heard::Receipts(row, diff));
    let suits = suggestions.filter(move |row| skus.contains(&row.sku)).map(|row| (row.member, row.sku, row.score));
    let suits = changes(suits, "What suits")
        .map(|Change { row: (member, sku, score), diff }| Heard::Suits(member, sku, score, diff));
    let carts = changes(visits.carts, "Changes of carts, to offer").map(|Change { row, diff }: Change<CartLine>| {
        Heard::Cart(row.visit, SkuCode::of(row.goods.sku.as_str()), row.quantity * diff)
    });
    let settled = visits.receipts.map(|receipt| Heard::Settled(receipt.visit));
    let noticed = visits.noticed.flat_map(|(_, noticed)| match noticed {
        Noticed::Stands(visit, member, skus) => Some(Heard::Dwell(member, visit, skus)),
        Noticed::Gone(visit, ..) => Some(Heard::Gone(visit)),
        Noticed::Came(..) | Noticed::Leaves(..) => None,
    });
    let heard = scope.concatenate([receipts, suits, carts, settled, noticed].into_iter().chain(known));
    by_tick(heard, Offers::new(offering)).ok
}

/// A member is asked about from the tick of their entry until their visit is gone.
fn asks<'s>(noticed: Ticks<'s, (Tick, Noticed)>) -> Rows<'s, Ask> {
    Rows::new(noticed.flat_map(|(tick, noticed)| match noticed {
        Noticed::Came(_, member, as_of) => Some((Ask { member, as_of }, tick.0, 1)),
        Noticed::Gone(_, member, as_of) => Some((Ask { member, as_of }, tick.0, -1)),
        _ => None,
    }))
}

fn reminders<'s>(
    noticed: Ticks<'s, (Tick, Noticed)>,
    due: Rows<'s, schemas::Due>,
    carts: Rows<'s, CartLine>,
    settling: &Settling,
    reminding: Reminding,
) -> Ticks<'s, Reminder> {
    let length = settling.length;
    // What is due after receipts is asked as of instants that start no tick.
    let due = due.filter(move |row| length.start(length.tick(row.as_of)) == row.as_of);
    let due = changes(due, "Changes of what is due").map(|Change { row, diff }| remind::Heard::Due(row, diff));
    let tariff = settling.tariff.clone();
    let carts =
        changes(carts, "Changes of carts, to remind").flat_map(move |Change { row, diff }: Change<CartLine>| {
            let category = tariff.article(&row.goods.sku)?.category.as_deref().map(CategoryCode::of)?;
            Some(remind::Heard::Cart(row.visit, category, row.quantity * diff))
        });
    let scope = carts.scope();
    let noticed = noticed.flat_map(|(_, noticed)| match noticed {
        Noticed::Came(visit, member, as_of) => Some(remind::Heard::Came(visit, member, as_of)),
        Noticed::Leaves(visit, _) => Some(remind::Heard::Leaves(visit)),
        Noticed::Gone(visit, ..) => Some(remind::Heard::Gone(visit)),
        Noticed::Stands(..) => None,
    });
    by_tick(scope.concatenate([due, carts, noticed]), Remind::new(reminding)).ok
}
