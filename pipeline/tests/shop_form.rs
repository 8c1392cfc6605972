//! The form of a shop beyond cameras: gondolas, reference files, scales, gates. Mistakes as goldens (INSTA_UPDATE=always rewrites
//! them), the example as it is meant, and what counts for the digest.

use arrow_array::RecordBatch;
use parquet::arrow::ArrowWriter;
use pipeline::config::Problem;
use pipeline::config::plan::{Places, Plan};
use schemas::table::{Names, TableRow};
use schemas::{
    EventTime, GateCrossing, GateId, GateScan, PackageShape, ScaleId, ScaleSample, Sku, SlotId, Terms, TickLength, Way,
    Ways, ZoneId,
};
use std::path::Path;

/// A folder with files, of which `store.toml` is the configuration.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).expect("written");
    }

    fn read(&self, data: Option<&Path>) -> Result<Plan, Vec<Problem>> {
        let text = std::fs::read_to_string(self.0.path().join("store.toml")).expect("a configuration");
        Plan::read("store.toml", &text, Places { config: Some(self.0.path()), data, ..Places::default() })
    }

    /// The problems as people see them, without the folder's name.
    fn said(&self, data: Option<&Path>) -> String {
        let problems = self.read(data).expect_err("problems");
        let lines: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        let said = format!("{lines}{} problems", problems.len());
        let said = said.replace(&format!("{}/", self.0.path().display()), "");
        data.map_or(said.clone(), |data| said.replace(&format!("{}", data.display()), "DATA"))
    }
}

const CAMERAS: &str = "[[cameras]]\nname = 'c'\nkind = 'detections'\npath = 'c'\n";
const HEAD: &str = "[store]\nname = 'shop'\ncurrency = 'EUR'\n";
const SHELF: &str = "[[gondolas]]\nname = 'A'\nat_mm = [0, 0, 0]\nsize_mm = [1000, 400, 1800]\n[[gondolas.shelves]]\nname = 'A1'\n\
                     board_mm = 100\nclear_mm = 300\ndepth_mm = 380\nslots = [{ name = 'A1.1', from_mm = 0, to_mm = 500 }, \
                     { name = 'A1.2', from_mm = 500, to_mm = 1000 }]\n";
const FILES: &str = "[files]\ncatalog = 'catalog.csv'\nplanogram = 'planogram.csv'\nprices = 'prices.csv'\n";

fn at(text: &str) -> EventTime {
    EventTime(text.parse::<jiff::Timestamp>().expect("an instant").as_microsecond())
}

fn sku(text: &str) -> Sku {
    Sku::new(text).expect("not empty")
}

