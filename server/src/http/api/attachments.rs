//! `/api/v1/records/{record}/attachments/{sha256}`: a file that a record refers to, as a download.

use axum::extract::State;
use axum::http::HeaderMap;
use doorstep_protocol::AttachmentHash;
use doorstep_records::RecordId;

use super::access::Caller;
use crate::app::AppState;
use crate::http::answer::File;
use crate::http::attachments::download;
use crate::http::extract::Path;
use crate::http::problem::HttpProblem;

/// The file, or the range of it that is asked for.
pub(crate) async fn get(
    State(state): State<AppState>,
    caller: Caller,
    Path((record, sha256)): Path<(RecordId, AttachmentHash)>,
    headers: HeaderMap,
) -> Result<File, HttpProblem> {
    let blob = state.read(move |store| store.attachment_open(&caller.scope, record, sha256)).await?;
    download(blob, &headers).map(File)
}
