//! Embeds again when a file is added to or taken from the data folders.

fn main() {
    for folder in ["forms", "reports", "areas", "meta", "rules", "codes", "demo"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
