//! `simstore frames`: single labelled pictures.

use super::{Failure, progress, threads};
use crate::generate::folder;
use crate::render::{FrameSet, frames};
use crate::seed::Seed;
use crate::world::{World, corner, large, nanostore};
use clap::{Args, ValueEnum};
use rand::RngExt;
use std::io::{self, Write};
use std::path::PathBuf;

/// Sides that are drawn, px.
const SIDES_PX: std::ops::RangeInclusive<u32> = 16..=4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ShopArg {
    Corner,
    Large,
    Nanostore,
    /// Every few pictures another: the corner shop, or one of any size
    Varied,
}

#[derive(Debug, Args)]
pub(super) struct FramesArgs {
    /// Folder of the pictures and their `labels.jsonl`: new, or left by simstore
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many pictures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// What all chance comes from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Width and height of the pictures, px
    #[arg(long, value_name = "WxH", default_value = "640x480", value_parser = size)]
    size: [u32; 2],
    /// Most people in a picture; every number from 0 on is as likely
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(0..=40))]
    people_max: u32,
    /// Share of cameras that look straight down or nearly so, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, value_parser = share)]
    overhead: f64,
    /// Share of the other cameras that look at a rack across its aisle, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, value_parser = share)]
    shelf: f64,
    /// Pictures of one camera before another is hung (four cameras to a shop): more are faster
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    per_camera: u32,
    /// Threads [default: one for each core]; the pictures are the same for any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// The shop
    #[arg(long, value_enum, default_value_t = ShopArg::Varied)]
    shop: ShopArg,
    /// Folder of the nanostore's description, for that shop
    #[arg(long, value_name = "DIR")]
    nanostore: Option<PathBuf>,
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    let [low, high] = [SIDES_PX.start(), SIDES_PX.end()];
    match sides {
        Some(sides) if sides.iter().all(|side| SIDES_PX.contains(side)) => Ok(sides),
        Some(_) => Err(format!("both sides must be from {low} to {high} px")),
        None => Err("expected width x height in px, such as 640x480".to_string()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_string())
}

/// A shop of any size, or the corner shop.
fn varied(seed: Seed) -> World {
    let mut random = seed.stream("varied shop", &[]);
    if random.random_bool(0.4) {
        return corner::world();
    }
    // Cameras are hung anew for every picture: one of its own is enough.
    large::world(large::Size {
        width_mm: random.random_range(8_000..=20_000),
        depth_mm: random.random_range(10_000..=16_000),
        camera_columns: 1,
        camera_rows: 1,
    })
}

pub(super) fn command(args: &FramesArgs) -> Result<(), Failure> {
    let nanostore = match (args.shop, &args.nanostore) {
        (ShopArg::Nanostore, Some(folder)) => Some(nanostore::world(folder)?),
        (ShopArg::Nanostore, None) => {
            return Err(Failure::Asked("--shop nanostore needs --nanostore DIR, a folder with its description".into()));
        }
        _ => None,
    };
    let shop = |seed: Seed| match (args.shop, &nanostore) {
        (ShopArg::Corner, _) => corner::world(),
        (ShopArg::Large, _) => large::world(large::Size::default()),
        (ShopArg::Nanostore, Some(world)) => world.clone(),
        _ => varied(seed),
    };
    folder::prepare(&args.out)?;
    let set = FrameSet {
        count: args.count,
        seed: Seed(args.seed),
        size_px: args.size,
        people_max: args.people_max,
        overhead: args.overhead,
        shelf: args.shelf,
        per_camera: args.per_camera,
    };
    let bar = progress("drawing", args.count, "pictures");
    frames(&args.out, &set, threads(args.threads), shop, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    let text = format!("{} pictures and labels.jsonl in {}\n", args.count, args.out.display());
    Ok(io::stdout().write_all(text.as_bytes())?)
}
