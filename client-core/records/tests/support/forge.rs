//! Builds hostile changes, byte by byte and without the crate's own writer.
