//! Ids as JSON Schema, for the description of the REST API.

use crate::{AttachmentHash, DeviceId, EnvelopeId, ObjectId, UserId};

const UUID: &str = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
const SHA256: &str = "^[0-9a-f]{64}$";
const HALF_SHA256: &str = "^[0-9a-f]{32}$";

doorstep_records::id_schemas! {
    UserId UUID "A person's account.";
    EnvelopeId UUID "What a device sent in one piece.";
    ObjectId UUID "A submission, comment, review, assignment or sample.";
    DeviceId HALF_SHA256 "A device, named by its key.";
    AttachmentHash SHA256 "A file: its SHA-256.";
}
