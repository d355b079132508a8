//! A phone: a real device store in a file, its clock, and what can befall both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorstep_client_core::device::{FormCache, Surroundings};
use doorstep_client_core::store::Store;
use doorstep_client_core::sync::{Effect, Event, Policy, Transport, Write};
use doorstep_client_core::{Device, DeviceError};
use doorstep_protocol::UserId;
use doorstep_protocol::pull::Page;
use rusqlite::Connection;

use super::Trouble;
use super::chance::Chance;
use super::cursor::Position;
use super::plant::Plant;
use super::server::Server;
use super::time::{Time, WrongClock};

/// What a sync came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synced {
    /// To its end, with so many envelopes and page items.
    Through {
        /// Envelopes answered.
        envelopes: u32,
        /// Things heard.
        items: u32,
    },
    /// Given up; the next one goes on.
    Failed,
    /// The process died in the middle.
    Crashed,
}

/// A copy of a phone's files.
#[derive(Debug, Clone)]
struct Copy {
    folder: PathBuf,
    cursor: Option<Position>,
}

/// A phone.
pub struct Phone {
    /// What it is called in reports.
    pub name: String,
    /// Whose it is.
    pub user: UserId,
    /// Their sign-in name.
    pub user_name: String,
    /// Its clock.
    pub clock: WrongClock,
    /// Steps back of its cursor, as found.
    pub went_back: Vec<String>,
    folder: PathBuf,
    chance: Chance,
    forms: FormCache,
    device: Option<Device>,
    cursor: Option<Position>,
    copy: Option<Copy>,
    /// Pages that its disk has left, when it is nearly full.
    room: Option<u32>,
}

const STORE: &str = "phone.sqlite";

impl Phone {
    /// A new phone with its store in `folder`.
    pub fn new(
        folder: &Path,
        (name, user, user_name): (&str, UserId, &str),
        time: &Time,
        forms: &FormCache,
        chance: Chance,
    ) -> Result<Phone, Trouble> {
        std::fs::create_dir_all(folder)?;
        Ok(Phone {
            name: name.to_owned(),
            user,
            user_name: user_name.to_owned(),
            clock: WrongClock::new(time),
            went_back: Vec::new(),
            folder: folder.to_owned(),
            chance,
            forms: forms.clone(),
            device: None,
            cursor: None,
            copy: None,
            room: None,
        })
    }

    /// The device, opened when it is not.
    pub fn device(&mut self) -> Result<&mut Device, Trouble> {
        if self.device.is_none() {
            let around = Surroundings {
                clock: Box::new(Arc::new(self.clock.clone())),
                entropy: Box::new(self.chance.fork()),
                policy: Policy { attempts: 6, first_wait_ms: 10, longest_wait_ms: 100 },
                forms: self.forms.clone(),
                civil_offset_s: 8 * 3600,
            };
            let path = self.folder.join(STORE);
            let was_opened = self.folder.join(format!("{STORE}.install")).exists();
            self.device = Some(match self.room {
                Some(pages) if was_opened => cramped(&path, pages, around)?,
                // A copy without the marker makes one when it is opened first; its disk is full from the next time on.
                _ => Device::open(&path, around)?,
            });
        }
        self.device.as_mut().ok_or(Trouble::Unreadable("device"))
    }

    /// Its disk is full but for so many pages; or somebody makes room again.
    pub fn fill(&mut self, pages: Option<u32>) {
        self.crash();
        self.room = pages;
    }

    /// True while its disk is full.
    pub fn is_full(&self) -> bool {
        self.room.is_some()
    }

    /// The process dies.
    pub fn crash(&mut self) {
        self.device = None;
    }

