//! Runs the real binary, and speaks HTTP to it without a client library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use doorstep_client_core::Device;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use serde_json::Value;
use tempfile::TempDir;

/// What a command left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: out {:?} err {:?}", self.out, self.err))
    }

    /// The same, of a command that did what was asked.
    pub(crate) fn done(self) -> Ran {
        assert_eq!(self.code, 0, "out {:?} err {:?}", self.out, self.err);
        self
    }
}

/// The binary with a clean environment.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
    command.args(words).env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", "C");
    command.env_remove("DOORSTEP_DATA").env_remove("RUST_LOG");
    command
}

/// Runs the binary to its end.
pub(crate) fn doorstep(words: &[&str]) -> Ran {
    doorstep_stdin(words, "")
}

/// Runs the binary to its end with something on standard input.
pub(crate) fn doorstep_stdin(words: &[&str], input: &str) -> Ran {
    let mut child = command(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).ok();
    let done = child.wait_with_output().expect("the binary ends");
    Ran {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8(done.stdout).expect("UTF-8"),
        err: String::from_utf8(done.stderr).expect("UTF-8"),
    }
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().expect("UTF-8 path")
}

/// A file or folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A running `doorstep serve`; stopped by SIGTERM when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Served {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(data: &Path) -> Served {
        Served::start_logging(data, Stdio::null())
    }

    /// The same, with its log going somewhere, as talkative as it can be.
    pub(crate) fn start_logging(data: &Path, log: Stdio) -> Served {
        let mut child = command(&["serve", "--listen", "127.0.0.1:0", "--json", "--data", arg(data)])
            .env("RUST_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Served { child, url: ready["url"].as_str().expect("url").to_owned() }
    }

    /// Sends SIGTERM and waits for the end: its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        self.terminate();
        self.child.wait().expect("the server ends").code()
    }

    fn terminate(&self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
    }

    /// One request: status and body.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("connect");
        let body = body.map(Value::to_string).unwrap_or_default();
        let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{bearer}\r\n{body}",
            body.len()
        )
        .expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("receive");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }
}

/// A village with a published form, a supervisor `chen`, an enumerator `li` and the phone of `li`, over a real server.
pub(crate) struct Village {
    pub(crate) phone: Device,
    pub(crate) transport: HttpTransport,
    pub(crate) folder: TempDir,
    served: Served,
}

impl Village {
    /// The code of its area.
    pub(crate) const CODE: &str = "9911";

    pub(crate) fn begin(form: &str) -> Village {
        const AREAS: &str =
            "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,village,近村,Near\n";
        let folder = tempfile::tempdir().expect("folder");
        let (data, areas) = (folder.path().join("data"), folder.path().join("areas.csv"));
        std::fs::write(&areas, AREAS).expect("areas");
        let run =
            |words: &[&str]| doorstep(&[words, &["--json", "--data", arg(&data)]].concat()).done().json();
        run(&["area", "import", arg(&areas)]);
        run(&["form", "publish", arg(&repository(form))]);
        for (name, role) in [("chen", "supervisor"), ("li", "enumerator")] {
            let user = ["user", "add", name, "--role", role, "--area", Village::CODE];
            run(&[&user[..], &["--password", "correct horse"]].concat());
        }
        let served = Served::start(&data);
        let transport = HttpTransport::new(&served.url).expect("address");
        let mut phone = Device::open(&folder.path().join("phone"), surroundings()).expect("phone");
        let code = run(&["device", "invite", "li"])["code"].as_str().expect("code").to_owned();
        phone.enrol(&transport, &served.url, &code, "phone").expect("enrolled");
        phone.sync(&transport).expect("sync");
        Village { phone, transport, folder, served }
    }

    /// Runs a command on its data.
    pub(crate) fn ran(&self, words: &[&str]) -> Ran {
        doorstep(&[words, &["--data", arg(&self.folder.path().join("data"))]].concat())
    }

    /// Runs a command that does what is asked: what it says as JSON.
    pub(crate) fn run(&self, words: &[&str]) -> Value {
        self.ran(&[words, &["--json"]].concat()).done().json()
    }

    /// Stops the server.
    pub(crate) fn stop(self) -> Option<i32> {
        self.served.stop()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
            let _ = self.child.wait();
        }
    }
}
