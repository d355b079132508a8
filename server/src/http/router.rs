//! Every route of the server, in one list.
//!
//! A route says who may use it; the gate in front of each handler and the test of roles are both made from this list, so
//! that a route without a decision cannot exist.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{self, MethodRouter};
use doorstep_protocol::attachment;
use doorstep_protocol::limits;
use doorstep_protocol::problem::ProblemKind;

use super::api::{Access, gate};
use super::api::{
    areas, assignments, attachments, bundles, dataset, devices, duplicates, events, form_changes,
    form_preview, form_tests, forms, households, mappings, points, progress, quarantine, records, reports,
    reviews, samples, sessions, users,
};
use super::border::{RequestIds, border};
use super::openapi::{self, Described, Operation};
use super::problem::HttpProblem;
use crate::accounts::role::Action;
use crate::app::AppState;
use crate::sync::door;

/// Bytes of an ordinary body.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of the body of a form upload (base64 of a package).
pub const FORM_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of an area file.
pub const AREA_BODY_BYTES: usize = 4 * 1024 * 1024;

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path as axum writes it: `/api/v1/records/{record}`.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// Says what it takes and answers.
    pub describe: fn(&mut Operation<'_>),
    handler: MethodRouter<AppState>,
    /// The handler's full name.
    name: &'static str,
}

impl Route {
    fn new<H: Described<D>, D>(
        method: Method,
        path: &'static str,
        access: Access,
        handler: MethodRouter<AppState>,
    ) -> Route {
        Route { method, path, access, describe: H::describe, handler, name: std::any::type_name::<H>() }
    }

    /// With bodies of up to so many bytes.
    fn limit(self, bytes: usize) -> Route {
        Route { handler: self.handler.layer(DefaultBodyLimit::max(bytes)), ..self }
    }

    /// The handler's module and its name: `records`, `list`.
    pub fn handler_name(&self) -> (&'static str, &'static str) {
        let (module, name) = self.name.rsplit_once("::").unwrap_or(("", self.name));
        (module.rsplit_once("::").map_or(module, |(_, module)| module), name)
    }
}

