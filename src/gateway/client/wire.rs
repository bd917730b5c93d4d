//! The client's socket: frames out, the awaited frame in, everything else passed over.
//! It must not know what frames mean.

use std::io;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{ConnectError, Endpoint};

/// The close code for "it closed without one" (RFC 6455, section 7.4.1).
const ABNORMAL: u16 = 1006;

#[derive(Debug)]
pub(super) struct Wire {
    socket: WebSocketStream<TcpStream>,
}

/// The other end hung up.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Wire {
    pub(super) async fn open(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        let unreachable = |error: &io::Error| ConnectError::Unreachable {
            url: endpoint.shown.clone(),
            reason: reason(error),
        };
        let stream = dial(&endpoint.host, endpoint.port).await.map_err(|error| unreachable(&error))?;
        // One small frame each way: waiting to fill a packet would cost more than the call.
        stream.set_nodelay(true).map_err(|error| unreachable(&error))?;
        // A screenshot is some megabytes; the gateway keeps no limit of its own for what it sends.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        match client_async_with_config(&endpoint.uri, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(WsError::Http(response)) => Err(refused(&endpoint.shown, &response)),
            Err(WsError::Io(error)) => Err(unreachable(&error)),
            Err(_) => Err(ConnectError::NotAGateway),
        }
    }

    pub(super) async fn send(&mut self, frame: String) -> Result<(), Ended> {
        self.socket.send(Message::text(frame)).await.map_err(|error| Ended::because(&error))
    }

    /// The next event of that name.
    pub(super) async fn event(&mut self, name: &str) -> Result<Value, Ended> {
        self.find(|frame| frame["type"] == "event" && frame["event"] == name).await
    }

    /// The answer to the request with that id.
    pub(super) async fn answer(&mut self, id: &str) -> Result<Value, Ended> {
        self.find(|frame| frame["type"] == "res" && frame["id"] == id).await
    }

    pub(super) async fn close(&mut self) -> Result<(), WsError> {
        self.socket.close(None).await
    }

    /// Passes over events, late answers and what is no frame of the protocol.
    async fn find(&mut self, is_it: impl Fn(&Value) -> bool) -> Result<Value, Ended> {
        loop {
            let bytes = match self.socket.next().await {
                Some(Ok(Message::Text(text))) => text.into(),
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or_else(Ended::silent, Ended::from)),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(error)) => return Err(Ended::because(&error)),
                None => return Err(Ended::silent()),
            };
            if let Ok(frame) = serde_json::from_slice(&bytes)
                && is_it(&frame)
            {
                return Ok(frame);
            }
        }
    }
}

impl Ended {
    fn silent() -> Self {
        Self { code: ABNORMAL, reason: "no close frame".to_owned() }
    }

    fn because(error: &WsError) -> Self {
        Self { code: ABNORMAL, reason: error.to_string() }
    }
}

impl From<tokio_tungstenite::tungstenite::protocol::CloseFrame> for Ended {
    fn from(frame: tokio_tungstenite::tungstenite::protocol::CloseFrame) -> Self {
        Self { code: frame.code.into(), reason: frame.reason.to_string() }
    }
}

/// Opens the TCP connection. `localhost` is not looked up: a file or a server that says otherwise would be wrong.
async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    if host != "localhost" {
        return TcpStream::connect((host, port)).await;
    }
    match TcpStream::connect(("127.0.0.1", port)).await {
        Ok(stream) => Ok(stream),
        Err(first) => TcpStream::connect(("::1", port)).await.map_err(|_| first),
    }
}

/// The name by which people look an error up.
fn reason(error: &io::Error) -> String {
    let names = [
        (io::ErrorKind::ConnectionRefused, "ECONNREFUSED"),
        (io::ErrorKind::ConnectionReset, "ECONNRESET"),
        (io::ErrorKind::TimedOut, "ETIMEDOUT"),
        (io::ErrorKind::HostUnreachable, "EHOSTUNREACH"),
        (io::ErrorKind::NetworkUnreachable, "ENETUNREACH"),
        (io::ErrorKind::AddrNotAvailable, "EADDRNOTAVAIL"),
    ];
    let name = names.iter().find(|(kind, _)| *kind == error.kind());
    name.map_or_else(|| error.to_string(), |(_, name)| (*name).to_owned())
}

fn refused(url: &str, response: &Response) -> ConnectError {
    let body: Option<Value> = response.body().as_deref().and_then(|body| serde_json::from_slice(body).ok());
    let message = body.as_ref().and_then(|body| {
        let error = &body["error"];
        error["message"].as_str().or_else(|| error.as_str())
    });
    ConnectError::Http {
        url: url.to_owned(),
        status: response.status().as_u16(),
        detail: message.map(|message| format!(": {message}")).unwrap_or_default(),
    }
}