    /// Syncs by hand, effect by effect; dies before the effect number `fuel`, if one is given.
    pub fn sync(
        &mut self,
        server: &Server,
        wire: &dyn Transport,
        fuel: Option<usize>,
        plant: Option<Plant>,
    ) -> Result<Synced, Trouble> {
        let device = self.device()?;
        let mut engine = device.engine()?;
        let mut event = device.begin_sync()?;
        for step in 0.. {
            let effect = self.device()?.advance(&mut engine, event)?;
            let page = matches!(&effect, Effect::Store(Write::Page(_)));
            if let (Some(Plant::CursorBeforePage), Effect::Store(Write::Page(page))) = (plant, &effect) {
                let bare = Page { items: Vec::new(), ..Page::clone(page) };
                self.device()?.perform(&Effect::Store(Write::Page(Box::new(bare))))?;
                self.crash();
                return Ok(Synced::Crashed);
            }
            if fuel == Some(step) {
                self.crash();
                return Ok(Synced::Crashed);
            }
            event = match effect {
                Effect::Done(Ok(report)) => {
                    return Ok(Synced::Through { envelopes: report.envelopes, items: report.page_items });
                }
                Effect::Done(Err(_)) => return Ok(Synced::Failed),
                Effect::Post(post) => Event::Reply(wire.post(post.route, post.token.as_deref(), post.body)),
                Effect::WaitUntil(until_ms) => {
                    use doorstep_client_core::env::Clock;
                    self.clock.wait_until(until_ms);
                    Event::Woke
                }
                effect => {
                    let done = self.device()?.perform(&effect)?;
                    if page && let Effect::Store(Write::Page(page)) = &effect {
                        let id = self.device()?.id()?.ok_or(Trouble::Unreadable("device id"))?;
                        self.moved(Position::open(server, id, &page.cursor)?);
                    }
                    if let Effect::Store(Write::CursorLost) = &effect {
                        self.cursor = None;
                    }
                    done
                }
            };
        }
        Ok(Synced::Failed)
    }

    fn moved(&mut self, to: Position) {
        if let Some(from) = self.cursor
            && !from.leads_to(&to)
        {
            self.went_back.push(format!("{}: from {from:?} to {to:?}", self.name));
        }
        self.cursor = Some(to);
    }

    fn copy_files(&mut self, to: &Path) -> Result<(), Trouble> {
        self.crash();
        std::fs::create_dir_all(to)?;
        copy_all(&self.folder, to)
    }

    /// A second phone with a copy of this one's store. With the marker it is a clone that does not know it is one;
    /// without, it is another installation under the same key.
    pub fn cloned(&mut self, name: &str, folder: &Path, with_marker: bool) -> Result<Phone, Trouble> {
        self.copy_files(folder)?;
        if !with_marker {
            match std::fs::remove_file(folder.join(format!("{STORE}.install"))) {
                // Itself a copy without the marker that was never opened.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(Phone {
            name: name.to_owned(),
            user: self.user,
            user_name: self.user_name.clone(),
            clock: self.clock.clone(),
            went_back: Vec::new(),
            folder: folder.to_owned(),
            chance: self.chance.fork(),
            forms: self.forms.clone(),
            device: None,
            cursor: self.cursor,
            copy: None,
            room: None,
        })
    }

    /// Makes a copy to be put back later.
    pub fn keep_copy(&mut self, folder: &Path) -> Result<(), Trouble> {
        self.copy_files(folder)?;
        self.copy = Some(Copy { folder: folder.to_owned(), cursor: self.cursor });
        Ok(())
    }

    /// Puts the copy back: what was written since is gone from this phone. False without a copy.
    pub fn put_copy_back(&mut self) -> Result<bool, Trouble> {
        let Some(copy) = self.copy.take() else { return Ok(false) };
        self.crash();
        for entry in std::fs::read_dir(&self.folder)? {
            std::fs::remove_file(entry?.path())?;
        }
        copy_all(&copy.folder, &self.folder)?;
        self.cursor = copy.cursor;
        Ok(true)
    }
}

/// A device whose store can grow by so many pages: SQLite answers as it does when there is no space left.
fn cramped(path: &Path, pages: u32, around: Surroundings) -> Result<Device, Trouble> {
    let mut marker = path.as_os_str().to_owned();
    marker.push(".install");
    let install = std::fs::read(marker)?.try_into().map_err(|_| Trouble::Unreadable("install marker"))?;
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
    let now: u32 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let most = now.saturating_add(pages);
    conn.query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| row.get::<_, i64>(0))?;
    let store = Store::adopt(conn).map_err(DeviceError::from)?;
    Ok(Device::with_store(store, install, around)?)
}

fn copy_all(from: &Path, to: &Path) -> Result<(), Trouble> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
