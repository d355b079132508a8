//! Chance that a seed decides: the same seed makes the same ids, keys, faults and choices.

use std::sync::{Mutex, PoisonError};

use doorstep_server::source::NoEntropy;

/// SplitMix64: good enough to choose faults, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Chance {
        let mut chance = Chance(seed ^ 0x5eed_d005_73e9_0001);
        chance.word();
        chance
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.word() % (n.max(1) as u64)) as usize
    }

    /// True in so many cases of a hundred.
    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance as usize
    }

    /// One of them.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.below(of.len())].clone()) }
    }

    /// Another source of chance that goes its own way from here.
    pub fn fork(&mut self) -> Chance {
        Chance::new(self.word())
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        fill(self, &mut bytes);
        bytes
    }
}

fn fill(chance: &mut Chance, bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(8) {
        let word = chance.word().to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
}

impl doorstep_client_core::env::Entropy for Chance {
    fn fill(&mut self, bytes: &mut [u8]) {
        fill(self, bytes);
    }
}

/// The server's randomness.
#[derive(Debug)]
pub struct Dice(Mutex<Chance>);

impl Dice {
    /// From a source of chance.
    pub fn new(chance: Chance) -> Dice {
        Dice(Mutex::new(chance))
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes()
    }
}

impl doorstep_server::source::Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        fill(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), bytes);
        Ok(())
    }
}
