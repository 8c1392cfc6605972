//! What is written, and what sensors deliver: every table and column with meaning, unit and example, for the terminal and for `schemas/TABLES.md`.

use schemas::FaultKind;
use schemas::table::{Column, ColumnType, Table};
use std::fmt::Write;

/// The column reference as Markdown: the text of `schemas/TABLES.md`.
pub fn markdown() -> String {
    let mut text = String::from(HEAD);
    for table in Table::ALL {
        let row = format!("{}. Files are cut by `{}` and sorted", table.row, table.range_column);
        text += &markdown_table(table, &row);
    }
    let _ = write!(text, "\nKinds of faults: ");
    let kinds: Vec<String> = FaultKind::ALL.iter().map(|kind| format!("`{}`", kind.word())).collect();
    let _ = writeln!(text, "{}.", kinds.join(", "));
    text += INPUTS;
    for table in Table::INPUTS {
        text += &markdown_table(table, &format!("{}. In order of arrival, sorted", table.row));
    }
    text
}

/// One table as Markdown; `row` says what a row is and ends where the order of rows is told.
fn markdown_table(table: &Table, row: &str) -> String {
    let sorted = table.sorted_by.join("`, `");
    let mut text = format!(
        "\n## `{}` (version {})\n\n{row} by `{sorted}`.\n\n\
         | column | type | unit | meaning | example |\n| --- | --- | --- | --- | --- |\n",
        table.name, table.version
    );
    for column in table.columns {
        let Column { name, unit, meaning, example, .. } = column;
        let _ = writeln!(text, "| `{name}` | {} | {unit} | {meaning} | `{example}` |", type_word(column));
    }
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

const INPUTS: &str = "
# Inputs

What a run reads beside footage: forms for whoever records sensors. `[sensors]` of the configuration says where each is below
`--data`: one Parquet file, or a folder tree whose `part-*.parquet` are read in the order of their paths. Instead of Parquet it may be
JSON lines, `.jsonl`: one object a line, keys as the columns, times as `\"2020-02-20T12:00:03.1Z\"`, nothing for null; a line that is none is a
fault by itself. Columns that may be null may be left out, and others are ignored. `verdicts` is what `aisleflow review decide` writes. Names are those of the configuration. A camera of `kind = \"detections\"` is an input of
the form `detections` above; it needs `event_time`, `frame`, `frame_width_px`, `frame_height_px`, `left_px`, `top_px`, `right_px`,
`bottom_px` and `score`, sorted by `event_time`; `camera`, feet and wrists may be there too.
";

/// The same for a terminal.
pub fn plain() -> String {
    let mut text = String::new();
    let inputs = Table::INPUTS.map(|table| (table, "input "));
    for (table, input) in Table::ALL.map(|table| (table, "")).into_iter().chain(inputs) {
        let _ = writeln!(text, "{input}{} (version {}): {}", table.name, table.version, table.row);
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
