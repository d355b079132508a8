//! Every route of the server, in one list.
//!
//! A route says who may use it; the gate in front of each handler and the test of roles are both made from this list, so
//! that a route without a decision cannot exist.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post};
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
    handler: MethodRouter<AppState>,
}

fn route(method: Method, path: &'static str, access: Access, handler: MethodRouter<AppState>) -> Route {
    Route { method, path, access, handler }
}

/// Every route of the REST API.
pub fn routes() -> Vec<Route> {
    use Access::{May, Public, SignedIn};
    use Action::{AddUsers, Configure, Count, Look, Manage, Review};
    vec![
        route(Method::POST, "/api/v1/sessions", Public, post(sessions::create)),
        route(Method::GET, "/api/v1/sessions", SignedIn, get(sessions::get)),
        route(Method::DELETE, "/api/v1/sessions", SignedIn, delete(sessions::delete)),
        route(Method::GET, "/api/v1/events", May(Look), get(events::stream)),
        route(Method::GET, "/api/v1/areas", May(Look), get(areas::list)),
        route(
            Method::POST,
            "/api/v1/areas",
            May(Configure),
            post(areas::import).layer(DefaultBodyLimit::max(AREA_BODY_BYTES)),
        ),
        route(Method::POST, "/api/v1/areas/successions", May(Configure), post(areas::succeed)),
        route(Method::GET, "/api/v1/users", May(Manage), get(users::list)),
        route(Method::POST, "/api/v1/users", May(AddUsers), post(users::add)),
        route(Method::GET, "/api/v1/devices", May(Manage), get(devices::list)),
        route(Method::POST, "/api/v1/invites", May(Manage), post(devices::invite)),
        route(Method::DELETE, "/api/v1/devices/{device}", May(Manage), delete(devices::revoke)),
        route(
            Method::POST,
            "/api/v1/bundles",
            May(Manage),
            post(bundles::import).layer(DefaultBodyLimit::max(limits::BUNDLE_BYTES)),
        ),
        route(Method::GET, "/api/v1/forms", May(Look), get(forms::list)),
        route(
            Method::POST,
            "/api/v1/forms",
            May(Configure),
            post(form_changes::publish).layer(DefaultBodyLimit::max(FORM_BODY_BYTES)),
        ),
        route(
            Method::POST,
            "/api/v1/forms/diff",
            May(Configure),
            post(form_changes::diff).layer(DefaultBodyLimit::max(2 * FORM_BODY_BYTES)),
        ),
        route(
            Method::POST,
            "/api/v1/forms/dry-run",
            May(Configure),
            post(form_changes::dry_run).layer(DefaultBodyLimit::max(FORM_BODY_BYTES)),
        ),
        route(
            Method::POST,
            "/api/v1/forms/preview",
            May(Configure),
            post(form_preview::show).layer(DefaultBodyLimit::max(FORM_BODY_BYTES)),
        ),
        route(Method::GET, "/api/v1/forms/tests", May(Configure), get(form_tests::list)),
        route(
            Method::POST,
            "/api/v1/forms/tests",
            May(Configure),
            post(form_tests::begin).layer(DefaultBodyLimit::max(FORM_BODY_BYTES)),
        ),
        route(Method::GET, "/api/v1/forms/{form}/{version}", May(Look), get(forms::get)),
        route(Method::POST, "/api/v1/forms/{form}/{version}/close", May(Configure), post(form_tests::close)),
        route(
            Method::POST,
            "/api/v1/forms/{form}/{version}/reopen",
            May(Configure),
            post(form_tests::reopen),
        ),
        route(Method::GET, "/api/v1/records", May(Look), get(records::list)),
        route(Method::GET, "/api/v1/records/{record}", May(Look), get(records::get)),
        route(Method::GET, "/api/v1/records/{record}/history", May(Look), get(records::history)),
        route(Method::GET, "/api/v1/records/{record}/attachments/{sha256}", May(Look), get(attachments::get)),
        route(Method::POST, "/api/v1/records/{record}/answers", May(Review), post(records::edit)),
        route(Method::POST, "/api/v1/records/{record}/reviews", May(Review), post(reviews::decide)),
        route(Method::POST, "/api/v1/records/{record}/comments", May(Review), post(reviews::comment)),
        route(Method::POST, "/api/v1/records/{record}/area", May(Review), post(records::area)),
        route(Method::POST, "/api/v1/reviews", May(Review), post(reviews::bulk)),
        route(Method::POST, "/api/v1/records/{record}/split", May(Review), post(households::split)),
        route(Method::POST, "/api/v1/records/{record}/members", May(Review), post(households::move_members)),
        route(Method::GET, "/api/v1/duplicates", May(Review), get(duplicates::list)),
        route(Method::POST, "/api/v1/duplicates/merge", May(Review), post(duplicates::merge)),
        route(Method::POST, "/api/v1/duplicates/unmerge", May(Review), post(duplicates::unmerge)),
        route(Method::POST, "/api/v1/duplicates/dismiss", May(Review), post(duplicates::dismiss)),
        route(Method::GET, "/api/v1/mappings", May(Review), get(mappings::list)),
        route(Method::POST, "/api/v1/mappings", May(Review), post(mappings::apply)),
        route(Method::GET, "/api/v1/quarantine", May(Review), get(quarantine::list)),
        route(Method::POST, "/api/v1/quarantine/retry", May(Review), post(quarantine::retry)),
        route(Method::GET, "/api/v1/assignments", May(Look), get(assignments::list)),
        route(Method::POST, "/api/v1/assignments", May(Review), post(assignments::add)),
        route(Method::POST, "/api/v1/assignments/move", May(Review), post(assignments::hand_over)),
        route(Method::POST, "/api/v1/assignments/close", May(Review), post(assignments::close)),
        route(Method::GET, "/api/v1/samples", May(Count), get(samples::list)),
        route(Method::POST, "/api/v1/samples", May(Review), post(samples::draw)),
        route(Method::GET, "/api/v1/samples/{sample}", May(Count), get(samples::show)),
        route(Method::GET, "/api/v1/samples/{sample}/cover", May(Count), get(samples::covered)),
        route(Method::GET, "/api/v1/samples/{sample}/differences", May(Count), get(samples::differences)),
        route(Method::POST, "/api/v1/samples/{sample}/assign", May(Review), post(samples::assign)),
        route(Method::POST, "/api/v1/samples/{sample}/replace", May(Review), post(samples::replace)),
        route(Method::GET, "/api/v1/dataset/{form}", May(Count), get(dataset::list)),
        route(Method::GET, "/api/v1/dataset/{form}/{record}", May(Count), get(dataset::get)),
        route(Method::GET, "/api/v1/points/{form}", May(Count), get(points::list)),
        route(Method::GET, "/api/v1/progress/{form}", May(Count), get(progress::get)),
        route(Method::GET, "/api/v1/reports", May(Count), get(reports::list)),
        route(Method::GET, "/api/v1/reports/{report}", May(Count), get(reports::count)),
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
        sync = sync.route(route.path(), post(super::sync::door));
    }
    router
        .route("/health", get(super::health::get))
        .route(attachment::APPEND, post(super::attachments::append))
        .route(attachment::FETCH, get(super::attachments::fetch))
        .merge(sync.layer(DefaultBodyLimit::max(limits::BODY_BYTES)))
        .fallback(super::faces::face)
        .method_not_allowed_fallback(|| async { HttpProblem::from(ProblemKind::MethodNotAllowed) })
        .layer(from_fn_with_state(RequestIds::random(), border))
        .with_state(state)
}
