//! What a shop says to its members: a simulated shop with a history before it, campaigns, and somebody who asks to be forgotten. Run; what is
//! said is held against what everybody does and pays. The same files for any number of workers.

mod shop;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use pipeline::run::{RunOptions, run};
use schemas::table::personal::member;
use schemas::table::{Names, TableRow};
use schemas::{Currency, EventTime, Money, Offer, OfferId, Sku, VisitId};
use shop::{files, plan, shop, table as table_of};
use simstore::gate::Signer;
use simstore::life::Role;
use simstore::seed::Seed;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const SHOP: &str = "shop = 'corner'\nseed = 5\nseconds = 300\nlevel = 'observations'\n\
    [people]\nat_once_max = 4\nstaff = 0\n[people.hard]\ntake_and_return = 3\n[delivery]\nscale_hz = 10\n";
const DAY_US: i64 = 86_400_000_000;

/// `spoken`: with members spoken to, and this in the configuration beside.
fn tables_of(folder: &Path, out: &Path, spoken: Option<&str>, workers: usize) {
    let change = |text: String| {
        let Some(more) = spoken else { return text };
        let text = text.replace("[sensors]\n", "[sensors]\nerasures = \"erasures.jsonl\"\n");
        text.replace("[files]\n", "[files]\ncampaigns = \"campaigns.csv\"\n")
            + "\n[personal]\nreceipts = [\"history.parquet\", \"yesterday\"]\nremind_permille = 200\noffers_most = 50\n"
            + more
    };
    let plan = plan(folder, change);
    run(&plan, &RunOptions { infer_threads: 1, workers, ..RunOptions::new(folder, out, folder) }).expect("runs");
}

/// One row: texts as they are, numbers and times as numbers.
type Row = BTreeMap<String, String>;

fn rows(out: &Path, table: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for batch in table_of(out, table) {
        for at in 0..batch.num_rows() {
            let schema = batch.schema();
            let names = schema.fields().iter().map(|field| field.name().clone());
            rows.push(names.zip(batch.columns().iter().map(|array| value(array, at))).collect());
        }
    }
    rows
}

/// Nothing for null, and for what these tests do not look at.
fn value(array: &ArrayRef, at: usize) -> String {
    if array.is_null(at) {
        return String::new();
    }
    let text = array.as_string_opt::<i32>().map(|array| array.value(at).to_string());
    let time = array.as_primitive_opt::<TimestampMicrosecondType>().map(|array| array.value(at).to_string());
    let short = array.as_primitive_opt::<Int32Type>().map(|array| array.value(at).to_string());
    let long = array.as_primitive_opt::<Int64Type>().map(|array| array.value(at).to_string());
    let list = array.as_list_opt::<i32>().map(|array| array.value(at));
    let list = list.map(|texts| texts.as_string::<i32>().iter().flatten().collect::<Vec<_>>().join(","));
    text.or(time).or(short).or(long).or(list).unwrap_or_default()
}

fn number(row: &Row, name: &str) -> i64 {
    row[name].parse().expect("a number")
}

