//! House rules that no lint knows: file length, rooms, words, and documents that name what exists.

use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] = ["schemas", "operators", "models", "pipeline", "benchmarks"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

/// Every file below the crates with this ending, with its text and its name from the workspace.
fn sources(ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = CRATES.iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root()).expect("below").display().to_string();
            if path.is_dir() && !name.ends_with("target") && !name.contains("/.") {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push((name, fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

#[test]
fn files_fit_in_a_head() {
    let long: Vec<String> = (sources(".rs").iter())
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split these: {long:#?}");
}

#[test]
fn rooms_import_only_what_they_may() {
    let allowed: [(&str, &[&str]); 6] = [
        ("schemas", &[]),
        ("operators", &["schemas"]),
        ("models", &["schemas"]),
        ("pipeline", &["schemas", "operators", "models"]),
        ("pipeline/gatecode", &[]),
        ("benchmarks/simstore", &["schemas"]),
    ];
    for (crate_name, may) in allowed {
        let manifest = fs::read_to_string(root().join(crate_name).join("Cargo.toml")).expect("a manifest");
        let dependencies =
            manifest.split("[dependencies]").nth(1).expect("dependencies").split('[').next().expect("text");
        for other in CRATES.iter().filter(|other| **other != crate_name && !may.contains(other)) {
            let imports = dependencies.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(other));
            assert!(!imports, "{crate_name} may not import {other}");
        }
    }
}

#[test]
fn decisions_touch_no_world() {
    let banned =
        ["std::fs", "std::net", "std::thread", "std::env", "std::process", "Instant::", "SystemTime", "rand::"];
    for (name, text) in sources(".rs") {
        let pure = ["schemas/src", "operators/src"].iter().any(|room| name.starts_with(room));
        let found = banned.iter().find(|word| pure && text.contains(**word));
        assert!(found.is_none(), "{name} mentions {}", found.expect("found"));
        let raw = ["unary_frontier(", "binary_frontier(", "OperatorBuilder"].iter().any(|word| text.contains(word));
        let builder = name == "operators/src/flow/build.rs" || name == "pipeline/tests/tidy.rs";
        assert!(!raw || builder, "{name} builds a raw operator: use flow/build.rs");
    }
}

#[test]
fn names_come_from_the_glossary() {
    let banned = ["User", "Customer", "Object", "Item", "Product", "Data", "Info", "Manager", "Util"];
    for (name, text) in sources(".rs").iter().filter(|(name, _)| !name.contains("/tests")) {
        for line in text.lines().map(str::trim_start) {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            // The standard library's word for what an iterator gives.
            if line.starts_with("type Item = ") {
                continue;
            }
            let Some(kind) = ["struct ", "enum ", "trait ", "type "].iter().find(|kind| line.starts_with(**kind))
            else {
                continue;
            };
            let word = line[kind.len()..].split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            // The words that a CamelCase name is made of.
            let starts: Vec<usize> = (0..word.len()).filter(|&i| word.as_bytes()[i].is_ascii_uppercase()).collect();
            let ends = starts.iter().skip(1).copied().chain([word.len()]);
            let bad = starts.iter().zip(ends).map(|(&start, end)| &word[start..end]).find(|part| banned.contains(part));
            assert!(bad.is_none(), "{name}: {word}: say it in the words of schemas/src/lib.rs");
        }
    }
    for table in schemas::table::Table::ALL.into_iter().chain(schemas::table::Table::INPUTS) {
        for column in table.columns {
            let word = |bad: &&str| column.name.split('_').any(|part| part == bad.to_lowercase());
            assert!(!banned.iter().any(word), "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn documents_name_what_exists() {
    let mut documents = sources(".md");
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        documents.push((name.to_string(), fs::read_to_string(root().join(name)).expect(name)));
    }
    let makefile = fs::read_to_string(root().join("Makefile")).expect("Makefile");
    let mut checked = 0;
    for (name, text) in documents {
        let folder = root().join(&name).parent().expect("a folder").to_path_buf();
        for quoted in text.split('`').skip(1).step_by(2) {
            if let Some(target) = quoted.strip_prefix("make ").and_then(|rest| rest.split_whitespace().next()) {
                assert!(makefile.contains(&format!("\n{target}:")), "{name}: no `make {target}`");
                checked += 1;
            }
            let path = quoted.split_whitespace().next().unwrap_or_default();
            let rooted = CRATES.iter().any(|room| path.starts_with(&format!("{room}/")));
            let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)) && !path.contains("..");
            if rooted && plain && !path.contains("NAME") {
                assert!(root().join(path).exists() || folder.join(path).exists(), "{name}: no `{path}`");
                checked += 1;
            }
        }
    }
    assert!(checked >= 20, "only {checked} names were checked");
}
