//! Asks a running daemon over HTTP.

use std::path::PathBuf;

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::model::{Code, Fault};
use crate::shell::secret_file;

/// Where the daemon is, and who asks.
#[derive(clap::Args)]
pub struct ApiArguments {
    /// The daemon's address, its http.listen
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "LAWTAIL_URL",
        default_value = "http://127.0.0.1:9464"
    )]
    url: String,
    /// File that holds one of the tokens of its http.tokens
    #[arg(long, global = true, value_name = "FILE", env = "LAWTAIL_TOKEN_FILE")]
    token_file: Option<PathBuf>,
}

/// A client with its token.
pub struct Client {
    /// Host and port.
    authority: String,
    token: SecretString,
}

impl Client {
    /// Reads the token.
    ///
    /// # Errors
    /// [`Code::API_001`] without a token, [`Code::CFG_003`] when its file cannot be read
    /// or is open to others,
    /// [`Code::API_002`] when the URL is none.
    pub fn new(arguments: &ApiArguments) -> Result<Client, Fault> {
        let wrong = || {
            Fault::new(Code::API_002, "the URL is not of the form http://host:port")
                .help("give the daemon's http.listen as --url http://127.0.0.1:9464")
        };
        let uri: Uri = arguments.url.parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
        let authority = authority.ok_or_else(wrong)?;
        let port = authority.port_u16().unwrap_or(80);
        let authority = format!("{}:{port}", authority.host());
        let file = arguments.token_file.as_ref();
        let file = file.ok_or_else(|| Fault::new(Code::API_001, "no --token-file was given"))?;
        let token = secret_file::read(file, Code::CFG_003)?;
        // What is no text is no token either.
        let token = std::str::from_utf8(token.expose_secret()).unwrap_or_default();
        Ok(Client { authority, token: SecretString::from(token.trim().to_owned()) })
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The daemon's own fault, or [`Code::API_002`] when there is no answer that can be read.
    pub fn get(&self, path: &str) -> Result<Value, Fault> {
        self.ask(Method::GET, path, Bytes::new())
    }

    /// Asks for something to be done.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn post(&self, path: &str, content: &Value) -> Result<Value, Fault> {
        self.ask(Method::POST, path, content.to_string().into())
    }

    fn ask(&self, method: Method, path: &str, content: Bytes) -> Result<Value, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| self.silent(&error))?;
        let (status, answer) = runtime.block_on(self.exchange(method, path, content))?;
        let answer = serde_json::from_slice(&answer).unwrap_or(Value::Null);
        match status {
            StatusCode::OK if !answer.is_null() => Ok(answer),
            status => Err(self.refusal(status, &answer)),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        content: Bytes,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let stream = TcpStream::connect(&self.authority).await;
        let stream = stream.map_err(|error| self.silent(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.silent(&error))?;
        // Ends with the sender; its fault is that of the request.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.authority)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose_secret()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(content))
            .map_err(|error| self.silent(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| self.silent(&error))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| self.silent(&error))?;
        Ok((status, body.to_bytes()))
    }

    fn silent(&self, error: &dyn std::error::Error) -> Fault {
        Fault::new(Code::API_002, format!("{}: {error}", self.authority))
    }

    /// The fault that the daemon explains.
    fn refusal(&self, status: StatusCode, answer: &Value) -> Fault {
        let said = |key: &str| answer[key].as_str();
        match (said("code").and_then(|code| code.parse().ok()), said("cause")) {
            (Some(code), Some(cause)) => Fault::new(code, cause),
            _ => Fault::new(Code::API_002, format!("{} answered {status}", self.authority)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("officer.token");
        fs::write(&file, "canary\n").unwrap();
        let client = |mode| {
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            let url = "http://127.0.0.1:9464".to_owned();
            Client::new(&ApiArguments { url, token_file: Some(file.clone()) })
        };
        assert_eq!(client(0o600).ok().unwrap().token.expose_secret(), "canary");
        let fault = client(0o644).err().unwrap();
        assert_eq!(fault.code, Code::CFG_003);
        assert!(fault.remedy().starts_with("chmod 600 ") && !fault.to_string().contains("canary"));
    }
}