/// Lines of a history: household, basket, when, sku.
fn write_history(path: &Path, lines: &[(String, String, i64, String)]) {
    let text = |of: fn(&(String, String, i64, String)) -> &String| {
        Arc::new(StringArray::from_iter_values(lines.iter().map(of))) as ArrayRef
    };
    let times = Arc::new(TimestampMicrosecondArray::from_iter_values(lines.iter().map(|line| line.2)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("household_id", text(|line| &line.0)),
        ("basket_id", text(|line| &line.1)),
        ("event_time", times),
        ("sku", text(|line| &line.3)),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("closed");
}

#[test]
fn a_history_is_known_and_what_is_said_follows_from_it() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("shop");
    let out = |name: &str| place.path().join(name);
    shop(&folder, SHOP);
    tables_of(&folder, &out("before"), None, 1);

    // What everybody buys today, by visit and member; of members with two categories at least, the first is faithful, the second asks to
    // be forgotten, as of when they came in.
    let catalog = std::fs::read_to_string(folder.join("catalog.csv")).expect("a catalog");
    let articles: Vec<Vec<&str>> = catalog.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let category: BTreeMap<&str, &str> = articles.iter().map(|article| (article[0], article[2])).collect();
    let receipts = rows(&out("before"), "receipts");
    let bought = |tables: &Path| {
        let mut bought: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in rows(tables, "receipt_lines") {
            bought.entry(line["visit_id"].clone()).or_default().insert(line["sku"].clone());
        }
        bought
    };
    let today = bought(&out("before"));
    let buyers: Vec<&Row> =
        receipts.iter().filter(|row| today.get(&row["visit_id"]).is_some_and(|s| s.len() > 1)).collect();
    let (faithful, shy) = (buyers[1], buyers[2]);
    let had = |visit: &Row, sku: &str| {
        today[&visit["visit_id"]].iter().any(|other| category[other.as_str()] == category[sku])
    };
    let milk = today[&faithful["visit_id"]].first().expect("two at least").clone();
    let bread =
        articles.iter().map(|article| article[0]).find(|sku| !had(faithful, sku)).expect("something else").to_string();
    let start = receipts.iter().map(|row| number(row, "left_at")).min().expect("receipts") - 60_000_000;
    // A history knows members by their pseudonyms, or by the names of their accounts.
    let signer = Signer::new("corner-shop", Seed(5));
    let account = (0..10_000).map(Role::Member).find(|role| signer.member_id(role) == shy["member_id"]);
    let account = signer.pseudonym(&account.expect("one of the shop's members"));
    let mut history = Vec::new();
    for (household, row) in [(&faithful["member_id"], faithful), (&account, shy)] {
        for n in 0..15 {
            let (basket, at) = (format!("{} {n}", row["member_id"]), start - DAY_US * (6 * n + 6));
            history.push((household.clone(), basket.clone(), at, milk.clone()));
            history.push((household.clone(), basket, at, bread.clone()));
        }
    }
    let of = |row: &Row| row["member_id"].clone();
    history.push((of(faithful), "tomorrow".into(), start + DAY_US, milk.clone()));
    history.push((of(faithful), "strange".into(), start - DAY_US, "nothing that is sold".into()));
    write_history(&folder.join("history.parquet"), &history);
    // The tables of an earlier run are a history, too; as it happened today, nothing of it is believed.
    std::fs::create_dir(folder.join("yesterday")).expect("a folder");
    for table in ["receipts", "receipt_lines"] {
        for (name, bytes) in files(&out("before").join(table)) {
            let path = folder.join("yesterday").join(table).join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, bytes).expect("written");
        }
    }
    let visits = rows(&out("before"), "visits");
    let came = |row: &Row| {
        let visit = visits.iter().find(|visit| visit["visit_id"] == row["visit_id"]).expect("its visit");
        number(visit, "scanned_at")
    };
    let asked = came(shy) + 20_000_000;
    let request = format!("\"event_time\": {asked}, \"received_at\": {}", asked + 500_000);
    let erasures = format!("{{\"member_id\": \"{}\", {request}}}\n{{\"member_id\": \"ann\", {request}}}\n", of(shy));
    std::fs::write(folder.join("erasures.jsonl"), erasures).expect("written");
    let mut campaigns = "name,sku,discount_minor,cost_minor,budget_minor,valid_from,holdout_permille\n".to_string();
    for article in &articles {
        let sku = article[0];
        campaigns += &format!("{sku} for you,{sku},10,5,1000,2020-01-01T00:00:00Z,300\n");
    }
    std::fs::write(folder.join("campaigns.csv"), campaigns).expect("written");

    let after = out("after");
    tables_of(&folder, &after, Some(""), 1);
    let one = files(&after);
    for workers in [2, 4] {
        let other = out(&format!("workers-{workers}"));
        tables_of(&folder, &other, Some(""), workers);
        assert!(files(&other) == one, "{workers} workers gave other files");
    }

    // Profiles know what was before, but not what was forgotten.
    let profiles = rows(&after, "profiles");
    let of_member = |row: &&Row, member: &Row| row["member_id"] == member["member_id"];
    let known = |member: &Row| {
        let rows = profiles.iter().filter(|row| of_member(row, member));
        rows.map(|row| number(row, "receipts")).collect::<BTreeSet<_>>()
    };
    assert_eq!((known(faithful), known(shy)), ([16].into(), [1].into()));
    deeds_are_in_profiles(&after, (&shy["member_id"], asked));
    let mut refused: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows(&after, "faults").iter().filter(|row| row["camera"] == "receipts" || row["camera"] == "erasures") {
        *refused.entry(row["kind"].clone()).or_default() += number(row, "count");
    }
    let lines_today: i64 = today.values().map(|skus| skus.len() as i64).sum();
    let expected = [("row_future", 1 + lines_today), ("row_malformed", 1), ("sku_unknown", 1)];
    assert_eq!(refused, expected.map(|(kind, count)| (kind.to_string(), count)).into());

    // Suggestions: as they come in, the faithful are told of their habits; whoever is new, what is popular.
    let suggestions = rows(&after, "suggestions");
    let at_entry = |member: &Row| {
        let rows = suggestions.iter().filter(|row| of_member(row, member) && row["occasion"] == "entry");
        rows.map(|row| (row["sku"].clone(), row["reason"].clone())).collect::<Vec<_>>()
    };
    let first: BTreeSet<String> = at_entry(faithful).into_iter().take(2).map(|(sku, _)| sku).collect();
    assert_eq!(first, BTreeSet::from([milk.clone(), bread.clone()]));
    let newcomer = at_entry(buyers[4]);
    assert!(!newcomer.is_empty() && newcomer.iter().all(|(_, reason)| reason.starts_with("popular")), "{newcomer:?}");

    // Reminders: both habits as they come in, and at the door what they have not taken; whoever was forgotten is left alone from then on.
    let reminders = rows(&after, "reminders");
    let told = |member: &Row, occasion: &str| {
        let rows = reminders.iter().filter(|row| of_member(row, member) && row["occasion"] == occasion);
        rows.map(|row| row["category"].clone()).collect::<BTreeSet<String>>()
    };
    let both = || [&milk, &bread].map(|sku| category[sku.as_str()].to_string());
    assert_eq!(told(faithful, "entry"), both().into());
    assert_eq!(told(faithful, "exit"), BTreeSet::from([category[bread.as_str()].to_string()]));
    assert_eq!((told(shy, "entry"), told(shy, "exit")), (both().into(), BTreeSet::new()));
    let reminded: BTreeSet<&String> = reminders.iter().map(|row| &row["member_id"]).collect();
    assert_eq!(reminded.len(), 2, "nobody else has habits");

    // Offers: who is held out pays as before; what was shown and bought is on the receipt, and only that.
    let offers = rows(&after, "offers");
    let visit_ends: BTreeMap<&String, &Row> = visits.iter().map(|visit| (&visit["visit_id"], visit)).collect();
    let (mut shown, mut redeemed, mut held) = (0, 0, 0);
    let mut saved: BTreeMap<String, i64> = BTreeMap::new();
    let now_bought = bought(&after);
    for offer in &offers {
        let visit = visit_ends[&offer["visit_id"]];
        assert!(number(offer, "offered_at") > number(visit, "scanned_at"), "{offer:?}");
        assert!(number(offer, "offered_at") <= number(visit, "left_at"), "{offer:?}");
        let has = now_bought.get(&offer["visit_id"]).is_some_and(|skus| skus.contains(&offer["sku"]));
        assert_eq!(offer["redeemed"] == "1", has, "{offer:?}");
        shown += number(offer, "shown");
        held += 1 - number(offer, "shown");
        if offer["shown"] == "1" && has {
            redeemed += 1;
            *saved.entry(offer["visit_id"].clone()).or_default() += 10;
        }
        assert!(offer["member_id"] != shy["member_id"] || number(offer, "offered_at") >= asked, "{offer:?}");
    }
    assert!(shown > 5 && redeemed > 0 && held > 0, "{shown} shown, {redeemed} redeemed, {held} held out");
    let total = |row: &Row| (row["visit_id"].clone(), number(row, "total_minor"));
    let was: BTreeMap<String, i64> = receipts.iter().map(total).collect();
    let is: BTreeMap<String, i64> = rows(&after, "receipts").iter().map(total).collect();
    let expected = was.iter().map(|(visit, minor)| (visit.clone(), minor - saved.get(visit).unwrap_or(&0))).collect();
    assert_eq!(is, expected, "what is saved is what was offered, shown and bought");
    let paid: i64 = rows(&after, "charges").iter().map(|row| number(row, "amount_minor")).sum();
    assert_eq!(paid, is.values().sum::<i64>());
    caps_and_budgets_go_on(&folder, &after, start);
}