#[test]
fn the_example_means_what_it_says() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let text = std::fs::read_to_string(examples.join("store.toml")).expect("the example");
    let places = Places { config: Some(&examples), ..Places::default() };
    let plan = Plan::read("store.toml", &text, places).expect("no problems");
    assert_eq!(plan.tick, TickLength::from_us(100_000).expect("not zero"));
    let [gondola] = &plan.gondolas[..] else { panic!("{:?}", plan.gondolas) };
    assert_eq!((gondola.turn_mdeg, gondola.size_mm, gondola.at.y_mm), (90_000, [1000, 400, 1850], 2600));
    // Turned by a quarter its front runs along y, and it reaches to where x is less.
    let (x, y) = (gondola.at.x_mm, gondola.at.y_mm);
    let foot = gondola.foot().map(|corner| (corner.x_mm, corner.y_mm));
    assert_eq!(foot, [(x, y), (x, y + 1000), (x - 400, y + 1000), (x - 400, y)]);
    let names: Vec<&str> = plan.slots().map(|slot| slot.name.as_str()).collect();
    assert_eq!(names, ["A1.1", "A1.2", "A2.1"]);

    let reference = &plan.reference;
    let slot = SlotId::mint("corner-shop", "A1.2");
    let there = |time| reference.planogram.at(&slot, at(time)).map(|what| what.as_ref().map(|s| s.sku.to_string()));
    assert_eq!(there("2026-10-31T22:59:59Z"), None, "before anybody said");
    assert_eq!(there("2026-10-31T23:00:00Z"), Some(Some("4099887000025".to_string())));
    assert_eq!(there("2026-11-22T12:00:00Z"), Some(None), "taken out");
    assert_eq!(there("2026-11-23T05:00:00Z"), Some(Some("4099887000032".to_string())));
    let prices = reference.prices.as_ref().expect("prices");
    let price = |time| prices.price(&sku("4099887000018"), at(time)).map(|p| (p.minor, p.currency.to_string()));
    assert_eq!(price("2026-11-22T22:59:59.999999Z"), Some((189, "EUR".to_string())));
    assert_eq!(price("2026-11-22T23:00:00Z"), Some((169, "EUR".to_string())));
    let peas = &reference.catalog[&sku("4099887000025")];
    assert_eq!((peas.name.as_str(), peas.unit_weight_mg), ("Peas, tinned 400 g", Some(468_000)));
    assert_eq!((peas.size_mm, peas.shape), (Some([75, 75, 110]), Some(PackageShape::Can)));
    assert_eq!(reference.catalog[&sku("crisps-salt")].image, None);
    let [crisps, drinks, peas, oats] = &reference.promotions[..] else { panic!("{:?}", reference.promotions) };
    assert_eq!(
        (crisps.terms, crisps.name.as_str()),
        (Terms::Bundle { take: 2, minor: 400 }, "Two bags of crisps for 4.00")
    );
    assert_eq!((crisps.valid_from, crisps.valid_until), (at("2026-11-19T23:00:00Z"), Some(at("2026-11-30T23:00:00Z"))));
    assert_eq!(
        (drinks.terms, drinks.categories.first().map(String::as_str)),
        (Terms::MultiBuy { take: 3, pay: 2 }, Some("drinks"))
    );
    assert_eq!((peas.terms, peas.valid_until), (Terms::PercentOff(10), None));
    assert_eq!((oats.terms, oats.skus.first()), (Terms::MemberPrice(149), Some(&sku("4099887000018"))));

    assert_eq!(plan.scales[1].slots, [SlotId::mint("corner-shop", "A2.1")]);
    let [gate] = &plan.gates[..] else { panic!("{:?}", plan.gates) };
    assert_eq!((gate.ways, gate.zone, gate.line[1].x_mm), (Ways::Both, ZoneId::mint("corner-shop", "till"), 1500));
    let codes = plan.codes.as_ref().expect("codes");
    assert!(codes.issuer == "corner-shop" && codes.public_keys.len() == 1 && codes.pseudonym_key != [0; 32]);
    assert_eq!(plan.sensors.gate_crossings.as_deref(), Some(Path::new("gate_crossings")));
}

#[test]
fn five_mistakes_in_the_shops_form_are_five_problems() {
    let text = format!(
        "[store]\nname = 'shop'\ncurrency = 'Euro'\n{CAMERAS}{SHELF}[[gondolas.shelves]]\nname = 'A2'\nboard_mm = 500\n\
         clear_mm = 300\ndepth_mm = 380\nslots = [{{ name = 'A2.1', from_mm = 0, to_mm = 1001 }}]\n\
         [[scales]]\nname = 'plate'\nslots = ['A1.3']\n\
         [[gates]]\nname = 'door'\nzone = 'porch'\nreader_mm = [0, 0, 1000]\nline_mm = [[0, 0], [1, 0]]\nways = 'both'\n"
    );
    let said = Folder::new(&[("store.toml", &text)]).said(None);
    assert!(said.ends_with("5 problems"), "{said}");
    insta::assert_snapshot!("five_mistakes", said);
}

#[test]
fn what_lies_beyond_the_doors_is_told_and_is_no_entrance() {
    let zone =
        |name: &str, flags: &str| format!("[[zones]]\nname = '{name}'\npolygon_mm = [[0, 0], [9, 0], [9, 9]]\n{flags}");
    let text = |street: &str| format!("{HEAD}{CAMERAS}{}{}", zone("aisle", ""), zone("street", street));
    let plan = Folder::new(&[("store.toml", &text("outside = true\n"))]).read(None).expect("no problems");
    let names = |zones: &[schemas::Zone]| zones.iter().map(|zone| zone.name().to_string()).collect::<Vec<_>>();
    assert_eq!((names(&plan.outside), plan.entrances.len()), (vec!["street".to_string()], 0));
    let said = Folder::new(&[("store.toml", &text("outside = true\nentrance = true\n"))]).said(None);
    assert!(said.ends_with("1 problems") && said.contains("zones[1].outside: is an entrance"), "{said}");
}

