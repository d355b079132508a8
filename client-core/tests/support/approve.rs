//! What a phone hears when a supervisor has approved a record as that phone shows it.

use doorstep_client_core::Device;
use doorstep_protocol::ObjectId;
use doorstep_protocol::pull::{ListRow, PageItem};
use doorstep_records::RecordId;

use super::START_MS;
use super::server::TestServer;

/// The server tells every phone that `record` is approved by its `number`-th review, judged by `version` of the form.
pub fn approve(server: &TestServer, device: &mut Device, record: RecordId, version: u32, number: u8) {
    let heads = device.show(record).unwrap().heads;
    let row = device.row(record).unwrap();
    server.tell(PageItem::Review {
        id: ObjectId::from_bytes([number; 16]),
        record,
        heads,
        decision: "approved".into(),
        by: "chief".into(),
        at_ms: START_MS,
        note: None,
    });
    let row = ListRow {
        form: row.form,
        form_version: version,
        area: row.area,
        subject: None,
        label: row.label,
        state: "approved".into(),
        search: String::new(),
        test: false,
        unread: false,
    };
    server.tell(PageItem::Row { record, row });
}
