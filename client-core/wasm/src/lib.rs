//! The device of `client-core` for a browser's worker: SQLite in the browser's own file system, the browser's clock and
//! randomness, and a sync whose requests the page's `fetch` carries.
//!
//! The border is coarse: what a person does is one call with JSON in and JSON out ([`calls::Call`]); files, enrolment and
//! sync have methods of their own, because bytes cross there. Nothing is decided here: the rules are those of the core.
//!
//! * `device`: what JavaScript holds. * `calls`: what a person does. * `forms`: what the list of forms says.
//! * `sync`: one sync, step by step. * `store`: files in a browser. * `env`: clock and randomness.
//!
//! Elsewhere than in a browser this is an empty library, so that the workspace builds everywhere.
#![cfg(target_arch = "wasm32")]
#![warn(missing_docs)]

mod calls;
mod device;
mod env;
mod forms;
mod store;
mod sync;

use doorstep_client_core::failure::Failure;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// A panic ends the engine; the console says which, the worker begins a new one.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| console_error(&info.to_string())));
}

/// A failure as JavaScript catches it: JSON in both languages.
fn thrown(failure: impl Into<Failure>) -> JsValue {
    JsValue::from_str(&failure.into().in_both().to_string())
}
