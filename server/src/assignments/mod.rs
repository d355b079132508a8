//! Work given to people: which form is to be filled about which household, or how often in which area, by whom and by
//! what day; and how far it is.

pub mod model;