/// The latest profile of a member says what other tables say that they did; but for what they did before they were `forgotten`.
fn deeds_are_in_profiles(tables: &Path, forgotten: (&str, i64)) {
    let mut last: BTreeMap<String, Row> = BTreeMap::new();
    let mut profiles = rows(tables, "profiles");
    profiles.sort_by_key(|row| number(row, "as_of"));
    profiles.into_iter().for_each(|row| drop(last.insert(row["member_id"].clone(), row)));
    let visits = rows(tables, "visits");
    let whose: BTreeMap<&String, &String> = visits.iter().map(|row| (&row["visit_id"], &row["member_id"])).collect();
    let of = |table: &str, member: &str, at: &str| {
        let theirs = |row: &Row| {
            let them = whose.get(&row["visit_id"]).is_some_and(|id| *id == member);
            them && (member != forgotten.0 || number(row, at) >= forgotten.1)
        };
        rows(tables, table).into_iter().filter(theirs).collect::<Vec<Row>>()
    };
    let (mut put_back, mut stood) = (0, 0);
    for (member, profile) in last {
        let hands = of("interactions", &member, "event_time");
        let units: Vec<i64> =
            hands.iter().filter(|row| !row["sku"].is_empty()).map(|row| number(row, "quantity")).collect();
        let taken: i64 = units.iter().filter(|units| **units > 0).sum();
        let back = taken - units.iter().sum::<i64>();
        assert_eq!((number(&profile, "units_taken"), number(&profile, "units_put_back")), (taken, back), "{member}");
        assert_eq!(profile["skus_put_back"].is_empty(), back == 0, "{profile:?}");
        let mut still: BTreeMap<String, i64> = BTreeMap::new();
        for stay in of("dwells", &member, "entered_at") {
            *still.entry(stay["zone"].clone()).or_default() += number(&stay, "still_ms");
        }
        // All of it is of one day. Of zones that are alike either may be named.
        let mut longest: Vec<i64> = still.values().copied().filter(|ms| *ms > 0).collect();
        longest.sort_by_key(|ms| -ms);
        let named: Vec<i64> = profile["zones_favourite"].split_terminator(',').map(|zone| still[zone]).collect();
        assert_eq!(named, longest[..longest.len().min(3)], "{profile:?}");
        (put_back, stood) = (put_back + back, stood + named.len());
    }
    assert!(put_back > 0 && stood > 0, "{put_back} put back, {stood} zones");
}

