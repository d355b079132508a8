//! Sample checks (抽查): a sample drawn from the register, who checks it, how far that is, and what differs.
//!
//! Always holds: nobody chooses. Which households are drawn, and which take the place of one that cannot be checked,
//! follows from the seed and the list alone ([`draw`]); every draw and every replacement stands in the log. A check
//! never writes to the register: what differs is shown beside it ([`compare`]).

pub mod compare;
pub mod cover;
pub mod draw;
pub mod model;
