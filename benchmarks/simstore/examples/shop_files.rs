//! Writes the files of each shop as its owner would: `shop_files DIR [NANOSTORE]` makes DIR/SHOP/store.toml and what it names.

use simstore::gate::Signer;
use simstore::world::write::{Films, Footage, Opening, write};
use simstore::world::{corner, large, nanostore};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("where to?")?);
    let scenario = simstore::scenario::read("", "", None).map_err(|problems| problems[0].to_string())?.0;
    let mut worlds = vec![corner::world(), large::world(large::Size::default())];
    if let Some(described) = std::env::args().nth(2) {
        worlds.push(nanostore::world(&PathBuf::from(described))?);
    }
    for world in worlds {
        let signer = Signer::new(&world.name, scenario.seed);
        for (footage, word) in
            [(Footage::Video(Films::since(scenario.start)), "video"), (Footage::Detections, "detections")]
        {
            let (public_key, pseudonym_key) = (&signer.public_key(), &signer.pseudonym_key());
            let opening = Opening { since: scenario.start, footage, public_key, pseudonym_key };
            write(&world, &opening, &folder.join(format!("{}-{word}", world.name)))?;
        }
    }
    Ok(())
}
