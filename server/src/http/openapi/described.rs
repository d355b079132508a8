//! What a handler takes and answers, read from its type: a handler whose arguments are not listed here does not compile as a
//! route.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use schemars::JsonSchema;

use super::operation::Operation;
use crate::app::AppState;
use crate::http::answer::{Done, Events, File, Made};
use crate::http::api::Caller;
use crate::http::extract::{Json, JsonFiles, Path, Query};
use crate::http::problem::HttpProblem;
use crate::language::Language;

/// One argument of a handler.
pub trait Takes {
    /// Says what it takes of a request; most take nothing that a client writes.
    fn takes(_: &mut Operation<'_>) {}
}

/// What a handler answers.
pub trait Answers {
    /// Says with which status, and what.
    fn answers(operation: &mut Operation<'_>);
}

/// A handler, by the types of its arguments.
pub trait Described<Arguments> {
    /// Says what it takes and answers.
    fn describe(operation: &mut Operation<'_>);
}

impl Takes for State<AppState> {}
impl Takes for Caller {}
impl Takes for Language {}
impl Takes for HeaderMap {}
impl<T> Takes for Option<Extension<T>> {}

impl<T: JsonSchema> Takes for Json<T> {
    fn takes(operation: &mut Operation<'_>) {
        operation.body::<T>();
    }
}

impl<T: JsonSchema> Takes for JsonFiles<T> {
    fn takes(operation: &mut Operation<'_>) {
        operation.body::<T>();
    }
}

impl Takes for Bytes {
    fn takes(operation: &mut Operation<'_>) {
        operation.file();
    }
}

impl<T: JsonSchema> Takes for Query<T> {
    fn takes(operation: &mut Operation<'_>) {
        operation.query::<T>();
    }
}

impl<T: JsonSchema> Takes for Path<T> {
    fn takes(operation: &mut Operation<'_>) {
        operation.path::<T>();
    }
}

impl<T: JsonSchema> Answers for axum::Json<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.json::<T>(StatusCode::OK);
    }
}

impl<T: JsonSchema> Answers for Made<T> {
    fn answers(operation: &mut Operation<'_>) {
        operation.json::<T>(StatusCode::CREATED);
    }
}

/// Made, or there already.
impl<T: JsonSchema> Answers for (StatusCode, axum::Json<T>) {
    fn answers(operation: &mut Operation<'_>) {
        operation.json::<T>(StatusCode::OK);
        operation.json::<T>(StatusCode::CREATED);
    }
}

impl Answers for Done {
    fn answers(operation: &mut Operation<'_>) {
        operation.nothing(StatusCode::NO_CONTENT);
    }
}

impl Answers for File {
    fn answers(operation: &mut Operation<'_>) {
        operation.bytes(StatusCode::OK, "application/octet-stream");
        operation.bytes(StatusCode::PARTIAL_CONTENT, "application/octet-stream");
    }
}

impl Answers for Events {
    fn answers(operation: &mut Operation<'_>) {
        operation.bytes(StatusCode::OK, "text/event-stream");
    }
}

/// With headers of its own.
impl<T: Answers> Answers for (HeaderMap, T) {
    fn answers(operation: &mut Operation<'_>) {
        T::answers(operation);
    }
}

impl<T: Answers> Answers for Result<T, HttpProblem> {
    fn answers(operation: &mut Operation<'_>) {
        T::answers(operation);
    }
}

macro_rules! handlers {
    ($(($($argument:ident),*))*) => {$(
        impl<F, Future, Answer, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Future,
            Future: std::future::Future<Output = Answer>,
            Answer: Answers,
            $($argument: Takes,)*
        {
            fn describe(operation: &mut Operation<'_>) {
                $($argument::takes(operation);)*
                Answer::answers(operation);
            }
        }
    )*};
}

handlers! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) }
