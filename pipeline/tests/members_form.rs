//! What a configuration says of members: campaigns and earlier receipts, and every mistake in them.

use pipeline::config::plan::{Places, Plan};
use schemas::EventTime;
use std::path::Path;

const HEAD: &str =
    "[store]\nname = 'shop'\ncurrency = 'EUR'\n[[cameras]]\nname = 'c'\nkind = 'detections'\npath = 'c'\n";
const FILES: &str = "[files]\ncatalog = 'catalog.csv'\nprices = 'prices.csv'\ncampaigns = 'campaigns.csv'\n";

fn read(folder: &Path, text: &str, data: bool) -> Result<Plan, Vec<String>> {
    let places = Places { config: Some(folder), data: data.then_some(folder), ..Places::default() };
    Plan::read("store.toml", text, places).map_err(|problems| {
        let said = problems.iter().map(|problem| format!("{}: {}: {}", problem.line, problem.key, problem.reason));
        said.map(|said| said.replace(&folder.display().to_string(), "DIR")).collect()
    })
}

#[test]
fn every_mistake_in_campaigns_is_told() {
    let place = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).expect("written");
    write("catalog.csv", "sku,name\na,Apples\n");
    write("prices.csv", "sku,price_minor,valid_from\na,100,2025-01-01T00:00:00Z\n");
    let header = "name,sku,discount_minor,cost_minor,budget_minor,valid_from,valid_until,holdout_permille\n";
    let good = "apples,a,10,50,100,2026-01-01T00:00:00Z,,\n";
    write("campaigns.csv", &format!("{header}{good}"));
    let text = format!("{HEAD}{FILES}");
    let plan = read(place.path(), &text, false).expect("no problems");
    let [campaign] = &plan.reference.campaigns[..] else { panic!("{:?}", plan.reference.campaigns) };
    assert_eq!((campaign.discount.minor, campaign.holdout_permille, campaign.receipts_min), (10, 100, 0));
    assert_eq!(campaign.valid_from, EventTime(1_767_225_600_000_000));
    let bad = [
        "apples,pear,0,50,100,2026-01-01T00:00:00Z,2025-01-01T00:00:00Z,\n",
        "dear,a,101,-1,200,yesterday,,1001\n",
        "more,a,101,50,99,2026-01-01T00:00:00Z,,\n",
    ];
    write("campaigns.csv", &format!("{header}{good}{}", bad.concat()));
    let said = read(place.path(), &text, false).expect_err("problems");
    let keys: Vec<String> = said.iter().map(|said| said.split(": ").take(2).collect::<Vec<_>>().join(" ")).collect();
    let expected = [
        "3 discount_minor",
        "3 name",
        "3 sku",
        "3 valid_until",
        "4 cost_minor",
        "4 holdout_permille",
        "4 valid_from",
        "5 budget_minor",
        "5 discount_minor",
    ];
    assert_eq!(keys, expected, "{said:#?}");
    let alone = text.replace("prices = 'prices.csv'\n", "");
    let said = read(place.path(), &alone, false).expect_err("a problem");
    assert!(said.iter().any(|said| said.contains("needs `prices`")), "{said:?}");
}

#[test]
fn earlier_receipts_and_offers_must_be_there_and_have_their_columns() {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(place.path().join("c"), "").expect("written");
    let text = format!(
        "{HEAD}[personal]\nreceipts = ['none.parquet', 'c']\noffers = 'c'\nremind_permile = 3\noffers_days = 0\n"
    );
    let said = read(place.path(), &text, true).expect_err("problems");
    assert_eq!(said.len(), 5, "{said:#?}");
    let about = |words: &str| said.iter().filter(|said| said.contains(words)).count();
    assert_eq!((about("personal.receipts: DIR/none.parquet"), about("personal.receipts: DIR/c")), (1, 1), "{said:#?}");
    assert_eq!(about("personal.offers: DIR/c"), 1, "{said:#?}");
    assert_eq!((about("remind_permile: is not known"), about("offers_days: 0 is outside")), (1, 1), "{said:#?}");
    let one = format!("{HEAD}[personal]\nreceipts = 'a folder'\noffers = ['this', 'that']\n");
    let personal = read(place.path(), &one, false).expect("no problems").personal;
    assert_eq!(personal.receipts, [Path::new("a folder")]);
    assert_eq!(personal.offers, [Path::new("this"), Path::new("that")]);
}
