//! A simulated shop, its plan, and what a run wrote of it.

#![allow(dead_code, reason = "each test file uses its part")]

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::config::plan::{Places, Plan};
use simstore::generate::{Asked, generate};
use simstore::scenario::read;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Generates a shop.
pub fn shop(folder: &Path, text: &str) {
    let (scenario, world) = read("scenario.toml", text, None).expect("no problems");
    generate(Asked { scenario: &scenario, world, out: folder, threads: 1, sketch: None }, |_| {}).expect("generated");
}

/// The shop's plan, after `change` of its configuration.
pub fn plan(folder: &Path, change: impl FnOnce(String) -> String) -> Plan {
    let text = std::fs::read_to_string(folder.join("store.toml")).expect("a configuration");
    let places = Places { config: Some(folder), data: Some(folder), ..Places::default() };
    Plan::read("store.toml", &change(text), places).expect("no problems")
}

/// Files by name, with their bytes; but for what a run says of itself.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "parquet") {
                let name = path.strip_prefix(folder).expect("below").to_path_buf();
                found.insert(name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// Every batch of a table, by the names of its files; none of a table of which nothing was written.
pub fn table(out: &Path, name: &str) -> Vec<RecordBatch> {
    let folder = out.join(name);
    let names = if folder.exists() { files(&folder).into_keys().collect() } else { Vec::new() };
    let read = |name: PathBuf| {
        let file = std::fs::File::open(folder.join(name)).expect("readable");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("rows");
        reader.map(|batch| batch.expect("rows")).collect::<Vec<_>>()
    };
    names.into_iter().flat_map(read).collect()
}
