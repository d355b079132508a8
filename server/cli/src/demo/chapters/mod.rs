//! Chapters: the places and the data of the source reports beyond the surveyed town, one chapter for each report.
//!
//! A *chapter* says which areas there are, which forms it needs, and, one after another, which records people fill there
//! (*fillings*). It knows nothing of phones, servers and reports: [`carry`] takes its fillings through the whole way of a
//! record, from a phone without a network to the approved dataset. Invariant: a chapter is deterministic and streamed,
//! so that seventy thousand records need no more memory than a thousand, and are the same ones each time.

pub mod carry;
mod dealt;
mod flock;
mod homes;
mod identified;
mod outputs;
mod passed;
mod profile;
mod quantity;
pub mod report1;
pub mod report2;
pub mod report3;
pub mod report4;
pub mod report5;
pub mod report6;
pub mod report7;
pub mod report8;
pub mod report9;
mod sheet;
pub mod tools;

use super::answers::Answer;

pub use carry::{Carried, Way};

/// One record to be filled on a phone.
#[derive(Debug, Clone, PartialEq)]
pub struct Filling {
    /// Form id; the newest version that is published is filled.
    pub form: &'static str,
    /// Code of the area it lies in: the chapter's root or a place below it.
    pub area: String,
    /// The household (or other record) it is about: the number of an earlier filling of the chapter, the first being 0.
    pub about: Option<usize>,
    /// Path and value, as the form asks; `_form`, `_subject`, `_date` and preloaded answers come by themselves.
    pub answers: Vec<Answer>,
}

/// What a chapter is called, where it lies and what is filled there.
#[derive(Debug)]
pub struct About {
    /// See [`Chapter::name`].
    pub name: &'static str,
    /// See [`Chapter::root`].
    pub root: &'static str,
    /// See [`Chapter::forms`].
    pub forms: &'static [(&'static str, u32)],
}

/// One source report's place and data.
///
/// A filling about an earlier one whose form copies answers of it (`x-preload`) sees them only once that one is approved
/// and has come back to the phone, so such a filling ends the batch in hand: a chapter tells first all records that
/// others are about, then those others.
pub trait Chapter: Send + Sync {
    /// Name, place and forms.
    fn about(&self) -> &'static About;

    /// Name, as `--chapter` takes it: `report1`.
    fn name(&self) -> &'static str {
        self.about().name
    }

    /// Code of the area that everything of the chapter lies in; its supervisor's area. See `schemas/areas/README.md`.
    fn root(&self) -> &'static str {
        self.about().root
    }

    /// Areas as CSV in the format of `schemas/areas/demo.csv`, with its own county or town below the example province,
    /// which exists already; empty when all of them exist already.
    fn areas(&self) -> &'static str {
        doorstep_schemas::areas_of(self.name())
    }

    /// Forms and versions the chapter is written for; the machine refuses to begin when one is not published.
    fn forms(&self) -> &'static [(&'static str, u32)] {
        self.about().forms
    }

    /// The records to fill, in order: the same ones each time, made as they are asked for.
    fn fillings(&self) -> Box<dyn Iterator<Item = Filling> + '_>;
}

/// Every chapter, in the order of the reports.
pub fn all() -> anyhow::Result<Vec<Box<dyn Chapter>>> {
    // One line for each chapter.
    Ok(vec![
        Box::new(report1::Report1::read()?),
        Box::new(report2::Report2::read()?),
        Box::new(report3::Report3::read()?),
        Box::new(report4::Report4::read()?),
        Box::new(report5::Report5::read()?),
        Box::new(report6::Report6::read()?),
        Box::new(report7::Report7::read()?),
        Box::new(report8::Report8::read()?),
        Box::new(report9::Report9::read()?),
    ])
}

#[cfg(test)]
mod figures_789;
#[cfg(test)]
mod figures_b;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod whole_way_b;
