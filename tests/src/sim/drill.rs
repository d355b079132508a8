//! The drill: a backup is taken in the middle of the work, more work is acknowledged, the server is lost with everything in
//! it, another one is made from the backup, and phones sync with it.
//!
//! What must hold is what must hold in any simulation. Two things are lost by nature and not done meanwhile: what the office
//! decided after the backup (grants, new phones), and what was only on a phone that was itself put back to an older copy.

use std::path::PathBuf;

use super::plant::Plant;
use super::world::World;
use super::{Report, Trouble, check};

/// Runs one drill of three times so many steps.
///
/// # Errors
/// [`Trouble`] when something failed that must not fail at all.
pub fn run(seed: u64, steps: usize, plant: Option<Plant>) -> Result<Report, Trouble> {
    let mut world = World::begin(seed, plant)?;
    world.first_day()?;
    for _ in 0..steps {
        world.step()?;
    }
    // What a phone sent that has been put back to an older copy since is on no phone any more: with the server it is gone.
    world.bring_late();
    world.calm = true;
    let backup = world.back_up("backup-1")?;
    // The office remembers only what the backup remembers.
    let office = world.office.clone();
    for _ in 0..steps {
        world.step()?;
    }
    world.lose(&backup)?;
    world.office = office;
    for _ in 0..steps {
        world.step()?;
    }
    world.quiet()?;
    world.calm = false;
    // A backup of the new life, told to phones that have come over from the old one.
    world.back_up("backup-2")?;
    for _ in 0..steps / 2 {
        world.step()?;
    }
    world.quiet()?;
    world.newcomer()?;
    check::everything(&mut world)?;
    world.rebuild()?;
    Ok(world.report())
}

impl World {
    fn back_up(&self, name: &str) -> Result<PathBuf, Trouble> {
        let folder = self.folder.path().join(name);
        self.server.back_up(&folder)?;
        Ok(folder)
    }

    fn lose(&mut self, backup: &std::path::Path) -> Result<(), Trouble> {
        let folder = self.folder.path().join("server-2");
        self.server.restore(backup, &folder)?;
        self.restored = true;
        self.witness.borrow_mut().restored = true;
        for phone in &mut self.phones {
            phone.server_was_restored();
        }
        Ok(())
    }
}
