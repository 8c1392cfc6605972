//! Every rule, checked on what was said by looking at everything that had been heard, from scratch.

use super::*;
use crate::personal::history::DAY_US;
use proptest::prelude::*;
use schemas::{AsOf, Catalog, Currency, Promotion, Terms};

fn money(minor: i64) -> Money {
    Money { minor, currency: Currency::new("EUR").expect("three capitals") }
}

fn sku(n: u64) -> Sku {
    Sku::new(&format!("sku-{n}")).expect("not empty")
}

fn code(n: u64) -> SkuCode {
    SkuCode::of(sku(n).as_str())
}

/// A tick is an hour.
fn length() -> TickLength {
    TickLength::from_us(3_600_000_000).expect("not zero")
}

prop_compose! {
    fn campaign()(n in 0..6_u64, discount in 1..60_i64, cost in 0..120_i64, floor in 0..40_i64, budget in 0..200_i64,
        from in 0..100_u64, runs in prop::option::of(0..200_u64), receipts_min in 0..3_u32, holdout in 0..700_u32)
        -> Campaign {
        Campaign {
            name: String::new(),
            sku: sku(n),
            discount: money(discount),
            cost: money(cost),
            margin_floor_minor: floor,
            budget_minor: budget,
            valid_from: length().start(Tick(from)),
            valid_until: runs.map(|runs| length().start(Tick(from + runs))),
            receipts_min,
            holdout_permille: holdout,
        }
    }
}

/// Every sku costs 150; one is in a promotion for some time.
fn offering(campaigns: Vec<Campaign>, cap: usize, cap_days: i64) -> Offering {
    let mut minor = AsOf::default();
    for n in 0..6 {
        minor.insert(sku(n), EventTime(0), 150).expect("once");
    }
    let currency = Currency::new("EUR").expect("three capitals");
    let promotion = Promotion {
        name: "5 off".into(),
        terms: Terms::PercentOff(5),
        skus: BTreeSet::from([sku(5)]),
        categories: BTreeSet::new(),
        valid_from: length().start(Tick(30)),
        valid_until: Some(length().start(Tick(60))),
    };
    let tariff = Tariff { catalog: Catalog::new(), promotions: vec![promotion], currency };
    let (campaigns, prices, tariff) = (Arc::new(campaigns), Arc::new(PriceBook { currency, minor }), Arc::new(tariff));
    Offering { length: length(), campaigns, prices, tariff, cap, cap_days, key: "a key".into() }
}

fn offerings() -> impl Strategy<Value = Offering> {
    (prop::collection::vec(campaign(), 1..8), 1..4_usize, 1..5_i64).prop_map(|(mut campaigns, cap, cap_days)| {
        for (n, campaign) in campaigns.iter_mut().enumerate() {
            campaign.name = format!("campaign {n}");
        }
        offering(campaigns, cap, cap_days)
    })
}

fn heard() -> impl Strategy<Value = Vec<(u64, Heard)>> {
    // Visit n is member n % 4's.
    let one = prop_oneof![
        // Of three campaigns more than there ever are: nobody knows them any more.
        2 => (0..4_u64, 0..200_i64, 0..11_u64, 0..60_i64).prop_map(|(member, hours, n, spent_minor)| {
            let (member, offered_at) = (MemberId(member), EventTime(3_600_000_000 * (100 - hours)));
            Heard::Was(Was { member, offered_at, campaign: format!("campaign {n}"), spent_minor })
        }),
        2 => (0..4_u64, 0..2_i64).prop_map(|(member, more)| Heard::Receipts(MemberId(member), more)),
        3 => (0..4_u64, 0..6_u64, -50..50_i64).prop_map(|(member, n, score)| Heard::Suits(MemberId(member), code(n), score, 1)),
        4 => (0..12_u64, 0..6_u64, 1..3_i64).prop_map(|(visit, n, more)| Heard::Cart(VisitId(visit), code(n), more)),
        8 => (0..12_u64, prop::collection::vec(0..6_u64, 1..6)).prop_map(|(visit, skus)| {
            Heard::Dwell(MemberId(visit % 4), VisitId(visit), skus.into_iter().map(code).collect())
        }),
        2 => (0..12_u64).prop_map(|visit| Heard::Settled(VisitId(visit))),
        1 => (0..12_u64).prop_map(|visit| Heard::Gone(VisitId(visit))),
        1 => (0..4_u64).prop_map(|member| Heard::Forget(MemberId(member))),
    ];
    prop::collection::vec((0..120_u64, one), 0..150).prop_map(|mut heard| {
        heard.sort();
        heard
    })
}