/// A function for each method: `get("/api/v1/areas", May(Look), areas::list)`.
macro_rules! methods {
    ($($name:ident $method:ident),*) => {$(
        fn $name<H, T, D>(path: &'static str, access: Access, handler: H) -> Route
        where
            H: Handler<T, AppState> + Described<D>,
            T: 'static,
        {
            Route::new::<H, D>(Method::$method, path, access, routing::$name(handler))
        }
    )*};
}
methods! { get GET, post POST, delete DELETE }

/// Every route of the REST API.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public, SignedIn};
    use Action::{AddUsers, Configure, Count, Look, Manage, Review};
    vec![
        post("/api/v1/sessions", Public, sessions::create),
        get("/api/v1/sessions", SignedIn, sessions::get),
        delete("/api/v1/sessions", SignedIn, sessions::delete),
        get("/api/v1/events", May(Look), events::stream),
        get("/api/v1/areas", May(Look), areas::list),
        post("/api/v1/areas", May(Configure), areas::import).limit(AREA_BODY_BYTES),
        post("/api/v1/areas/successions", May(Configure), areas::succeed),
        get("/api/v1/users", May(Manage), users::list),
        post("/api/v1/users", May(AddUsers), users::add),
        get("/api/v1/devices", May(Manage), devices::list),
        post("/api/v1/invites", May(Manage), devices::invite),
        delete("/api/v1/devices/{device}", May(Manage), devices::revoke),
        post("/api/v1/bundles", May(Manage), bundles::import).limit(limits::BUNDLE_BYTES),
        get("/api/v1/forms", May(Look), forms::list),
        post("/api/v1/forms", May(Configure), form_changes::publish).limit(FORM_BODY_BYTES),
        post("/api/v1/forms/diff", May(Configure), form_changes::diff).limit(2 * FORM_BODY_BYTES),
        post("/api/v1/forms/dry-run", May(Configure), form_changes::dry_run).limit(FORM_BODY_BYTES),
        post("/api/v1/forms/preview", May(Configure), form_preview::show).limit(FORM_BODY_BYTES),
        get("/api/v1/forms/tests", May(Configure), form_tests::list),
        post("/api/v1/forms/tests", May(Configure), form_tests::begin).limit(FORM_BODY_BYTES),
        get("/api/v1/forms/{form}/{version}", May(Look), forms::get),
        post("/api/v1/forms/{form}/{version}/close", May(Configure), form_tests::close),
        post("/api/v1/forms/{form}/{version}/reopen", May(Configure), form_tests::reopen),
        get("/api/v1/records", May(Look), records::list),
        get("/api/v1/records/{record}", May(Look), records::get),
        get("/api/v1/records/{record}/history", May(Look), records::history),
        get("/api/v1/records/{record}/attachments/{sha256}", May(Look), attachments::get),
        post("/api/v1/records/{record}/answers", May(Review), records::edit),
        post("/api/v1/records/{record}/reviews", May(Review), reviews::decide),
        post("/api/v1/records/{record}/comments", May(Review), reviews::comment),
        post("/api/v1/records/{record}/area", May(Review), records::area),
        post("/api/v1/reviews", May(Review), reviews::bulk),
        post("/api/v1/records/{record}/split", May(Review), households::split),
        post("/api/v1/records/{record}/members", May(Review), households::move_members),
        get("/api/v1/duplicates", May(Review), duplicates::list),
        post("/api/v1/duplicates/merge", May(Review), duplicates::merge),
        post("/api/v1/duplicates/unmerge", May(Review), duplicates::unmerge),
        post("/api/v1/duplicates/dismiss", May(Review), duplicates::dismiss),
        get("/api/v1/mappings", May(Review), mappings::list),
        post("/api/v1/mappings", May(Review), mappings::apply),
        get("/api/v1/quarantine", May(Review), quarantine::list),
        post("/api/v1/quarantine/retry", May(Review), quarantine::retry),
        get("/api/v1/assignments", May(Look), assignments::list),
        post("/api/v1/assignments", May(Review), assignments::add),
        post("/api/v1/assignments/move", May(Review), assignments::hand_over),
        post("/api/v1/assignments/close", May(Review), assignments::close),
        get("/api/v1/samples", May(Count), samples::list),
        post("/api/v1/samples", May(Review), samples::draw),
        get("/api/v1/samples/{sample}", May(Count), samples::show),
        get("/api/v1/samples/{sample}/cover", May(Count), samples::covered),
        get("/api/v1/samples/{sample}/differences", May(Count), samples::differences),
        post("/api/v1/samples/{sample}/assign", May(Review), samples::assign),
        post("/api/v1/samples/{sample}/replace", May(Review), samples::replace),
        get("/api/v1/dataset/{form}", May(Count), dataset::list),
        get("/api/v1/dataset/{form}/{record}", May(Count), dataset::get),
        get("/api/v1/points/{form}", May(Count), points::list),
        get("/api/v1/progress/{form}", May(Count), progress::get),
        get("/api/v1/reports", May(Count), reports::list),
        get("/api/v1/reports/{report}", May(Count), reports::count),
        get("/api/v1/openapi.json", Public, openapi::get),
    ]
}

/// The whole server: REST, sync, health, the faces, and a problem for everything else.
pub fn router(state: AppState) -> Router {
    let mut router = Router::new();
    for Route { path, access, handler, .. } in routes() {
        router = router.route(path, handler.route_layer(from_fn_with_state((state.clone(), access), gate)));
    }
    router = router.layer(DefaultBodyLimit::max(BODY_BYTES));
    let mut sync = Router::new();
    for route in door::Route::ALL {
        sync = sync.route(route.path(), routing::post(super::sync::door));
    }
    router
        .route("/health", routing::get(super::health::get))
        .route(attachment::APPEND, routing::post(super::attachments::append))
        .route(attachment::FETCH, routing::get(super::attachments::fetch))
        .merge(sync.layer(DefaultBodyLimit::max(limits::BODY_BYTES)))
        .fallback(super::faces::face)
        .method_not_allowed_fallback(|| async { HttpProblem::from(ProblemKind::MethodNotAllowed) })
        .layer(from_fn_with_state(RequestIds::random(), border))
        .with_state(state)
}
