//! Writes the seeds of every target into `fuzz/corpus`. Run it after a format changed, and commit what it wrote.

use std::path::Path;

use doorstep_fuzz::{
    Seed, csv_import, envelope, expression, form_package, frame, gate, messages, xlsx_import,
};

/// Name of a target, its seeds, what it does with one.
type Target = (&'static str, Vec<Seed>, fn(&[u8]));

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    assert!(messages::seeds().iter().all(|(_, bytes)| messages::is_message(bytes)), "a seed is no message");
    let targets: [Target; 8] = [
        ("envelope", envelope::seeds(), envelope::run),
        ("gate", gate::seeds(), gate::run),
        ("messages", messages::seeds(), messages::run),
        ("frame", frame::seeds(), frame::run),
        ("form_package", form_package::seeds(), form_package::run),
        ("expression", expression::seeds(), expression::run),
        ("xlsx_import", xlsx_import::seeds(), xlsx_import::run),
        ("csv_import", csv_import::seeds(), csv_import::run),
    ];
    for (target, seeds, run) in targets {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        println!("{target}: {} seeds", seeds.len());
        for (name, bytes) in seeds {
            run(&bytes);
            std::fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
