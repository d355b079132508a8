//! The office: a supervisor over the REST API, as the console would do it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use doorstep_client_core::driver::ready_tls;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Connections are given up before the server does, so that no request meets one that is just being closed.
const IDLE: Duration = Duration::from_secs(3);

/// A signed-in supervisor.
pub struct Office {
    runtime: Runtime,
    client: Client,
    url: String,
    token: String,
}

/// What became of the review of many records.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// Records approved.
    pub approved: usize,
    /// Records that different answers or errors hold back, by the kind of problem.
    pub held: BTreeMap<String, usize>,
}

impl Office {
    /// Signs in at a server.
    pub fn sign_in(url: &str, name: &str, password: &str) -> Result<Office> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        ready_tls();
        let client = Client::builder().no_proxy().pool_idle_timeout(IDLE).build()?;
        let mut office = Office { runtime, client, url: url.to_owned(), token: String::new() };
        let session = office.post("/sessions", &json!({"name": name, "password": password}))?;
        office.token = session["token"].as_str().context("a session without a token")?.to_owned();
        Ok(office)
    }

    /// Every record of a form in a state.
    pub fn records(&self, form: &str, state: &str) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("/records?form={form}&state={state}{after}"))?;
            found.extend(page["records"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(found),
            }
        }
    }

    /// Opens each submitted record of a form and approves it as shown, but for those in `leave`.
    pub fn approve_all(&self, form: &str, leave: &[String], progress: &mut dyn FnMut()) -> Result<Reviewed> {
        let mut reviewed = Reviewed::default();
        for line in self.records(form, "submitted")? {
            let record = line["record"].as_str().context("a line without a record")?;
            progress();
            if leave.iter().any(|left| left == record) {
                continue;
            }
            match self.decide(record, "approve", None, &[])? {
                None => reviewed.approved += 1,
                Some(problem) => *reviewed.held.entry(problem).or_default() += 1,
            }
        }
        Ok(reviewed)
    }

    /// Sends a record back with a comment on an answer.
    pub fn send_back(&self, record: &str, path: &str, text: &str) -> Result<()> {
        match self.decide(record, "send_back", Some(text), &[(path, text)])? {
            None => Ok(()),
            Some(problem) => bail!("{record} cannot be sent back: {problem}"),
        }
    }

    /// Looks at a record and decides on what was shown. A refusal of the decision is answered as its kind.
    fn decide(
        &self,
        record: &str,
        decision: &str,
        note: Option<&str>,
        comments: &[(&str, &str)],
    ) -> Result<Option<String>> {
        let shown = self.get(&format!("/records/{record}"))?;
        let comments: Vec<Value> =
            comments.iter().map(|(path, text)| json!({"path": path, "text": text})).collect();
        let body = json!({"decision": decision, "heads": shown["heads"], "note": note, "comments": comments});
        let (status, answer) = self.send(Method::POST, &format!("/records/{record}/reviews"), Some(&body))?;
        match status {
            201 => Ok(None),
            409 => Ok(Some(kind_of(&answer))),
            _ => bail!("review of {record}: HTTP {status}: {answer}"),
        }
    }

    /// Records with at least one flag of a kind.
    pub fn flagged(&self, flag: &str) -> Result<u64> {
        Ok(self.get(&format!("/records?flag={flag}&limit=1"))?["total"].as_u64().unwrap_or(0))
    }

    /// Merges every certain duplicate; answers how many pairs were merged.
    pub fn merge_duplicates(&self) -> Result<usize> {
        let mut pairs = self.get("/duplicates")?["pairs"].as_array().cloned().unwrap_or_default();
        pairs.retain(|pair| pair["kind"] == "certain");
        for pair in &pairs {
            self.post("/duplicates/merge", &json!({"a": pair["a"], "b": pair["b"]}))?;
        }
        Ok(pairs.len())
    }

    /// A one-time code for a person's new phone.
    pub fn invite(&self, user: &str) -> Result<String> {
        let invited = self.post("/invites", &json!({"user": user}))?;
        Ok(invited["code"].as_str().context("an invitation without a code")?.to_owned())
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.expect(Method::GET, path, None)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect(Method::POST, path, Some(body))
    }

    fn expect(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let (status, answer) = self.send(method, path, body)?;
        if !(200..300).contains(&status) {
            bail!("{path}: HTTP {status}: {answer}");
        }
        Ok(answer)
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let url = format!("{}/api/v1{path}", self.url);
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.with_context(|| path.to_owned())?;
            let status = answer.status().as_u16();
            let body = answer.bytes().await?;
            Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
        })
    }
}

/// `urn:doorstep:problem:different_answers` -> `different_answers`.
fn kind_of(problem: &Value) -> String {
    let kind = problem["type"].as_str().and_then(|uri| uri.rsplit(':').next());
    kind.unwrap_or("unknown").to_owned()
}
