//! The drill: a backup is taken in the middle of the work, more work is acknowledged, the server is lost with everything in
//! it, another one is made from the backup, and phones sync with it.
//!
//! What must hold is what must hold in any simulation. Two things are lost by nature and not done meanwhile: what the office
//! decided after the backup (grants, new phones), and what was only on a phone that was itself put back to an older copy.

use super::plant::Plant;
use super::world::{Disaster, World};
use super::{Report, Trouble};

/// Runs one drill of three times so many steps.
///
/// # Errors
/// [`Trouble`] when something failed that must not fail at all.
pub fn run(seed: u64, steps: usize, plant: Option<Plant>) -> Result<Report, Trouble> {
    let mut world = World::begin(seed, plant)?;
    world.disaster = Disaster::Both;
    world.first_day()?;
    for _ in 0..steps {
        world.step()?;
    }
    // What a phone sent that has been put back to an older copy since is on no phone any more: with the server it is gone.
    world.room_again()?;
    world.bring_late();
    world.calm = true;
    world.back_up_server()?;
    for _ in 0..steps {
        world.step()?;
    }
    world.set_server_back()?;
    for _ in 0..steps {
        world.step()?;
    }
    world.room_again()?;
    world.quiet()?;
    world.calm = false;
    // A backup of the new life, told to phones that have come over from the old one.
    world.back_up_server()?;
    for _ in 0..steps / 2 {
        world.step()?;
    }
    world.end()
}
