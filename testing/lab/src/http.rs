//! Small HTTP servers: a request whole in memory, an answer whole in memory.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A request.
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query without question mark, still encoded.
    pub query: Vec<u8>,
    /// Body.
    pub body: Bytes,
    /// Who asked.
    pub from: SocketAddr,
}

/// An answer.
pub struct Answer {
    status: u16,
    content_type: &'static str,
    location: Option<String>,
    body: Bytes,
}

impl Answer {
    /// Bytes of this type.
    #[must_use]
    pub fn bytes(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type,
            location: None,
            body: body.into(),
        }
    }

    /// A page.
    #[must_use]
    pub fn html(status: u16, page: String) -> Self {
        Self::bytes(status, "text/html; charset=utf-8", page)
    }

    /// A JSON document.
    #[must_use]
    pub fn json(status: u16, document: &Value) -> Self {
        Self::bytes(
            status,
            "application/json; charset=utf-8",
            document.to_string(),
        )
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::bytes(404, "text/plain", "There is nothing here.\n")
    }
}

/// A redirect to `target` with these parameters in its query.
#[must_use]
pub(crate) fn redirect(target: &str, parameters: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let joint = if target.contains('?') { '&' } else { '?' };
    let mut answer = Answer::bytes(302, "text/plain", "");
    answer.location = Some(format!("{target}{joint}{query}"));
    answer
}

/// Serves on `listener`, under TLS when an acceptor is given, until the task is dropped.
pub(crate) async fn serve<F>(listener: TcpListener, tls: Option<TlsAcceptor>, answer: F)
where
    F: Fn(&Request) -> Answer + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            continue;
        };
        let answer = Arc::clone(&answer);
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => exchange(stream, from, answer).await,
                // A client that does not like the certificate is its own affair.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        exchange(stream, from, answer).await;
                    }
                }
            }
        });
    }
}

async fn exchange<S, F>(stream: S, from: SocketAddr, answer: Arc<F>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(&Request) -> Answer + Send + Sync + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = Arc::clone(&answer);
        async move {
            let reply = match whole(request, from).await {
                Ok(request) => answer(&request),
                Err(_) => Answer::bytes(400, "text/plain", "The request was cut short.\n"),
            };
            Ok::<_, Infallible>(reply.into_hyper())
        }
    });
    // A connection that breaks is its client's affair.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn whole(
    request: hyper::Request<Incoming>,
    from: SocketAddr,
) -> Result<Request, hyper::Error> {
    let (head, body) = request.into_parts();
    Ok(Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().as_bytes().to_vec(),
        body: body.collect().await?.to_bytes(),
        from,
    })
}

impl Answer {
    fn into_hyper(self) -> hyper::Response<Full<Bytes>> {
        let mut response = hyper::Response::new(Full::new(self.body));
        if let Ok(status) = hyper::StatusCode::from_u16(self.status) {
            *response.status_mut() = status;
        }
        let headers = response.headers_mut();
        headers.insert(
            hyper::header::CONTENT_TYPE,
            hyper::header::HeaderValue::from_static(self.content_type),
        );
        if let Some(Ok(location)) = self.location.map(|text| text.parse()) {
            headers.insert(hyper::header::LOCATION, location);
        }
        response
    }
}