#[test]
fn every_mistake_about_shelves_scales_and_gates_is_named() {
    let text = r#"
[store]
name = "shop"
[[cameras]]
name = "c"
kind = "detections"
path = "c"
[[zones]]
name = "broken"
polygon_mm = [[0, 0], [1, 1]]
[[gondolas]]
name = "A"
at_mm = [0, 0]
turn_deg = 400
size_mm = [1000, 0, 1800]
[[gondolas]]
name = "A"
at_mm = [0, 0, "up"]
size_mm = [1000, 400, 1800]
[[gondolas.shelves]]
name = "left shelf"
board_mm = 1900
clear_mm = 300
slots = [
    { name = "s1", from_mm = 0, to_mm = 300 },
    { name = "s2", from_mm = 299, to_mm = 400 },
    { name = "s1", from_mm = 400, to_mm = 500 },
    { name = "s3", from_mm = 600, to_mm = 600 },
    { name = "s4", from_mm = -1, to_mm = 10 },
    { name = "s5", from = 700, to_mm = 800 },
    7,
]
[[scales]]
name = "p"
slots = []
[[scales]]
name = "p"
slots = ["s5", "s5", "s6"]
[[scales]]
slots = "s1"
[[gates]]
name = "door"
way = "through"
zone = "broken"
line_mm = [[0, 0], [0.2, 0]]
[[gates]]
name = "door"
reader_mm = [0, 0, 1e9]
line_mm = [[0, 0], [1, 0], [2, 0]]
[gate_codes]
public_keys = ["a.pub", "b.pub", "c.pub", "none.pub"]
[sensors]
scale = "s"
"#;
    let key =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/corner-shop/gate-2026a.pub"));
    let key = key.expect("a key");
    let secret = "k4.secret.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8c5WpIyC_5kWKhS8VEYSZ05dYfuTF-ZdQFV4D9vLTcNQ";
    let files = [("store.toml", text), ("a.pub", key.as_str()), ("b.pub", key.trim()), ("c.pub", secret)];
    insta::assert_snapshot!("fittings", Folder::new(&files).said(None));
}

#[test]
fn every_mistake_in_a_csv_file_is_named_with_file_and_line() {
    let catalog = "sku,name,unit_weight_mg,width_mm,depth_mm,height_mm,shape\n\
                   a,Apples,150000,70,70,70,bag\n\
                   b,\"Bread,\nsliced\",-5,70,,70,loaf\n\
                   a,Again,1,,,,\n\
                   ,Nameless,1,,,,\n\
                   d,,1,,,,\n";
    let planogram = "slot,sku,facings,valid_from\n\
                     A1.1,a,0,2026-01-01T00:00:00Z\n\
                     A1.1,a,1,2026-01-01T00:00:00Z\n\
                     A1.1,b,1,2026-01-01T01:00:00+01:00\n\
                     A1.3,a,1,2026-01-01T00:00:00Z\n\
                     A1.2,c,1,2026-01-01T00:00:00Z\n\
                     A1.2,b,1,2026-01-02\n\
                     A1.2,a,1,2025-12-31T23:59:59Z\n";
    let prices = "sku,price_minor,valid_from\r\n\
                  a,-1,2026-01-01T00:00:00Z\r\n\
                  a,100,2026-01-01T00:00:00Z\r\n\
                  b,1.99,2025-01-01T00:00:00Z\r\n\
                  \r\n\
                  c,100,2026-01-01T00:00:00Z\r\n";
    let text = format!("{HEAD}{FILES}{CAMERAS}{SHELF}");
    let folder = Folder::new(&[
        ("store.toml", &text),
        ("catalog.csv", catalog),
        ("planogram.csv", planogram),
        ("prices.csv", prices),
    ]);
    insta::assert_snapshot!("csv", folder.said(None));
}

#[test]
fn files_that_are_no_csv_of_the_shop_are_named_and_blame_nobody_else() {
    let text = format!("[store]\nname = 'shop'\n{FILES}promotions = 'none.csv'\n{CAMERAS}{SHELF}");
    let folder = Folder::new(&[
        ("store.toml", &text),
        ("catalog.csv", "sku,nam,colour,sku\na,Apples,red,a\n"),
        ("planogram.csv", "slot,sku,valid_from\nA1.1,a,2026-01-01T00:00:00Z,7\nA1.2,\"a,2026-01-01T00:00:00Z\n"),
    ]);
    folder.write("prices.csv", b"sku,price_minor,valid_from\na,1,2026-01-01T00:00:00Z\n\xff,1,2026-01-01T00:00:00Z\n");
    insta::assert_snapshot!("no_csv", folder.said(None));
    folder.write("planogram.csv", "slot,sku,valid_from\nA1.1,a,2026-01-01T00:00:00Z,7\n");
    folder.write("prices.csv", "");
    folder.write("catalog.csv", "\u{feff}sku,name\na,Apples\n");
    insta::assert_snapshot!("no_csv_either", folder.said(None));
}

