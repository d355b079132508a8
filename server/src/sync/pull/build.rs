//! A page in the making: what is in it, and when it is full.

use doorstep_protocol::frame;
use doorstep_protocol::limits::{PAGE_BYTES_MAX, PAGE_BYTES_MIN};
use doorstep_protocol::pull::{ActorBinding, PageItem};

/// Bytes compressed once to learn how well a page compresses.
const SAMPLE_BYTES: usize = 96 * 1024;
/// How well a page compresses at least, before a sample tells more.
const RATIO_AT_LEAST: usize = 3;
/// Uncompressed bytes of a page, far below what a device agrees to inflate.
const RAW_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of an item beside what it carries.
const ITEM_BYTES: usize = 96;

/// A page in the making.
pub(super) struct Builder {
    page_bytes: usize,
    raw: usize,
    limit: usize,
    /// Gathered until it is large enough to be measured.
    sample: Option<Vec<u8>>,
    first: Vec<PageItem>,
    bindings: Vec<ActorBinding>,
    rest: Vec<PageItem>,
}

impl Builder {
    /// A page of about `page_bytes` compressed.
    pub(super) fn new(page_bytes: u32) -> Builder {
        let page_bytes = page_bytes.clamp(PAGE_BYTES_MIN, PAGE_BYTES_MAX) as usize;
        Builder {
            page_bytes,
            raw: 0,
            limit: page_bytes * RATIO_AT_LEAST,
            sample: Some(Vec::new()),
            first: Vec::new(),
            bindings: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// True when nothing more should come in.
    pub(super) fn is_full(&mut self) -> bool {
        if let Some(sample) = self.sample.take_if(|sample| sample.len() >= SAMPLE_BYTES) {
            let packed = frame::compress(&sample).map_or(sample.len(), |packed| packed.len());
            let tenths = (sample.len() * 10 / packed.max(1)).max(RATIO_AT_LEAST * 10);
            self.limit = (self.page_bytes * tenths / 10).min(RAW_BYTES_MAX);
        }
        self.raw >= self.limit
    }

    /// Counts bytes that will come with an item added later.
    pub(super) fn weigh(&mut self, bytes: &[u8]) {
        self.raw += bytes.len() + ITEM_BYTES;
        if let Some(sample) = &mut self.sample {
            sample.extend_from_slice(bytes);
        }
    }

    /// An area or a form version: told before everything else of the page.
    pub(super) fn first(&mut self, item: PageItem) {
        self.first.push(item);
    }

    /// Who stands behind an actor: told before the records.
    pub(super) fn bindings(&mut self, bindings: impl IntoIterator<Item = ActorBinding>) {
        self.bindings.extend(bindings);
        self.raw += 32;
    }

    /// Anything else.
    pub(super) fn push(&mut self, item: PageItem) {
        self.raw += ITEM_BYTES;
        self.rest.push(item);
    }

    /// The items in the order in which a device can take them.
    pub(super) fn finish(self) -> Vec<PageItem> {
        let mut items = self.first;
        if !self.bindings.is_empty() {
            items.push(PageItem::Actors { bindings: self.bindings });
        }
        items.extend(self.rest);
        items
    }
}
