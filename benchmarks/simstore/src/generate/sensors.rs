//! What scales and gates deliver, as files of their own: rows in the order in which they arrived.

use crate::gate::{Gates, Signer};
use crate::life::Moment;
use crate::scales::Scales;
use crate::scenario::Scenario;
use crate::table::{Shared, TableError};
use crate::world::World;
use schemas::table::Names;
use schemas::{EventTime, GateCrossing, GateId, GateScan, ScaleId, ScaleSample};
use std::path::Path;

/// Scales and gates with their files.
pub struct Sensors {
    scales: Scales,
    gates: Gates,
    keys: [String; 2],
    samples: Vec<ScaleSample>,
    sample_file: Shared<ScaleSample>,
    scan_file: Shared<GateScan>,
    crossing_file: Shared<GateCrossing>,
}

impl Sensors {
    /// Begins the files under `out`.
    pub fn create(world: &World, scenario: &Scenario, out: &Path) -> Result<Self, TableError> {
        let names = Names {
            scales: world.scales.iter().map(|s| (ScaleId::mint(&world.name, &s.name), s.name.clone())).collect(),
            gates: world.gates.iter().map(|g| (GateId::mint(&world.name, &g.name), g.name.clone())).collect(),
            ..Names::default()
        };
        let store = [("store", world.name.as_str())];
        let signer = Signer::new(&world.name, scenario.seed);
        Ok(Self {
            scales: Scales::new(world, scenario),
            gates: Gates::new(world, scenario),
            keys: [signer.public_key(), signer.pseudonym_key()],
            samples: Vec::new(),
            sample_file: Shared::create(&out.join("sensors/scales.parquet"), names.clone(), &store)?,
            scan_file: Shared::create(&out.join("sensors/gate_scans.parquet"), names.clone(), &store)?,
            crossing_file: Shared::create(&out.join("sensors/gate_crossings.parquet"), names, &store)?,
        })
    }

    /// The key that verifies the gates' codes, PASERK, and that with which members are hashed, hexadecimal.
    pub fn keys(&self) -> [&str; 2] {
        self.keys.each_ref().map(String::as_str)
    }

    /// Takes a moment.
    pub fn moment(&mut self, moment: &Moment) -> Result<(), TableError> {
        self.scales.moment(moment, &mut self.samples);
        let arrived = self.gates.moment(moment);
        self.write(arrived)
    }

    /// Writes what is still under way at the `end`, and completes the files: rows of scales, scans and crossings.
    pub fn close(mut self, end: EventTime) -> Result<[u64; 3], TableError> {
        self.scales.finish(end, &mut self.samples);
        let arrived = self.gates.finish();
        self.write(arrived)?;
        Ok([self.sample_file.close()?, self.scan_file.close()?, self.crossing_file.close()?])
    }

    fn write(&mut self, arrived: crate::gate::Arrived) -> Result<(), TableError> {
        self.samples.drain(..).try_for_each(|sample| self.sample_file.push(sample))?;
        arrived.scans.into_iter().try_for_each(|scan| self.scan_file.push(scan))?;
        arrived.crossings.into_iter().try_for_each(|crossing| self.crossing_file.push(crossing))
    }
}