#[test]
fn every_mistake_about_promotions_is_named() {
    let text = format!("{HEAD}[files]\ncatalog = 'catalog.csv'\npromotions = 'promotions.csv'\n{CAMERAS}");
    let promotions = "name,kind,skus,categories,terms,valid_from,valid_until\n\
         ,percent_off,a,,0,2026-01-01T00:00:00Z,\n\
         ,multi_buy,a;pear,,2 for 3,2026-01-01T00:00:00Z,\n\
         ,bundle,a,,2 for 300,2026-01-01T00:00:00Z,\n\
         twice,bundle_price,a; a,,2 for 3.00,yesterday,\n\
         twice,member_price,,friut,149,2026-02-01T00:00:00Z,2026-02-01T00:00:00Z\n\
         ,member_price,,,,2026-02-01T00:00:00Z,\n\
         ,multi_buy,a,,50 for 2,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z\n\
         ,multi_buy,,fruit,50 for 2,2026-01-31T00:00:00Z,\n\
         ,multi_buy,a,,50 for 2,2025-01-31T00:00:00Z,2026-01-01T00:00:00Z\n";
    let files = [("store.toml", text.as_str()), ("catalog.csv", "sku,name,category\na,Apples,fruit\n")];
    let folder = Folder::new(&files);
    folder.write("promotions.csv", promotions);
    insta::assert_snapshot!("promotions", folder.said(None));
    folder.write("promotions.csv", "kind,skus,terms,valid_from\nmulti_buy,a,3 for 2,2026-01-01T00:00:00Z\n");
    let plan = folder.read(None).expect("no problems");
    assert_eq!(plan.reference.promotions[0].name, "multi buy 3 for 2", "without a name its terms");
    let alone = format!("{HEAD}[files]\npromotions = 'promotions.csv'\n{CAMERAS}");
    folder.write("store.toml", alone);
    assert!(folder.said(None).contains("needs `catalog`"));
}

#[test]
fn of_a_thousand_mistakes_a_hundred_are_told_and_the_rest_counted() {
    let rows: String = (0..1000).map(|_| "a,x,2026-01-01T00:00:00Z\n").collect();
    let text = format!("{HEAD}[files]\ncatalog = 'catalog.csv'\nprices = 'prices.csv'\n{CAMERAS}");
    let folder = Folder::new(&[
        ("store.toml", &text),
        ("catalog.csv", "sku,name\na,Apples\n"),
        ("prices.csv", &format!("sku,price_minor,valid_from\n{rows}")),
    ]);
    let problems = folder.read(None).expect_err("problems");
    assert_eq!(problems.len(), 101);
    // Each row has two: its price, and, but for the first, an instant that is taken.
    assert!(problems.last().is_some_and(|last| last.reason == "1899 more"), "{:?}", problems.last());
}

#[test]
fn every_file_that_is_named_is_part_of_the_digest() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let text = std::fs::read_to_string(examples.join("store.toml")).expect("the example");
    let text = text.replace("corner-shop/", "");
    let folder = Folder::new(&[("store.toml", &text)]);
    let csv = ["catalog.csv", "planogram.csv", "prices.csv", "promotions.csv", "campaigns.csv"];
    let names: Vec<&str> = csv.into_iter().chain(["gate-2026a.pub", "pseudonym.key"]).collect();
    for &name in &names {
        folder.write(name, std::fs::read(examples.join("corner-shop").join(name)).expect("a file"));
    }
    let digest = || folder.read(None).expect("no problems").digest;
    let first = digest();
    assert_eq!(first, digest());
    for &name in &names {
        let before = std::fs::read(folder.0.path().join(name)).expect("a file");
        folder.write(name, [&before[..], b"\n"].concat());
        assert_ne!(first, digest(), "{name}");
        folder.write(name, before);
    }
    assert_eq!(first, digest());
}

