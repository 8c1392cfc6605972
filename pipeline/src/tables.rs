//! What is written: every table and column with meaning, unit and example, for the terminal and for `schemas/TABLES.md`.

use schemas::FaultKind;
use schemas::table::{Column, ColumnType, Table};
use std::fmt::Write;

/// The column reference as Markdown: the text of `schemas/TABLES.md`.
pub fn markdown() -> String {
    let mut text = String::from(HEAD);
    for table in Table::ALL {
        let sorted = table.sorted_by.join("`, `");
        let _ = write!(
            text,
            "\n## `{}` (version {})\n\n{}. Files are cut by `{}` and sorted by `{sorted}`.\n\n\
             | column | type | unit | meaning | example |\n| --- | --- | --- | --- | --- |\n",
            table.name, table.version, table.row, table.range_column
        );
        for column in table.columns {
            let Column { name, unit, meaning, example, .. } = column;
            let _ = writeln!(text, "| `{name}` | {} | {unit} | {meaning} | `{example}` |", type_word(column));
        }
    }
    let _ = write!(text, "\nKinds of faults: ");
    let kinds: Vec<String> = FaultKind::ALL.iter().map(|kind| format!("`{}`", kind.word())).collect();
    let _ = writeln!(text, "{}.", kinds.join(", "));
    text
}

fn type_word(column: &Column) -> String {
    let word = match column.kind {
        ColumnType::Text => "text",
        ColumnType::Time => "timestamp[us, UTC]",
        ColumnType::Int32 => "int32",
        ColumnType::Int64 => "int64",
        ColumnType::Float32 => "float32",
        ColumnType::Texts => "list of text",
    };
    if column.nullable { format!("{word}, null") } else { word.to_string() }
}

const HEAD: &str = "\
# Tables

Made by `aisleflow tables --markdown`; a test keeps it so. Columns are added, never changed.

Each table is a folder of Parquet files: `OUT/TABLE/store=STORE/date=YYYY-MM-DD/part-LOWER-UPPER.parquet`, one for each range of
event time (60 s unless `output.range_s` says otherwise; `date` is that of LOWER, UTC) that has rows. `store` and `date` are
columns to whoever reads the folders as Hive partitions. A file is complete or absent, and a second run over the same
input writes the same names and rows. Compression is zstd. Each file says in its key-value metadata (`aisleflow.*`) which table,
schema version, pipeline version, models and ticks it holds. Columns in `px` are pixels of
the source picture, origin at the top left; those in `mm` are places on the floor in the store's frame. `tracks`, `positions` and
`memberships` are written where cameras are calibrated.

```sql
SELECT camera, count(*) AS tracklets, sum(frames_seen) AS frames
FROM read_parquet('out/tracklets/**/*.parquet', hive_partitioning = true) GROUP BY camera ORDER BY camera;
```
";

/// The same for a terminal.
pub fn plain() -> String {
    let mut text = String::new();
    for table in Table::ALL {
        let _ = writeln!(text, "{} (version {}): {}", table.name, table.version, table.row);
        for column in table.columns {
            let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
            let _ = writeln!(
                text,
                "  {:<18} {:<24} {}{unit}; e.g. {}",
                column.name,
                type_word(column),
                column.meaning,
                column.example
            );
        }
        text.push('\n');
    }
    text
}
