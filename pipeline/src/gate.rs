//! `aisleflow gate`: codes that members show at a gate, made, checked and drawn by hand. The codes themselves are `gatecode`'s.

mod keys;

use crate::clock;
use crate::config::Problem;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use gatecode::qr::{QrError, Symbol};
use gatecode::{Claims, IssueError, KeyError, Role, Verifier, code_id, issue};
use jiff::Timestamp;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What is read from standard input at most; a code is shorter.
const INPUT_BYTES_MAX: u64 = 65_536;

/// Makes keys, and issues, verifies and draws codes.
#[derive(Args, Clone, Debug)]
pub struct GateArgs {
    #[command(subcommand)]
    command: GateCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum GateCommand {
    /// Make a pair of keys: NAME.key signs codes and stays secret, NAME.pub is for `gate_codes.public_keys` of a store
    Key {
        /// Where, without an ending; files that exist are not overwritten
        #[arg(long, value_name = "DIR/NAME")]
        out: PathBuf,
    },
    /// Issue a code: the text to show, on standard output
    Issue(IssueArgs),
    /// Verify a code: what it says as JSON, or why it is refused (exit code 1)
    Verify(VerifyArgs),
    /// Draw a code as a QR symbol, in the terminal or as a picture
    Qr {
        /// The code; - reads it from standard input
        code: String,
        /// Write a picture instead
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
        /// Pixels of one module of the picture, a side
        #[arg(long, value_name = "PX", default_value_t = 8, requires = "png", value_parser = clap::value_parser!(u32).range(1..=32))]
        module_px: u32,
    },
}

#[derive(Args, Clone, Debug)]
struct IssueArgs {
    /// The secret key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Who issues it, as in `gate_codes.issuer` of a store
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    issuer: String,
    /// Whose it is: a pseudonym, for whoever sees the code can read it
    #[arg(long, value_name = "SUBJECT", value_parser = NonEmptyStringValueParser::new())]
    member: String,
    /// For somebody who works in the shop
    #[arg(long)]
    staff: bool,
    /// How many people come in with it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(gatecode::PARTY_MAX)))]
    party: u32,
    /// The only gate that it opens [default: every gate]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    gate: Option<String>,
    /// How long it is good, in seconds
    #[arg(long, value_name = "S", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    valid_s: u32,
    /// From when it is good, for example 2026-11-23T09:00:00+01:00 [default: now]
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
}

#[derive(Args, Clone, Debug)]
struct VerifyArgs {
    /// A public key whose codes are believed; may be repeated, while keys rotate
    #[arg(long, value_name = "FILE", required = true)]
    public_key: Vec<PathBuf>,
    /// Whose codes are believed
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    issuer: String,
    /// The gate at which it is shown
    #[arg(long)]
    gate: String,
    /// When it is shown [default: now]
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// By how much the clocks of app and reader may differ
    #[arg(long, value_name = "MS", default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    leeway_ms: u32,
    /// The code; - reads it from standard input
    code: String,
}

/// Why `gate` failed.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The code was refused; which was said. Give up: another code is needed.
    #[error("the code was refused")]
    Refused,
    /// Files hold no keys. Give up.
    #[error("{} key file(s) hold no key", .0.len())]
    Problems(Vec<Problem>),
    /// No code says such a thing. Give up.
    #[error(transparent)]
    Claims(#[from] IssueError),
    /// The system gives no random bytes. Retry later.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nothing can be drawn. Give up.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// A key would be overwritten, which could not be undone. Give up.
    #[error(
        "{0} exists and is not overwritten\n  hint: choose another name, or move it away if no code is signed with it"
    )]
    Exists(PathBuf),
    /// A file could not be read or written. Retry once the system's reason is gone.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard input gives no code, or standard output takes none. Retry.
    #[error("standard input or output: {0}")]
    Stream(#[from] io::Error),
}

/// Does what was asked; says it on standard output.
pub fn command(args: &GateArgs) -> Result<(), GateError> {
    match &args.command {
        GateCommand::Key { out } => {
            for path in keys::make(out)? {
                writeln!(io::stdout(), "written  {}", path.display())?;
            }
            Ok(())
        }
        GateCommand::Issue(args) => command_issue(args),
        GateCommand::Verify(args) => command_verify(args),
        GateCommand::Qr { code, png, module_px } => command_qr(&given(code)?, png.as_deref(), *module_px),
    }
}

fn command_issue(args: &IssueArgs) -> Result<(), GateError> {
    let key = keys::signing(&args.key)?;
    let at_us = instant_us(args.at);
    let claims = Claims {
        issuer: args.issuer.clone(),
        subject: args.member.clone(),
        role: if args.staff { Role::Staff } else { Role::Member },
        party: args.party,
        gate: args.gate.clone(),
        code_id: code_id()?,
        issued_at_us: at_us,
        not_before_us: at_us,
        expires_at_us: at_us + 1_000_000 * i64::from(args.valid_s),
    };
    Ok(writeln!(io::stdout(), "{}", issue(&key, &claims)?)?)
}

fn command_verify(args: &VerifyArgs) -> Result<(), GateError> {
    let keys = keys::public(&args.public_key)?;
    let verifier = Verifier::new(args.issuer.as_str(), keys, 1000 * i64::from(args.leeway_ms));
    match verifier.verify(&given(&args.code)?, &args.gate, instant_us(args.at)) {
        Ok(claims) => Ok(writeln!(io::stdout(), "{}", claims.payload()?)?),
        Err(refusal) => {
            writeln!(io::stdout(), "{}: {refusal}", refusal.word())?;
            Err(GateError::Refused)
        }
    }
}

fn command_qr(code: &str, png: Option<&Path>, module_px: u32) -> Result<(), GateError> {
    let symbol = Symbol::of(code)?;
    let Some(path) = png else { return Ok(io::stdout().write_all(symbol.terminal().as_bytes())?) };
    fs::write(path, symbol.png(module_px)).map_err(|source| GateError::File { path: path.to_path_buf(), source })
}

fn instant_us(at: Option<Timestamp>) -> i64 {
    at.map_or_else(clock::now_us, Timestamp::as_microsecond)
}

/// The code itself, or what stands on standard input, without white space around it.
fn given(code: &str) -> io::Result<String> {
    let mut text = code.to_string();
    if code == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(INPUT_BYTES_MAX).read_to_end(&mut bytes)?;
        // What is no UTF-8 is no code: that is for the verifier to say.
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    Ok(text.trim().to_string())
}
