//! The ledger's tables, column by column.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use schemas::table::{Names, TableRow};
use schemas::*;

fn euro(minor: i64) -> Money {
    Money { minor, currency: Currency::new("EUR").expect("three capitals") }
}

fn goods(sku: &str, minor: Option<i64>) -> Goods {
    Goods { sku: Sku::new(sku).expect("not empty"), unit_price: minor.map(euro) }
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).expect(name).as_string::<i32>();
    column.iter().map(|text| text.map(str::to_string)).collect()
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    batch.column_by_name(name).expect(name).as_primitive::<Int64Type>().iter().collect()
}

fn lists(batch: &RecordBatch, name: &str) -> Vec<Vec<String>> {
    let column = batch.column_by_name(name).expect(name).as_list::<i32>();
    let list = |list: std::sync::Arc<dyn Array>| list.as_string::<i32>().iter().flatten().map(str::to_string).collect();
    column.iter().flatten().map(list).collect()
}

#[test]
fn interactions_tell_who_what_and_what_else_it_may_have_been() {
    let other = |sku: Option<&str>, score| Alternative {
        track: sku.map(|_| TrackId(10)),
        sku: sku.and_then(Sku::new),
        quantity: 1,
        score: Score::from_unit(score),
    };
    let interaction = |us, alternatives| Interaction {
        event_time: EventTime(us),
        id: InteractionId(1),
        slot: SlotId(5),
        track: Some(TrackId(255)),
        sku: Sku::new("oats"),
        quantity: -2,
        unit_price: Some(euro(189)),
        confidence: Score::from_unit(0.75),
        alternatives,
    };
    let attendee = Some(Attendee { visit: VisitId(7), person: 0, kind: VisitKind::Member, member: None });
    let doubtful = FinalInteraction {
        interaction: interaction(9, vec![other(Some("peas"), 0.125), other(None, 0.0625)]),
        attendee,
        sure: Score::from_unit(0.875),
    };
    let nobodys = Interaction { track: None, sku: None, unit_price: None, ..interaction(3, vec![]) };
    let mut rows = vec![doubtful, FinalInteraction::new(nobodys, |_| None)];
    let mut names = Names::default();
    FinalInteraction::sort(&mut rows, &names);
    names.slots.insert(SlotId(5), "A1.1".into());
    let batch = FinalInteraction::batch(&rows, &names).expect("columns fit the schema");
    let text = |text: &str| Some(text.to_string());
    assert_eq!(texts(&batch, "sku"), [None, text("oats")], "by time");
    assert_eq!(texts(&batch, "slot"), [text("A1.1"), text("A1.1")]);
    assert_eq!(texts(&batch, "visit_id"), [None, text("0000000000000007")]);
    assert_eq!((texts(&batch, "member_id"), numbers(&batch, "quantity")), (vec![None, None], vec![Some(-2), Some(-2)]));
    assert_eq!(
        (numbers(&batch, "unit_price_minor"), texts(&batch, "currency")),
        (vec![None, Some(189)], vec![None, text("EUR")])
    );
    assert_eq!(texts(&batch, "second_sku"), [None, text("peas")]);
    let second = batch.column_by_name("second_confidence").expect("there").as_primitive::<Float32Type>().clone();
    assert!(second.is_null(0) && second.value(1) == 0.125);
    assert_eq!(lists(&batch, "alternatives"), [vec![], vec!["0.1250 1 peas 000000000000000a", "0.0625 1 - -"]]);
}

#[test]
fn changes_of_lines_stand_in_order_of_time_visit_and_goods() {
    let change = |us, sku: &str, quantity, diff| CartLineChange {
        changed_at: EventTime(us),
        line: CartLine { visit: VisitId(7), goods: goods(sku, (sku == "oats").then_some(189)), quantity },
        diff,
    };
    let mut rows =
        vec![change(2, "peas", 1, 1), change(2, "oats", 2, 1), change(2, "oats", 3, -1), change(1, "peas", 9, 1)];
    CartLineChange::sort(&mut rows, &Names::default());
    let batch = CartLineChange::batch(&rows, &Names::default()).expect("columns fit the schema");
    assert_eq!(numbers(&batch, "quantity"), [Some(9), Some(3), Some(2), Some(1)]);
    assert_eq!(numbers(&batch, "diff"), [Some(1), Some(-1), Some(1), Some(1)]);
    assert_eq!(numbers(&batch, "unit_price_minor"), [None, Some(189), Some(189), None]);
}

#[test]
fn receipts_lines_adjustments_and_charges_become_columns() {
    let (visit, receipt) = (VisitId(7), ReceiptId::of(VisitId(7)));
    assert_ne!(receipt, ReceiptId::of(VisitId(8)));
    let (at, member) = (EventTime(9), Some(MemberId(6)));
    let row = Receipt {
        id: receipt,
        visit,
        kind: VisitKind::Member,
        member,
        left_at: EventTime(5),
        settled_at: at,
        lines: 1,
        units: 3,
        units_unpriced: 1,
        gross: euro(567),
        discount: euro(189),
        total: euro(378),
    };
    let batch = Receipt::batch(&[row], &Names::default()).expect("columns fit the schema");
    let amounts = ["units", "units_unpriced", "gross_minor", "discount_minor", "total_minor"];
    assert_eq!(amounts.map(|name| numbers(&batch, name)[0]), [3, 1, 567, 189, 378].map(Some));
    let line = |adjustment, line| ReceiptLine {
        settled_at: at,
        receipt,
        adjustment,
        line,
        visit,
        goods: goods("oats", Some(189)),
        name: "Oat drink".into(),
        tax_class: None,
        quantity: -1,
        gross: euro(-189),
        discount: euro(-9),
        total: euro(-180),
        promotions: vec!["3 for 2".into()],
    };
    let mut rows = vec![line(1, 1), line(0, 2), line(0, 1)];
    ReceiptLine::sort(&mut rows, &Names::default());
    assert_eq!(rows, [line(0, 1), line(0, 2), line(1, 1)]);
    let batch = ReceiptLine::batch(&rows[..1], &Names::default()).expect("columns fit the schema");
    assert_eq!(
        (numbers(&batch, "total_minor"), lists(&batch, "promotions")),
        (vec![Some(-180)], vec![vec!["3 for 2".to_string()]])
    );
    let row = ReceiptAdjustment {
        adjusted_at: at,
        receipt,
        adjustment: 2,
        visit,
        member,
        lines: 1,
        units: -1,
        change: euro(-180),
        total: euro(198),
    };
    let batch = ReceiptAdjustment::batch(&[row], &Names::default()).expect("columns fit the schema");
    assert_eq!((numbers(&batch, "change_minor"), numbers(&batch, "total_minor")), (vec![Some(-180)], vec![Some(198)]));
    let charge =
        |adjustment, minor| Charge { charged_at: at, receipt, adjustment, member: MemberId(6), amount: euro(minor) };
    let (first, refund) = (charge(0, 378), charge(1, -180));
    assert_ne!(first.idempotency_key(), refund.idempotency_key());
    assert_ne!(first.idempotency_key(), Charge { member: MemberId(5), ..charge(0, 378) }.idempotency_key());
    let batch = Charge::batch(&[first, refund], &Names::default()).expect("columns fit the schema");
    assert_eq!(numbers(&batch, "amount_minor"), [Some(378), Some(-180)]);
    assert_eq!(texts(&batch, "idempotency_key")[1], Some(format!("{receipt}-1-0000000000000006")));
}