fn run(offering: &Offering, heard: &[(u64, Heard)]) -> Vec<(u64, Told)> {
    let mut core = Offers::new(offering.clone());
    let mut said = Vec::new();
    for tick in 0..=120 {
        let batch = heard.iter().filter(|(at, _)| *at == tick).map(|(_, heard)| heard.clone()).collect();
        let mut out = Outbox::default();
        assert_eq!(core.close(Tick(tick), batch, &mut out), None);
        said.extend(out.take().0.into_iter().map(|told| (tick, told)));
    }
    said
}

/// What should be said, decided from the whole past at every dwell.
fn slow(offering: &Offering, heard: &[(u64, Heard)]) -> Vec<(u64, Told)> {
    let mut said: Vec<(u64, Told)> = Vec::new();
    // Every decision: when, on which campaign, and of which place in what was heard.
    let mut decided: Vec<(usize, EventTime, usize, Offer)> = Vec::new();
    // Those of whoever was forgotten: the places of pending ones, and of shown ones that no longer count for the cap.
    let (mut dropped, mut uncapped) = (BTreeSet::new(), BTreeSet::new());
    for (place, (tick, event)) in heard.iter().enumerate() {
        let now = length().start(Tick(*tick));
        let past = || heard[..place].iter().map(|(_, heard)| heard);
        let settled_after = |from: usize, visit: VisitId| {
            let ends = |heard: &Heard| *heard == Heard::Settled(visit) || *heard == Heard::Gone(visit);
            heard[from..place].iter().position(|(_, heard)| ends(heard)).map(|n| from + n)
        };
        let units = |until: usize, visit: VisitId, sku: SkuCode| {
            let units = heard[..until].iter().map(|(_, heard)| match heard {
                Heard::Cart(other, of, more) if (*other, *of) == (visit, sku) => *more,
                _ => 0,
            });
            units.sum::<i64>()
        };
        match event {
            Heard::Dwell(member, visit, skus) => {
                let receipts: i64 =
                    past().map(|h| if let Heard::Receipts(m, n) = h { n * i64::from(m == member) } else { 0 }).sum();
                let recent = decided.iter().filter(|(place, at, _, offer)| {
                    offer.shown
                        && !uncapped.contains(place)
                        && offer.member == *member
                        && now.since_us(*at) < offering.cap_days * DAY_US
                });
                let forgotten = |from: usize| heard[from..place].iter().any(|(_, h)| *h == Heard::Forget(*member));
                let before = heard[..place].iter().enumerate().filter(|(at, (_, heard))| match heard {
                    Heard::Was(was) => {
                        let late = now.since_us(was.offered_at) < offering.cap_days * DAY_US;
                        was.member == *member && late && !forgotten(*at)
                    }
                    _ => false,
                });
                let capped = recent.count() + before.count() >= offering.cap;
                let mut best: Option<(i64, &str, usize)> = None;
                for (n, campaign) in offering.campaigns.iter().enumerate() {
                    let of = SkuCode::of(campaign.sku.as_str());
                    let earlier = past().map(|heard| match heard {
                        Heard::Was(was) if was.campaign == campaign.name => was.spent_minor,
                        _ => 0,
                    });
                    let spent: i64 = decided
                        .iter()
                        .filter(|(at, _, other, offer)| *other == n && offer.shown && !dropped.contains(at))
                        .map(|(at, _, _, offer)| {
                            let lost =
                                settled_after(*at, offer.visit).is_some_and(|end| units(end, offer.visit, of) <= 0);
                            if lost { 0 } else { campaign.discount.minor }
                        })
                        .chain(earlier)
                        .sum();
                    let again = decided.iter().any(|(at, _, _, offer)| {
                        let pending = !dropped.contains(at) && settled_after(*at, *visit).is_none();
                        offer.sku == campaign.sku && offer.visit == *visit && pending
                    });
                    let rules = [
                        !capped,
                        !again,
                        skus.contains(&of),
                        units(place, *visit, of) <= 0,
                        receipts >= i64::from(campaign.receipts_min),
                        campaign.valid_from <= now && campaign.valid_until.is_none_or(|until| until > now),
                        spent + campaign.discount.minor <= campaign.budget_minor,
                        150 - campaign.discount.minor >= campaign.cost.minor + campaign.margin_floor_minor,
                        campaign.sku != sku(5) || !(30..60).contains(tick),
                    ];
                    let scores = past().filter_map(|h| match h {
                        Heard::Suits(m, sku, score, 1) if (m, *sku) == (member, of) => Some(*score),
                        _ => None,
                    });
                    let score = scores.max().unwrap_or(i64::MIN);
                    let better = best.is_none_or(|(other, name, _)| {
                        score > other || (score == other && campaign.name.as_str() < name)
                    });
                    if rules.iter().all(|rule| *rule) && better {
                        best = Some((score, &campaign.name, n));
                    }
                }
                let Some((_, name, n)) = best else { continue };
                let campaign = &offering.campaigns[n];
                let shown = member.draw("a key", name) >= campaign.holdout_permille;
                let (id, campaign_name) = (OfferId::of(name, *visit), name.to_owned());
                let (sku, discount) = (campaign.sku.clone(), campaign.discount);
                let offer = Offer {
                    closed_at: now,
                    offered_at: now,
                    id,
                    campaign: campaign_name,
                    member: *member,
                    visit: *visit,
                    sku,
                    discount,
                    shown,
                    redeemed: false,
                };
                if shown {
                    said.push((*tick, Told::Promise(Change { row: rebate(&offer), diff: 1 })));
                }
                decided.push((place, now, n, offer));
            }
            Heard::Forget(member) => {
                let mut theirs: Vec<_> = decided.iter().filter(|(.., offer)| offer.member == *member).collect();
                theirs.sort_by_key(|(at, _, _, offer)| (offer.visit, *at));
                for (at, _, _, offer) in theirs {
                    uncapped.insert(*at);
                    if settled_after(*at, offer.visit).is_none() && dropped.insert(*at) && offer.shown {
                        said.push((*tick, Told::Promise(Change { row: rebate(offer), diff: -1 })));
                    }
                }
            }
            Heard::Settled(visit) | Heard::Gone(visit) => {
                let theirs = decided.iter().filter(|(at, _, _, offer)| offer.visit == *visit && !dropped.contains(at));
                for (at, _, _, offer) in theirs {
                    if settled_after(*at, *visit).is_none() {
                        let redeemed = units(place, *visit, SkuCode::of(offer.sku.as_str())) > 0;
                        said.push((*tick, Told::Closed(Offer { closed_at: now, redeemed, ..offer.clone() })));
                    }
                }
            }
            _ => {}
        }
    }
    said
}

