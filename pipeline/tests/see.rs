//! A shop with a camera and no scales, on footage: something stands in a slot, somebody steps before it, and it is gone when they have left. What
//! was taken is an interaction, the same on any number of workers.

mod shop;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::config::plan::{Places, Plan};
use pipeline::run::{RunOptions, run};
use shop::{Files, Shop, files};
use std::fs;
use std::process::Command;

/// The camera of the small shop, and a pallet along its picture, 6.5 m away: half a metre behind who walks through the picture.
const PALLET: &str = r#"
[files]
catalog = "catalog.csv"
planogram = "planogram.csv"
[[gondolas]]
name = "pallet"
at_mm = [-1800, 6500, 0]
size_mm = [3600, 400, 2400]
[[gondolas.shelves]]
name = "pallet.1"
board_mm = 300
clear_mm = 2000
depth_mm = 400
slots = [{ name = "pallet.1.1", from_mm = 0, to_mm = 3600 }]
"#;

/// Somebody comes, stands before the pallet and goes; what stands on it goes `gone` seconds after the beginning.
fn film(shop: &Shop, gone: u32) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-threads", "1"]);
    for (color, size) in [("black", "160x96"), ("0x404040", "30x20"), ("white", "20x46")] {
        command.args(["-f", "lavfi", "-i", &format!("color={color}:s={size}:r=10:d=15")]);
    }
    let walk = "if(lt(t,4),-30+25*t,if(lt(t,9),70,70+30*(t-9)))";
    let paths = format!("[0][1]overlay=x=60:y=36:enable='lt(t,{gone})'[a];[a][2]overlay=x='{walk}':y=30");
    command.args(["-filter_complex", &paths, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-q:v", "3", "-t", "15"]);
    let made = command.arg(shop.path("left.mp4")).output().expect("ffmpeg starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Slot, sku and quantity of every interaction.
fn taken(files: &Files) -> Vec<(String, String, i64)> {
    let mut taken = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("interactions/")) {
        let bytes = bytes::Bytes::from(bytes.clone());
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).expect(name).build().expect(name);
        for batch in reader.map(|batch| batch.expect("readable")) {
            let text = |column: &str, row: usize| batch[column].as_string::<i32>().value(row).to_string();
            let quantity = batch["quantity"].as_primitive::<Int64Type>();
            assert!((0..batch.num_rows()).all(|row| !batch["track_id"].is_null(row)), "somebody did it");
            taken.extend((0..batch.num_rows()).map(|row| (text("slot", row), text("sku", row), quantity.value(row))));
        }
    }
    taken
}

#[test]
fn what_a_camera_saw_go_was_taken() {
    let Some(shop) = Shop::new(1) else { return };
    fs::write(shop.path("catalog.csv"), "sku,name\n7,Tea\n").expect("written");
    fs::write(shop.path("planogram.csv"), "slot,sku,valid_from\npallet.1.1,7,2026-11-23T00:00:00Z\n").expect("written");
    let text = shop.text(PALLET);
    let (text, _) = text.split_at(text.find("[[cameras]]\nname = \"right\"").expect("a second camera"));
    let places = Places { config: Some(shop.data()), data: Some(shop.data()), ..Places::default() };
    let plan = Plan::read("store.toml", text, places).expect("no problems");
    let rows = |out: &str, workers: usize| {
        let options =
            RunOptions { workers, infer_threads: 2, ..RunOptions::new(shop.data(), &shop.path(out), shop.data()) };
        run(&plan, &options).expect("it runs");
        files(&shop.path(out))
    };
    film(&shop, 7);
    let one = rows("one", 1);
    assert_eq!(taken(&one), [("pallet.1.1".to_string(), "7".to_string(), 1)]);
    for workers in [2, 4] {
        assert!(rows(&format!("workers-{workers}"), workers) == one, "{workers} workers gave other files");
    }
    film(&shop, 100);
    assert_eq!(taken(&rows("still", 1)), [], "nothing went");
}