#[test]
fn reference_files_may_lie_under_data() {
    let text = format!("{HEAD}[files]\nunder = 'data'\n{}{CAMERAS}{SHELF}", &FILES["[files]\n".len()..]);
    let (folder, data) = (Folder::new(&[("store.toml", &text)]), tempfile::tempdir().expect("a folder"));
    assert!(folder.read(None).expect("nobody says where").reference.catalog.is_empty());
    let catalog = "store.toml:6: files.catalog: DATA/catalog.csv: No such file";
    std::fs::write(data.path().join("c"), "").expect("written");
    assert!(folder.said(Some(data.path())).starts_with(catalog), "{}", folder.said(Some(data.path())));
    for (name, rows) in [
        ("catalog.csv", "sku,name\na,Apples\n"),
        ("planogram.csv", "slot,sku,valid_from\nA1.1,a,2026-01-01T00:00:00Z\n"),
        ("prices.csv", "sku,price_minor,valid_from\na,100,2026-01-01T00:00:00Z\n"),
    ] {
        std::fs::write(data.path().join(name), rows).expect("written");
    }
    let plan = folder.read(Some(data.path())).expect("no problems");
    assert_eq!((plan.reference.catalog.len(), plan.reference.planogram.is_empty()), (1, false));
}

fn publish(path: &Path, batch: &RecordBatch) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let file = std::fs::File::create(path).expect("writable");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a schema");
    writer.write(batch).expect("rows");
    writer.close().expect("a footer");
}

#[test]
fn recorded_sensors_must_have_the_columns_of_their_tables() {
    let gate = "[[zones]]\nname = 'z'\npolygon_mm = [[0, 0], [9, 0], [9, 9]]\n\
                [[gates]]\nname = 'door'\nzone = 'z'\nreader_mm = [0, 0, 1000]\nline_mm = [[0, 0], [1, 0]]\n";
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/corner-shop");
    let (key, secret) = (examples.join("gate-2026a.pub"), examples.join("pseudonym.key"));
    let codes = format!(
        "[gate_codes]\nissuer = 'shop'\npublic_keys = ['{}']\npseudonym_key = '{}'\n",
        key.display(),
        secret.display()
    );
    let sensors = "[sensors]\nscales = 'scales'\ngate_scans = 'scans.parquet'\ngate_crossings = 'crossings'\n";
    let text = format!("{HEAD}{CAMERAS}{SHELF}[[scales]]\nname = 'p'\nslots = ['A1.1']\n{gate}{codes}{sensors}");
    let folder = Folder::new(&[("store.toml", &text)]);
    let (places, time) = (tempfile::tempdir().expect("a folder"), EventTime(1));
    let data = places.path();
    std::fs::write(data.join("c"), "").expect("written");

    let mut names = Names::default();
    names.scales.insert(ScaleId::mint("shop", "p"), "p".to_string());
    let sample =
        ScaleSample { scale: ScaleId::mint("shop", "p"), event_time: time, received_at: time, weight_mg: None };
    let samples = ScaleSample::batch(&[sample], &names).expect("columns");
    let scan = GateScan { gate: GateId(1), event_time: time, received_at: time, code: "x".into(), party: None };
    let scans = GateScan::batch(&[scan], &names).expect("columns");
    let crossing = GateCrossing { gate: GateId(1), event_time: time, received_at: time, way: Way::In };
    let crossings = GateCrossing::batch(&[crossing], &names).expect("columns");

    // All is well: rows of ours, a file and folders; a column that may be null is not there.
    publish(&data.join("scales/date=1970-01-01/part-0-1.parquet"), &samples);
    publish(&data.join("scans.parquet"), &scans.project(&[3, 1, 2, 0]).expect("columns"));
    publish(&data.join("crossings/part-0.parquet"), &crossings);
    let plan = folder.read(Some(data)).expect("no problems");
    assert_eq!((plan.scales.len(), plan.gates.len()), (1, 1));

    // Nothing is: another type, an absent column in the second file, no file.
    publish(&data.join("scans.parquet"), &crossings);
    publish(&data.join("scales/date=1970-01-02/part-0-1.parquet"), &samples.project(&[0, 1, 3]).expect("columns"));
    std::fs::remove_file(data.join("crossings/part-0.parquet")).expect("removed");
    insta::assert_snapshot!("sensors", folder.said(Some(data)));

    // A shop without them has no use for their recordings.
    folder.write("store.toml", format!("{HEAD}{CAMERAS}{sensors}"));
    insta::assert_snapshot!("sensors_of_nobody", folder.said(None));
}