proptest! {
    #[test]
    fn every_rule_holds_and_the_best_is_offered(offering in offerings(), heard in heard()) {
        prop_assert_eq!(run(&offering, &heard), slow(&offering, &heard));
    }
}

#[test]
fn the_hold_out_is_a_share_of_members_and_always_the_same() {
    let held = |key: &str| (0..20_000).filter(|n| MemberId(*n).draw(key, "campaign") < 100).collect::<Vec<u64>>();
    let (one, other) = (held("a"), held("b"));
    assert!((1_850..2_150).contains(&one.len()), "about a tenth: {}", one.len());
    assert_eq!(one, held("a"));
    assert_ne!(one, other, "another key, other members");
}

#[test]
fn who_is_held_out_is_decided_on_but_shown_nothing() {
    let campaign = Campaign {
        name: "oats".into(),
        sku: sku(1),
        discount: money(30),
        cost: money(100),
        margin_floor_minor: 20,
        budget_minor: 30,
        valid_from: EventTime(0),
        valid_until: None,
        receipts_min: 0,
        holdout_permille: 500,
    };
    let offering = offering(vec![campaign], 1, 7);
    let (shown, held): (Vec<u64>, Vec<u64>) = (0..40).partition(|n| MemberId(*n).draw("a key", "oats") >= 500);
    let visit = |member: u64| Heard::Dwell(MemberId(member), VisitId(member), vec![code(1)]);
    let said = run(&offering, &[(1, visit(held[0])), (2, visit(shown[0])), (3, visit(shown[1])), (3, visit(held[1]))]);
    assert_eq!(said.len(), 1, "the budget is for one, and who is held out spends nothing: {said:?}");
    let bought = Heard::Cart(VisitId(held[0]), code(1), 2);
    let said = run(&offering, &[(1, visit(held[0])), (2, bought), (3, Heard::Settled(VisitId(held[0])))]);
    let closed =
        said.iter().filter_map(
            |(_, told)| if let Told::Closed(offer) = told { Some((offer.shown, offer.redeemed)) } else { None },
        );
    assert_eq!(closed.collect::<Vec<_>>(), [(false, true)], "bought without having been shown anything");
}
