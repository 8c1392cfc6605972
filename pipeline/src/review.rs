//! `aisleflow review`: what waits for somebody of the shop to decide, a picture of it, and the decision, a line in a file that a run reads
//! (`[sensors] verdicts`).

mod cases;

use crate::annotate::AnnotateError;
use crate::annotate::case::{CaseView, draw};
use crate::clock;
use crate::config::plan::Plan;
use crate::ingest::pace::Arrival;
use crate::ingest::{IngestError, VerdictReader};
use cases::{Book, Known};
use clap::{Args, Subcommand, ValueEnum};
use schemas::table::verdicts::Written;
use schemas::{CameraId, Currency, Decision, EventTime, Money};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What waits for somebody of the shop: list, show, decide.
#[derive(Args, Clone, Debug)]
pub struct ReviewArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Every case that nobody has decided yet
    List(ListArgs),
    /// One case as a picture: before, while and after, what the scale said, who stood where
    Show(ShowArgs),
    /// Decide a case: adds a line to the file of verdicts
    Decide(DecideArgs),
}

#[derive(Args, Clone, Debug)]
struct ListArgs {
    /// Folder of the tables
    #[arg(long, value_name = "DIR")]
    tables: PathBuf,
    /// Verdicts so far: what they are about is left out
    #[arg(long, value_name = "FILE")]
    verdicts: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct ShowArgs {
    /// The case, or any other interaction: as `list` and the table `interactions` call it
    case: String,
    /// Folder of the tables
    #[arg(long, value_name = "DIR")]
    tables: PathBuf,
    /// The store's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Folder of the footage and of recorded scales
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to draw it: PNG. It shows people: mind who may see it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Word {
    /// Of an interaction: it was as the shop says
    Stands,
    /// Of an interaction: nothing was taken, and nothing put back
    Nothing,
    /// Of an interaction: --sku and --quantity (negative: put back), by --visit; without it by nobody who pays
    Took,
    /// Of a visit: they have left, bill them
    Owed,
    /// Of a visit: they owe nothing
    Waived,
    /// Of a visit: --quantity more of --sku in the cart, negative: fewer (a shopper's claim)
    Cart,
}

#[derive(Args, Clone, Debug)]
struct DecideArgs {
    /// The interaction or the visit, sixteen hexadecimal digits
    case: String,
    /// What is decided
    decision: Word,
    /// Folder of the tables: what is decided must be about something in them
    #[arg(long, value_name = "DIR")]
    tables: PathBuf,
    /// The file of verdicts, JSON lines: made where there is none
    #[arg(long, value_name = "FILE")]
    verdicts: PathBuf,
    /// Whose visit it was
    #[arg(long, value_name = "VISIT")]
    visit: Option<String>,
    /// Article
    #[arg(long, value_name = "SKU")]
    sku: Option<String>,
    /// How many; negative where they were put back
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    quantity: Option<i64>,
    /// Of `cart`: what one costs, in minor units, where the visit's receipt does not say
    #[arg(long, value_name = "MINOR", requires = "currency")]
    price: Option<i64>,
    /// Its currency, ISO 4217
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// By whom
    #[arg(long, value_name = "NAME", default_value = "staff")]
    by: String,
    /// When, RFC 3339 [default: now]. For a recording: a time at which the case could still be decided
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
}

/// Why a review fails.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// A table cannot be read, or a picture not be drawn.
    #[error(transparent)]
    Tables(#[from] AnnotateError),
    /// The verdicts cannot be read.
    #[error(transparent)]
    Verdicts(#[from] IngestError),
    /// The folder holds none, or several stores.
    #[error("{}: {reason}", path.display())]
    Store {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such thing in the tables.
    #[error("there is no {what} {id} in these tables")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// As it was called.
        id: String,
    },
    /// It makes no sense.
    #[error("{0}")]
    Senseless(String),
    /// The file of verdicts cannot be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output is gone.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Does what was asked; `read` reads a store's configuration.
pub fn command<E: From<ReviewError>>(args: &ReviewArgs, read: impl Fn(&Path) -> Result<Plan, E>) -> Result<(), E> {
    match &args.command {
        Command::List(args) => Ok(list(args)?),
        Command::Show(args) => Ok(show(args, &read(&args.config)?)?),
        Command::Decide(args) => Ok(decide(args)?),
    }
}

fn list(args: &ListArgs) -> Result<(), ReviewError> {
    let book = Book::read(&args.tables)?;
    let decided = args.verdicts.as_deref().map(decided).transpose()?.unwrap_or_default();
    let mut to = io::stdout().lock();
    let mut open = 0;
    for case in &book.cases {
        if !decided.contains(&case.id) {
            open += 1;
            writeln!(to, "{}", book.line(case))?;
        }
    }
    writeln!(to, "{open} to decide, {} decided", book.cases.len() - open)?;
    Ok(())
}

/// What verdicts are about.
fn decided(path: &Path) -> Result<BTreeSet<String>, ReviewError> {
    let mut decided = BTreeSet::new();
    if !path.exists() {
        return Ok(decided);
    }
    for arrival in VerdictReader::open(path, CameraId(0))? {
        match arrival {
            Arrival::Verdict(verdict) => {
                let written = Written::of(&verdict.decision);
                decided.extend(written.interaction_id.or(written.visit_id));
            }
            Arrival::Late { fault, .. } => writeln!(io::stderr(), "{}: {}", path.display(), fault.detail)?,
            _ => {}
        }
    }
    Ok(decided)
}

fn show(args: &ShowArgs, plan: &Plan) -> Result<(), ReviewError> {
    let book = Book::read(&args.tables)?;
    let unknown = || ReviewError::Unknown { what: "case, interaction or visit", id: args.case.clone() };
    let Known { at, slot, lines } = book.known(&args.case).ok_or_else(unknown)?;
    let slot = slot.and_then(|name| plan.slots().find(|slot| slot.name == name).map(|slot| slot.id));
    draw(plan, &args.data, &args.tables, &CaseView { at, slot, lines: lines.clone() }, &args.out)?;
    let mut to = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(to, "{line}"))?;
    Ok(writeln!(to, "drawn    {}", args.out.display())?)
}

fn decide(args: &DecideArgs) -> Result<(), ReviewError> {
    let book = Book::read(&args.tables)?;
    let of_interaction = matches!(args.decision, Word::Stands | Word::Nothing | Word::Took);
    if of_interaction && !book.interactions.contains_key(&args.case) {
        return Err(ReviewError::Unknown { what: "interaction", id: args.case.clone() });
    }
    let visit = if of_interaction { args.visit.clone() } else { Some(args.case.clone()) };
    if let Some(visit) = visit.as_ref().filter(|visit| !book.visits.contains(*visit)) {
        return Err(ReviewError::Unknown { what: "visit", id: visit.clone() });
    }
    let word = args.decision.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default();
    let mut written = Written {
        decision: word,
        interaction_id: of_interaction.then(|| args.case.clone()),
        visit_id: visit,
        sku: args.sku.clone(),
        quantity: args.quantity,
        unit_price: None,
    };
    if args.decision == Word::Cart {
        written.unit_price = match (args.price, &args.currency) {
            (Some(minor), Some(code)) => {
                let no_code = || ReviewError::Senseless(format!("{code:?} is no ISO 4217 code"));
                Some(Money { minor, currency: Currency::new(code).ok_or_else(no_code)? })
            }
            _ => book.price(&args.case, args.sku.as_deref().unwrap_or_default())?,
        };
    }
    let at = args.at.map_or_else(clock::now_us, |at| at.as_microsecond());
    let decision = written.read().map_err(ReviewError::Senseless)?;
    let line = line(EventTime(at), &args.by, &decision);
    let failed = |source| ReviewError::Write { path: args.verdicts.clone(), source };
    let mut file = OpenOptions::new().create(true).append(true).open(&args.verdicts).map_err(failed)?;
    // One call, so that two who decide at once do not mix their lines.
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(io::stdout().write_all(line.as_bytes())?)
}

/// A verdict as a line of the file, with its end.
fn line(at: EventTime, by: &str, decision: &Decision) -> String {
    let written = Written::of(decision);
    let time = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_string();
    let mut row = serde_json::json!({ "decided_at": time, "decided_by": by, "decision": written.decision });
    let texts = [("interaction_id", written.interaction_id), ("visit_id", written.visit_id), ("sku", written.sku)];
    texts.into_iter().filter_map(|(key, text)| Some((key, text?))).for_each(|(key, text)| row[key] = text.into());
    if let Some(quantity) = written.quantity {
        row["quantity"] = quantity.into();
    }
    if let Some(price) = written.unit_price {
        row["unit_price_minor"] = price.minor.into();
        row["currency"] = price.currency.to_string().into();
    }
    format!("{row}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{Goods, InteractionId, Ruling, Sku, VisitId};

    #[test]
    fn what_is_decided_is_what_a_run_reads() {
        let sku = Sku::new("tea").expect("not empty");
        let unit_price = Currency::new("EUR").map(|currency| Money { minor: 189, currency });
        let took = Ruling::Took { visit: Some(VisitId(3)), sku: sku.clone(), quantity: -2 };
        let decisions = [
            Decision::Interaction(InteractionId(7), took),
            Decision::Cart(VisitId(3), Goods { sku, unit_price }, -1),
            Decision::Interaction(InteractionId(7), Ruling::Stands),
        ];
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("verdicts.jsonl");
        let lines: String =
            (1i64..).zip(&decisions).map(|(at, decision)| line(EventTime(1_000_500 * at), "ann", decision)).collect();
        let broken = "{\"decided_at\": \"2020-01-01T00:00:00Z\", \"decided_by\": \"bob\"\n\nnone at all\n";
        std::fs::write(&path, format!("{lines}{broken}")).expect("written");
        let (mut read, mut faults) = (Vec::new(), Vec::new());
        for arrival in VerdictReader::open(&path, CameraId(1)).expect("readable") {
            match arrival {
                Arrival::Verdict(verdict) => read.push(verdict),
                Arrival::Late { fault, .. } => faults.push(fault),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(read.iter().map(|v| v.decision.clone()).collect::<Vec<_>>(), decisions);
        assert_eq!(read.iter().map(|v| v.decided_at.0).collect::<Vec<_>>(), [1_000_500, 2_001_000, 3_001_500]);
        assert_eq!(faults.iter().map(|fault| fault.count).sum::<u64>(), 2, "{faults:?}");
        assert_eq!(
            decided(&path).expect("readable"),
            ["0000000000000003", "0000000000000007"].map(String::from).into()
        );
    }
}
