//! The description of the truth's tables, for analysts.

use super::TABLES;
use std::fmt::Write as _;

const HEAD: &str = "\
# Truth

Made from what the code says of its columns (`REWRITE=1 cargo test -p simstore`); a test keeps it so.

Each table is one Parquet file, `OUT/truth/TABLE.parquet`: zstd, times in microseconds UTC, places in millimetres in the store's frame,
places in pictures in pixels of the source picture with the origin at the top left, money in minor units. The same scenario and seed
give the same bytes. Persons, visits and packages are numbers from 0; zones, slots, gates and cameras are named as in `store.toml`.

```sql
SELECT zone, count(*) AS stays, sum(until_time - from_time) AS spent
FROM 'out/truth/zone_stays.parquet' GROUP BY zone ORDER BY spent DESC;

SELECT way, at_home, count(*) FROM 'out/truth/interactions.parquet' GROUP BY ALL;
```
";

/// All tables with their columns, as Markdown.
pub fn markdown() -> String {
    let mut text = HEAD.to_string();
    for table in TABLES {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## `{}`\n\n{}.\n\n", table.name, table.row);
        text.push_str("| column | type | unit | meaning |\n| --- | --- | --- | --- |\n");
        for column in table.columns {
            let null = if column.nullable { ", null" } else { "" };
            let (name, kind) = (column.name, column.kind.word());
            let _ = writeln!(text, "| `{name}` | {kind}{null} | {} | {} |", column.unit, column.meaning);
        }
    }
    text
}
