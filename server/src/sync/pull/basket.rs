//! A page being filled: items in order, changes of one record joined, an eye on the size.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::limits;
use doorstep_protocol::pull::{ListRow, PageItem};
use doorstep_records::RecordId;
use serde_bytes::ByteBuf;

/// Bytes of a page before compression for each byte after it: documents saved uncompressed shrink to less than half.
const RAW_PER_COMPRESSED: usize = 2;

/// A page being filled.
pub(super) struct Basket {
    items: Vec<PageItem>,
    room: usize,
    used: usize,
    /// Records sent whole in this page: the feed's older news of them says nothing more.
    whole: BTreeSet<RecordId>,
    changes_at: BTreeMap<RecordId, usize>,
    rows_at: BTreeMap<RecordId, usize>,
}

impl Basket {
    pub(super) fn new(page_bytes: u32) -> Basket {
        let asked = page_bytes.clamp(limits::PAGE_BYTES_MIN, limits::PAGE_BYTES_MAX) as usize;
        Basket {
            items: Vec::new(),
            room: asked * RAW_PER_COMPRESSED,
            used: 0,
            whole: BTreeSet::new(),
            changes_at: BTreeMap::new(),
            rows_at: BTreeMap::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.used >= self.room
    }

    pub(super) fn holds_whole(&self, record: RecordId) -> bool {
        self.whole.contains(&record)
    }

    /// True when the basket holds changes of the record, so that only later ones need a binding of their own.
    pub(super) fn holds_changes(&self, record: RecordId) -> bool {
        self.changes_at.contains_key(&record)
    }

    pub(super) fn put(&mut self, item: PageItem) {
        self.used += size(&item);
        if let PageItem::Snapshot { record, .. } = &item {
            self.whole.insert(*record);
        }
        self.items.push(item);
    }

    pub(super) fn put_changes(&mut self, record: RecordId, raw: Vec<Vec<u8>>) {
        self.used += raw.iter().map(|bytes| bytes.len() + 8).sum::<usize>();
        let new = raw.into_iter().map(ByteBuf::from);
        match self.changes_at.get(&record).and_then(|place| self.items.get_mut(*place)) {
            Some(PageItem::Changes { changes, .. }) => changes.extend(new),
            _ => {
                self.changes_at.insert(record, self.items.len());
                self.items.push(PageItem::Changes { record, row: None, changes: new.collect() });
            }
        }
    }

    pub(super) fn put_row(&mut self, record: RecordId, row: ListRow) {
        if let Some(PageItem::Changes { row: place, .. }) =
            self.changes_at.get(&record).and_then(|place| self.items.get_mut(*place))
        {
            *place = Some(row);
            return;
        }
        match self.rows_at.get(&record).and_then(|place| self.items.get_mut(*place)) {
            Some(PageItem::Row { row: place, .. }) => *place = row,
            _ => {
                self.rows_at.insert(record, self.items.len());
                self.put(PageItem::Row { record, row });
            }
        }
    }

    pub(super) fn into_items(self) -> Vec<PageItem> {
        self.items
    }
}

/// Bytes of an item before compression, near enough.
fn size(item: &PageItem) -> usize {
    match item {
        PageItem::Snapshot { document, row, .. } => document.len() + row.label.len() + row.search.len() + 200,
        PageItem::Form { package, .. } => package.len(),
        PageItem::Actors { bindings } => bindings.len() * 120,
        PageItem::Comment { text, .. } => text.len() + 150,
        PageItem::Changes { changes, .. } => changes.iter().map(|bytes| bytes.len() + 8).sum(),
        PageItem::Area { .. } | PageItem::Row { .. } | PageItem::Review { .. } => 150,
        PageItem::Left { .. } | PageItem::Alias { .. } => 40,
    }
}
