//! What is sold and where it lies: `products.json` and `planogram.json`, one document a line, as `catalog.csv`, `prices.csv` and
//! `planogram.csv`.
//!
//! A slot is what one line of the planogram names: plates side by side, as `GONDOLA.SHELF.FIRST-LAST`. Names and ids stay as they are;
//! weights are grams there, prices units of the currency. Who recorded it does not say since when it holds, so it always did.

use super::{lines, write_csv};
use crate::adapt::AdaptError;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Since when everything holds.
const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goods {
    /// The files: catalog, prices, planogram.
    pub files: Vec<PathBuf>,
    /// Articles.
    pub articles: usize,
    /// Articles that have no price, so cannot be sold, by id.
    pub unpriced: Vec<String>,
    /// Slots.
    pub slots: usize,
    /// Slots of which nobody says what lies there, or of which it is no article with a price: they are empty.
    pub empty: Vec<String>,
}

/// An article with a price.
struct Priced {
    name: String,
    weight_mg: Option<i64>,
    price_minor: i64,
}

/// Writes what `products.json` and `planogram.json` in `from` say into `out`.
pub fn goods(from: &Path, out: &Path) -> Result<Goods, AdaptError> {
    let mut goods = Goods::default();
    let (mut articles, mut unpriced) = (BTreeMap::new(), BTreeSet::new());
    lines(&from.join("products.json"), |document| {
        let id = document.pointer("/product_id/id").and_then(Value::as_str).ok_or("an article has no id")?;
        match priced(id, &document["metadata"]) {
            // Listed more than once: the first counts.
            Some(article) => {
                articles.entry(id.to_string()).or_insert(article);
            }
            None => {
                unpriced.insert(id.to_string());
            }
        }
        Ok(())
    })?;
    goods.unpriced = unpriced.into_iter().filter(|id| !articles.contains_key(id)).collect();
    let mut placed = BTreeMap::new();
    lines(&from.join("planogram.json"), |document| {
        let slot = slot(&document["plate_ids"]).ok_or("a slot names no plate")?;
        let sku = document.pointer("/planogram_product_id/id").and_then(Value::as_str);
        let sku = sku.filter(|sku| articles.contains_key(*sku)).unwrap_or_default();
        if sku.is_empty() {
            goods.empty.push(slot.clone());
        }
        match placed.insert(slot.clone(), sku.to_string()) {
            Some(_) => Err(format!("slot {slot} is named twice")),
            None => Ok(()),
        }
    })?;
    (goods.articles, goods.slots) = (articles.len(), placed.len());
    let weight = |article: &Priced| article.weight_mg.map_or(String::new(), |mg| mg.to_string());
    let catalog = articles.iter().map(|(sku, article)| vec![sku.clone(), article.name.clone(), weight(article)]);
    let prices =
        articles.iter().map(|(sku, article)| vec![sku.clone(), article.price_minor.to_string(), ALWAYS.to_string()]);
    let planogram = placed.into_iter().map(|(slot, sku)| vec![slot, sku, ALWAYS.to_string()]);
    goods.files.push(write_csv(out, "catalog.csv", &["sku", "name", "unit_weight_mg"], catalog)?);
    goods.files.push(write_csv(out, "prices.csv", &["sku", "price_minor", "valid_from"], prices)?);
    goods.files.push(write_csv(out, "planogram.csv", &["slot", "sku", "valid_from"], planogram)?);
    Ok(goods)
}

/// None where it has no price.
fn priced(id: &str, metadata: &Value) -> Option<Priced> {
    let price = metadata["price"].as_f64().filter(|price| (0.0..1e9).contains(price))?;
    let name = metadata["name"].as_str().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(id).to_string();
    let weight_mg = metadata["weight"].as_f64().map(|grams| (grams * 1000.0).round() as i64);
    let weight_mg = weight_mg.filter(|mg| (1..=1_000_000_000).contains(mg));
    Some(Priced { name, weight_mg, price_minor: (price * 100.0).round() as i64 })
}

/// The name of the slot that lies on these plates; none where they are not of one shelf.
fn slot(plates: &Value) -> Option<String> {
    let key = |plate: &Value| {
        let number = |path: &str| plate.pointer(path).and_then(Value::as_u64);
        Some((number("/shelf_id/gondola_id/id")?, number("/shelf_id/shelf_index")?, number("/plate_index")?))
    };
    let keys: Vec<_> = plates.as_array()?.iter().map(key).collect::<Option<_>>()?;
    let (&(gondola, shelf, first), &(other, board, last)) = (keys.iter().min()?, keys.iter().max()?);
    if (gondola, shelf) != (other, board) {
        return None;
    }
    let from = format!("{gondola}.{shelf}.{first}");
    Some(if first == last { from } else { format!("{from}-{last}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_becomes_reference_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let articles = [
            r#"{"product_id":{"id":"007"},"metadata":{"name":"Tea, \"green\"","price":1.5,"weight":121.66999816894531}}"#,
            r#"{"product_id":{"id":"007"},"metadata":{"name":"Tea again","price":9,"weight":1}}"#,
            r#"{"product_id":{"id":"8"},"metadata":{"price":2}}"#,
            r#"{"product_id":{"id":"9"},"metadata":{"name":"Free?"}}"#,
        ];
        let plate = |n: u32| format!(r#"{{"shelf_id":{{"gondola_id":{{"id":1}},"shelf_index":5}},"plate_index":{n}}}"#);
        let planogram = [
            format!(r#"{{"plate_ids":[{},{}],"planogram_product_id":{{"id":"007"}}}}"#, plate(12), plate(11)),
            format!(r#"{{"plate_ids":[{}],"planogram_product_id":{{"id":"9"}}}}"#, plate(1)),
            format!(r#"{{"plate_ids":[{}],"planogram_product_id":{{}}}}"#, plate(2)),
        ];
        std::fs::write(folder.path().join("products.json"), articles.join("\n")).expect("written");
        std::fs::write(folder.path().join("planogram.json"), planogram.join("\n")).expect("written");
        let out = folder.path().join("out");
        let written = goods(folder.path(), &out).expect("adapted");
        assert_eq!((written.articles, written.slots, written.unpriced), (2, 3, vec!["9".to_string()]));
        assert_eq!(written.empty, ["1.5.1", "1.5.2"]);
        let text = |name| std::fs::read_to_string(out.join(name)).expect("a file");
        assert_eq!(text("catalog.csv"), "sku,name,unit_weight_mg\n007,\"Tea, \"\"green\"\"\",121670\n8,8,\n");
        assert_eq!(text("prices.csv"), format!("sku,price_minor,valid_from\n007,150,{ALWAYS}\n8,200,{ALWAYS}\n"),);
        let rows = format!("1.5.1,,{ALWAYS}\n1.5.11-12,007,{ALWAYS}\n1.5.2,,{ALWAYS}\n");
        assert_eq!(text("planogram.csv"), format!("slot,sku,valid_from\n{rows}"));

        std::fs::write(folder.path().join("planogram.json"), format!("{}\n{}", planogram[1], planogram[1])).expect("w");
        let said = goods(folder.path(), &out).expect_err("twice").to_string();
        assert!(said.ends_with("planogram.json, line 2: slot 1.5.1 is named twice"), "{said}");
    }
}