/// What an earlier run showed and spent counts: who was shown enough is offered nothing more, and a campaign that is spent makes no offer. Of the
/// run's own offers nothing is believed: they would be from the future.
fn caps_and_budgets_go_on(folder: &Path, tables: &Path, start: i64) {
    let was = rows(tables, "offers");
    let tired = &was[0]["member_id"];
    let spent = &was.iter().find(|offer| offer["member_id"] != *tired).expect("somebody else")["campaign"];
    let euro = Currency::new("EUR").expect("three capitals");
    let offer = |n: u64, campaign: &str, minor: i64| Offer {
        closed_at: EventTime(start - DAY_US),
        offered_at: EventTime(start - DAY_US),
        id: OfferId::of(campaign, VisitId(n)),
        campaign: campaign.into(),
        member: member(tired).expect("sixteen digits"),
        visit: VisitId(n),
        sku: Sku::new("any").expect("not empty"),
        discount: Money { minor, currency: euro },
        shown: true,
        redeemed: minor > 10,
    };
    let mut earlier: Vec<Offer> = (0..49).map(|n| offer(n, "long over", 10)).collect();
    earlier.push(offer(50, spent, 991));
    let batch = Offer::batch(&earlier, &Names::default()).expect("columns");
    let file = std::fs::File::create(folder.join("offers.parquet")).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("closed");
    let (again, more) = (tables.with_file_name("again"), format!("offers = [\"offers.parquet\", {tables:?}]\n"));
    tables_of(folder, &again, Some(&more), 1);
    let refused = rows(&again, "faults").into_iter().filter(|row| row["camera"] == "offers");
    let refused: Vec<(String, i64)> = refused.map(|row| (row["kind"].clone(), number(&row, "count"))).collect();
    assert_eq!(refused, vec![("row_future".to_string(), 1); was.len()]);
    let is = rows(&again, "offers");
    assert!(is.iter().all(|offer| offer["member_id"] != *tired && offer["campaign"] != *spent));
    let others = |offers: &[Row]| offers.iter().filter(|offer| offer["member_id"] != *tired).count();
    assert!(others(&is) > 5 && others(&was) > 5, "everybody else is offered something as before");
}
