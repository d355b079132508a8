//! Real phones and the real server core: what a phone holds when its server begins another life, and bundles that somebody
//! carried.

#![allow(clippy::unwrap_used)]

mod bundles;
mod restored;
mod town;
