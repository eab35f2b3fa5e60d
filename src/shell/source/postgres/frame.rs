//! Frames of the PostgreSQL protocol: one byte of tag, four of length, a body.
//!
//! The reader takes large pieces from the network and hands out bodies as slices of them, so that
//! a row's content is copied nowhere between the socket and the engine.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::refusal::io_fault;
use crate::model::{Code, Fault, limits};

/// Tag and length.
const HEADER_BYTES: usize = 5;

/// With less free space than this a new piece is begun. A piece is used up nearly whole before,
/// because every slice of it keeps all of it alive.
const SMALLEST_READ: usize = limits::READ_BUFFER_BYTES / 16;

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Kind (PostgreSQL manual, "Message Formats").
    pub tag: u8,
    /// What follows the length.
    pub body: Bytes,
}

/// Splits what comes from the server into frames.
pub(super) struct FrameReader {
    input: Box<dyn AsyncRead + Send + Unpin>,
    buffer: BytesMut,
    /// Length of the longest frame that is taken.
    longest: usize,
}

impl FrameReader {
    /// Nothing read yet.
    pub fn new(input: Box<dyn AsyncRead + Send + Unpin>, longest: usize) -> Self {
        FrameReader { input, buffer: BytesMut::new(), longest }
    }

    /// Takes frames up to this length from here on.
    pub fn allow(&mut self, longest: usize) {
        self.longest = longest;
    }

    /// The next frame, if it has been read already.
    pub fn buffered(&mut self) -> Result<Option<Frame>, Fault> {
        match self.announced()? {
            Some(length) if self.buffer.len() >= length => {
                let mut body = self.buffer.split_to(length).freeze();
                let tag = body[0];
                body.advance(HEADER_BYTES);
                Ok(Some(Frame { tag, body }))
            }
            _ => Ok(None),
        }
    }

    /// Reads more, at least one byte. Nothing is lost when it is dropped while waiting.
    ///
    /// Fails with `PG-008` when the connection ends.
    pub async fn fill(&mut self) -> Result<(), Fault> {
        let missing = self.announced()?.map_or(0, |length| length - self.buffer.len());
        // A length is announced before anything of it has come, so memory follows what has.
        let grown = self.buffer.len().max(limits::READ_BUFFER_BYTES);
        let wanted = missing.clamp(SMALLEST_READ, grown);
        if self.buffer.capacity() - self.buffer.len() < wanted {
            self.buffer.reserve(wanted.max(limits::READ_BUFFER_BYTES));
        }
        match self.input.read_buf(&mut self.buffer).await {
            Ok(0) => Err(Fault::new(Code::PG_008, "the server closed the connection")),
            Ok(_) => Ok(()),
            Err(error) => Err(io_fault(Code::PG_008, &error)),
        }
    }

    /// The next frame; waits for it.
    pub async fn next(&mut self) -> Result<Frame, Fault> {
        loop {
            if let Some(frame) = self.buffered()? {
                return Ok(frame);
            }
            self.fill().await?;
        }
    }

    /// Size of the next frame with its header, once the header is there.
    fn announced(&self) -> Result<Option<usize>, Fault> {
        let Some(mut header) = self.buffer.get(1..HEADER_BYTES) else { return Ok(None) };
        let length = header.get_i32();
        match usize::try_from(length) {
            Ok(length) if (4..=self.longest).contains(&length) => Ok(Some(1 + length)),
            _ => Err(Fault::new(
                Code::WIR_001,
                format!("a message announces a length of {length} bytes"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend((body.len() as i32 + 4).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[tokio::test]
    async fn frames_come_out_whole_however_the_bytes_arrive() {
        let large = vec![7; 3 * limits::READ_BUFFER_BYTES];
        let bytes = [frame(b'a', b""), frame(b'b', b"xyz"), frame(b'c', &large)].concat();
        for piece in [1, 2, 5, 4096, bytes.len()] {
            let mut script = tokio_test_input(&bytes, piece);
            let mut reader =
                FrameReader::new(Box::new(std::mem::take(&mut script)), limits::MESSAGE_BYTES);
            for (tag, body) in [(b'a', &b""[..]), (b'b', b"xyz"), (b'c', &large)] {
                let frame = reader.next().await.unwrap();
                assert_eq!((frame.tag, &frame.body[..]), (tag, body));
            }
            assert_eq!(reader.next().await.unwrap_err().code, Code::PG_008);
        }
    }

    #[tokio::test]
    async fn an_impossible_length_is_a_fault_and_not_an_allocation() {
        for length in [-1, 0, 3, i32::MAX] {
            let bytes = [&[b'd'][..], &i32::to_be_bytes(length)].concat();
            let mut reader =
                FrameReader::new(Box::new(std::io::Cursor::new(bytes)), limits::MESSAGE_BYTES);
            assert_eq!(reader.next().await.unwrap_err().code, Code::WIR_001);
        }
    }

    #[tokio::test]
    async fn memory_follows_what_has_come_and_not_what_is_announced() {
        let bytes = [&[b'd'][..], &i32::to_be_bytes(1 << 30), &[0; 9]].concat();
        let mut reader =
            FrameReader::new(Box::new(std::io::Cursor::new(bytes)), limits::MESSAGE_BYTES);
        assert_eq!(reader.next().await.unwrap_err().code, Code::PG_008);
        assert!(reader.buffer.capacity() <= 3 * limits::READ_BUFFER_BYTES);
    }

    /// Input that arrives in pieces of a fixed size.
    #[derive(Default)]
    struct Pieces(std::collections::VecDeque<Vec<u8>>);

    fn tokio_test_input(bytes: &[u8], piece: usize) -> Pieces {
        // The large frame need not crawl: after the first kilobyte pieces grow.
        let (start, rest) = bytes.split_at(bytes.len().min(1024));
        let pieces = start.chunks(piece).chain(rest.chunks(piece.max(4096)));
        Pieces(pieces.map(<[u8]>::to_vec).collect())
    }

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            if let Some(mut piece) = self.0.pop_front() {
                let rest = piece.split_off(piece.len().min(buffer.remaining()));
                buffer.put_slice(&piece);
                if !rest.is_empty() {
                    self.0.push_front(rest);
                }
            }
            std::task::Poll::Ready(Ok(()))
        }
    }
}
