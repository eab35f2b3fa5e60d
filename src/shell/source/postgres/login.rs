//! Logging in: trust, clear text, MD5 and SCRAM-SHA-256 (PostgreSQL manual, "Start-up").

use bytes::{Buf, BytesMut};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};
use postgres_protocol::message::frontend;
use secrecy::ExposeSecret;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::address::Address;
use super::frame::FrameReader;
use super::refusal::{PASSWORD_MISSING, Refusal, io_fault};
use crate::model::{Code, Fault, limits};

type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// Answers whatever the server asks until it lets us in.
///
/// Fails with `PG-002` when it does not, or when the server cannot prove that it knows the
/// password too.
pub(super) async fn log_in(
    address: &Address,
    channel_binding: Option<Vec<u8>>,
    reader: &mut FrameReader,
    writer: &mut Writer,
) -> Result<(), Fault> {
    let mut login =
        Login { address, channel_binding, scram: None, proven: true, answer: BytesMut::new() };
    loop {
        let frame = reader.next().await?;
        match frame.tag {
            b'R' if login.step(&frame.body)? => return Ok(()),
            b'R' => {}
            b'E' => return Err(Refusal::from_body(&frame.body).fault()),
            b'N' => {}
            b'v' => return Err(refused("the server does not speak protocol 3.0")),
            _ => return Err(refused("the server sent something else than a login request")),
        }
        if !login.answer.is_empty() {
            let answer = login.answer.split();
            writer.write_all(&answer).await.map_err(|error| io_fault(Code::PG_001, &error))?;
            writer.flush().await.map_err(|error| io_fault(Code::PG_001, &error))?;
        }
    }
}

fn refused(cause: impl Into<String>) -> Fault {
    Fault::new(Code::PG_002, cause)
}

/// Refuses to hash for hours. `body` is the server's first message (RFC 5802, section 7); what is
/// wrong with it otherwise is found where it is read.
fn check_iterations(body: &[u8]) -> Result<(), Fault> {
    let asked = body.split(|&byte| byte == b',').find_map(|part| part.strip_prefix(b"i="));
    let Some(asked) = asked.and_then(|digits| str::from_utf8(digits).ok()) else { return Ok(()) };
    match asked.parse::<u32>() {
        Ok(count) if count > limits::SCRAM_ITERATIONS => {
            Err(refused(format!("the server asks for {count} rounds of hashing a password"))
                .help("set scram_iterations to less, and the role's password anew"))
        }
        _ => Ok(()),
    }
}

struct Login<'a> {
    address: &'a Address,
    channel_binding: Option<Vec<u8>>,
    scram: Option<ScramSha256>,
    /// False while SCRAM has begun and the server has not proven itself.
    proven: bool,
    answer: BytesMut,
}

impl Login<'_> {
    /// Takes one authentication message; true when the server lets us in.
    fn step(&mut self, mut body: &[u8]) -> Result<bool, Fault> {
        match body.try_get_i32().map_err(|_| refused("a login request is cut short"))? {
            0 if self.proven => return Ok(true),
            0 => return Err(refused("the server did not prove that it knows the password")),
            3 => {
                let password = self.password()?.as_bytes().to_vec();
                self.send(|answer| frontend::password_message(&password, answer))?;
            }
            5 => {
                let salt = body.get(..4).and_then(|salt| salt.try_into().ok());
                let salt: [u8; 4] = salt.ok_or_else(|| refused("a salt is cut short"))?;
                let user = self.address.user.as_bytes();
                let hash = md5_hash(user, self.password()?.as_bytes(), salt);
                self.send(|answer| frontend::password_message(hash.as_bytes(), answer))?;
            }
            10 => self.begin_scram(body)?,
            11 => {
                let scram = self.scram.as_mut().ok_or_else(|| refused("SCRAM has not begun"))?;
                check_iterations(body)?;
                scram.update(body).map_err(|error| refused(error.to_string()))?;
                let proof = scram.message().to_vec();
                self.send(|answer| frontend::sasl_response(&proof, answer))?;
            }
            12 => {
                let scram = self.scram.as_mut().ok_or_else(|| refused("SCRAM has not begun"))?;
                scram.finish(body).map_err(|error| refused(error.to_string()))?;
                self.proven = true;
            }
            method => {
                let cause = format!("the server asks for authentication method {method}");
                return Err(refused(cause)
                    .help("let pg_hba.conf ask for scram-sha-256, md5, password or trust"));
            }
        }
        Ok(false)
    }

    /// Chooses the strongest mechanism. When we could bind to the channel and the server seems
    /// unable to, the login says so, which uncovers an attacker who hid the offer (RFC 5802,
    /// section 6).
    fn begin_scram(&mut self, body: &[u8]) -> Result<(), Fault> {
        let offered = |wanted: &str| body.split(|&byte| byte == 0).any(|m| m == wanted.as_bytes());
        let (mechanism, binding) = match self.channel_binding.take() {
            Some(hash) if offered(SCRAM_SHA_256_PLUS) => {
                (SCRAM_SHA_256_PLUS, ChannelBinding::tls_server_end_point(hash))
            }
            Some(_) => (SCRAM_SHA_256, ChannelBinding::unrequested()),
            None => (SCRAM_SHA_256, ChannelBinding::unsupported()),
        };
        if !offered(mechanism) {
            return Err(refused("the server offers no SASL mechanism that lawtail knows"));
        }
        let scram = ScramSha256::new(self.password()?.as_bytes(), binding);
        let first = scram.message().to_vec();
        self.send(|answer| frontend::sasl_initial_response(mechanism, &first, answer))?;
        (self.scram, self.proven) = (Some(scram), false);
        Ok(())
    }

    fn password(&self) -> Result<&str, Fault> {
        match &self.address.password {
            Some(password) => Ok(password.expose_secret()),
            None => Err(refused("the server asks for a password and none is configured")
                .help(PASSWORD_MISSING)),
        }
    }

    fn send(
        &mut self,
        write: impl FnOnce(&mut BytesMut) -> std::io::Result<()>,
    ) -> Result<(), Fault> {
        write(&mut self.answer).map_err(|error| refused(error.to_string()))
    }
}
