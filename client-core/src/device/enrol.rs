//! Enrolment: a new key asks to belong to the person whose code it shows.

use doorstep_protocol::hello::{EnrolRequest, EnrolResponse, Person};
use doorstep_protocol::{DeviceId, frame};
use ed25519_dalek::SigningKey;
use serde_bytes::ByteArray;

use super::Device;
use crate::error::DeviceError;
use crate::store::meta::{self, name};
use crate::store::{StoreError, outbox};
use crate::sync::{Blocked, Reply, SyncFailure, Transport, perform, problem_of, route};

impl Device {
    /// Enrols this device with the server at `url`, reached by `transport`, with a one-time code.
    ///
    /// The key is made and stored before it is sent, so that an answer lost on the way costs nothing: the same key asks
    /// again. A device that its server does not know any more (restored from a backup older than the enrolment) is enrolled
    /// again with its key, for the same person, and offers everything it still keeps.
    ///
    /// # Errors
    /// [`DeviceError::AlreadyEnrolled`]; [`DeviceError::Sync`] with the server's problem (a used or old code).
    pub fn enrol(
        &mut self,
        transport: &dyn Transport,
        url: &str,
        code: &str,
        device_name: &str,
    ) -> Result<Person, DeviceError> {
        let body = self.enrol_request(code, device_name)?;
        let reply = transport.post(route::ENROL, None, body).map_err(SyncFailure::Offline)?;
        self.enrolled(url, &reply)
    }

    /// The body of the request to [`route::ENROL`]; for callers that send it themselves and tell [`Device::enrolled`].
    ///
    /// # Errors
    /// [`DeviceError::AlreadyEnrolled`].
    pub fn enrol_request(&mut self, code: &str, device_name: &str) -> Result<Vec<u8>, DeviceError> {
        let before = self.person()?;
        if let (Some(url), Some(_)) = (self.server_url()?, &before)
            && self.standing()?.blocked != Some(Blocked::Unknown)
        {
            return Err(DeviceError::AlreadyEnrolled { url });
        }
        let key = self.make_key()?;
        let request = EnrolRequest {
            code: code.trim().to_owned(),
            public_key: ByteArray::new(key.verifying_key().to_bytes()),
            name: device_name.to_owned(),
            person: before.as_ref().map(|person| person.name.clone()),
        };
        Ok(frame::encode(&request).map_err(|_| StoreError::Unreadable { what: "request" })?)
    }

    /// Takes the server's answer to an enrolment and keeps whose device this is.
    ///
    /// # Errors
    /// [`DeviceError::Sync`] with the server's problem (a used or old code).
    pub fn enrolled(&mut self, url: &str, reply: &Reply) -> Result<Person, DeviceError> {
        let before = self.person()?;
        if reply.status != 200 {
            return Err(match problem_of(reply) {
                Some(problem) => SyncFailure::Problem(Box::new(problem)).into(),
                None => SyncFailure::NotOurs { status: reply.status }.into(),
            });
        }
        let answer: EnrolResponse =
            frame::decode(&reply.body).map_err(|_| SyncFailure::NotOurs { status: reply.status })?;
        self.store.write::<_, StoreError>(|tx| {
            meta::set(tx, name::URL, url)?;
            meta::set(tx, name::USER, answer.user.id.to_bytes().as_slice())?;
            meta::set(tx, name::USER_NAME, &answer.user.name)?;
            meta::set(tx, name::USER_ROLE, &answer.user.role)?;
            if let Some(key) = &answer.bundle_key {
                meta::set(tx, name::BUNDLE_KEY, key.as_slice())?;
            }
            match &before {
                None => meta::set(tx, name::EPOCH, answer.epoch.to_bytes().as_slice())?,
                // The account was made again too: what the old one signed is signed anew.
                Some(person) if person.id != answer.user.id => outbox::unseal(tx)?,
                // The epoch of the first hello tells what is to be offered again.
                Some(_) => {}
            }
            meta::clear(tx, name::BLOCKED)
        })?;
        Ok(answer.user)
    }

    fn make_key(&mut self) -> Result<SigningKey, StoreError> {
        if let Some(key) = perform::key(self.store.read())? {
            return Ok(key);
        }
        let mut seed = [0; 32];
        self.around.entropy.fill(&mut seed);
        self.store.write::<_, StoreError>(|tx| meta::set(tx, name::SEED, seed.as_slice()))?;
        Ok(SigningKey::from_bytes(&seed))
    }

    /// The server this device is enrolled with.
    pub fn server_url(&self) -> Result<Option<String>, DeviceError> {
        Ok(meta::get(self.store.read(), name::URL)?)
    }

    /// Whose device it is.
    pub fn person(&self) -> Result<Option<Person>, DeviceError> {
        let found = perform::self_author(self.store.read())?;
        Ok(found.map(|(id, author)| Person { id, name: author.name, role: author.role }))
    }

    /// This device's id, once it has a key.
    pub fn id(&self) -> Result<Option<DeviceId>, DeviceError> {
        let key = perform::key(self.store.read())?;
        Ok(key.map(|key| DeviceId::of_key(key.verifying_key().as_bytes())))
    }
}
