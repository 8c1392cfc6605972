//! Where random numbers come from: one ChaCha stream for each purpose and thing, all from one seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The seed of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream for `purpose` of the thing that `ids` name: the same numbers whatever else is drawn elsewhere.
    pub fn stream(self, purpose: &str, ids: &[u64]) -> ChaCha8Rng {
        // FNV-1a, twice over with different beginnings, spread into the key.
        let mut key = [0u8; 32];
        for (i, chunk) in key.chunks_exact_mut(8).enumerate() {
            let mut hash = 0xcbf2_9ce4_8422_2325u64 ^ (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut eat = |bytes: &[u8]| {
                for &byte in bytes {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
                }
            };
            eat(&self.0.to_le_bytes());
            eat(&(purpose.len() as u64).to_le_bytes());
            eat(purpose.as_bytes());
            ids.iter().for_each(|id| eat(&id.to_le_bytes()));
            chunk.copy_from_slice(&hash.to_le_bytes());
        }
        ChaCha8Rng::from_seed(key)
    }
}
