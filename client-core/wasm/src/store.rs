//! The local store in a browser: a file of its own file system, or memory with an image that the page keeps.

use doorstep_client_core::failure::Failure;
use doorstep_client_core::store::{Store, StoreError};
use rusqlite::{Connection, OpenFlags};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHPoolCfgBuilder, install};

const VFS: &str = "doorstep";
const FILE: &str = "doorstep.db";

/// Opens the store in a directory of the origin's private file system. Only one worker can hold it.
pub(crate) async fn open(directory: &str) -> Result<Store, Failure> {
    let pool = OpfsSAHPoolCfgBuilder::new().vfs_name(VFS).directory(directory).build();
    install::<WasmOsCallback>(&pool, false).await.map_err(|error| {
        Failure::new(
            "no_storage",
            format!("The browser's storage cannot be opened: {error}."),
            format!("无法打开浏览器存储：{error}。"),
        )
        .help(
            "Close other windows of this app; in a private window nothing can be kept.",
            "请关闭本应用的其他窗口；无痕模式下无法保存。",
        )
    })?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(FILE, flags, VFS).map_err(StoreError::from);
    let store = connection.and_then(Store::adopt_file);
    store.map_err(failed)
}

/// A store in memory, from an image that was kept of it.
pub(crate) fn open_in_memory(image: Option<&[u8]>) -> Result<Store, Failure> {
    match image {
        Some(image) => Store::from_image(image),
        None => Store::in_memory(),
    }
    .map_err(failed)
}

fn failed(error: StoreError) -> Failure {
    doorstep_client_core::DeviceError::from(error).into()
}
