//! A cursor over one message that knows how to complain.

use std::ops::Range;

use bytes::Bytes;

use crate::model::limits::MESSAGE_BYTES;
use crate::model::{Code, Fault, Lsn, Timestamp};

const _: () = assert!(MESSAGE_BYTES <= u32::MAX as usize, "a row's spans count in 32 bits");

/// Reads integers (big endian), text and lists from one message.
pub(super) struct Reader<'a> {
    payload: &'a Bytes,
    offset: usize,
    kind: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads the tag and stands after it.
    pub(super) fn open(payload: &'a Bytes) -> Result<(Self, u8), Fault> {
        let mut reader = Reader { payload, offset: 0, kind: "replication" };
        if payload.len() > MESSAGE_BYTES {
            return Err(reader.fault(&format!("at most {MESSAGE_BYTES} bytes")));
        }
        let tag = reader.one_of("the tag of a message", Some)?;
        reader.kind = kind(tag).unwrap_or("unknown");
        Ok((reader, tag))
    }

    /// Ends the message.
    pub(super) fn finish(self) -> Result<(), Fault> {
        if self.offset == self.payload.len() {
            return Ok(());
        }
        let beyond = self.payload.len() - self.offset;
        Err(self.fault(&format!("the end of the message, {beyond} bytes earlier")))
    }

    /// Where the next byte is read.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Some of the message's bytes, shared with it.
    pub(super) fn slice(&self, range: Range<usize>) -> Bytes {
        self.payload.slice(range)
    }

    /// A fault at this byte.
    pub(super) fn fault(&self, expected: &str) -> Fault {
        let Reader { kind, offset, payload } = self;
        let length = payload.len();
        Fault::new(
            Code::WIR_001,
            format!("{kind} message of {length} bytes, byte {offset}: expected {expected}"),
        )
    }

    /// The fault for a tag that no version of the protocol has.
    pub(super) fn unknown_tag(&self, tag: u8) -> Fault {
        let cause = format!(
            "a message with the tag {:?} (0x{tag:02x}), which versions 1 to 4 of the protocol do \
             not know",
            char::from(tag)
        );
        Fault::new(Code::WIR_001, cause)
    }

    /// The fault for a message that cannot stand within a chunk.
    pub(super) fn misplaced(&self) -> Fault {
        let cause = format!("{} message within a chunk of an open transaction", self.kind);
        Fault::new(Code::WIR_001, cause)
    }

    /// Whether the whole message has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest() == 0
    }

    /// A byte of flags, of which none is defined yet.
    pub(super) fn no_flags(&mut self) -> Result<(), Fault> {
        self.one_of("flags 0", |flags| (flags == 0).then_some(()))
    }

    /// One byte that `accept` understands.
    pub(super) fn one_of<T>(
        &mut self,
        expected: &str,
        accept: impl Fn(u8) -> Option<T>,
    ) -> Result<T, Fault> {
        let byte = self.payload.get(self.offset).copied();
        let value = byte.and_then(accept).ok_or_else(|| self.fault(expected))?;
        self.offset += 1;
        Ok(value)
    }

    /// A byte that is 0 or 1.
    pub(super) fn flag(&mut self) -> Result<bool, Fault> {
        self.one_of("flags 0 or 1", |flags| (flags <= 1).then_some(flags == 1))
    }

    /// Two bytes.
    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.array("a number of 2 bytes").map(u16::from_be_bytes)
    }

    /// Four bytes.
    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array("a number of 4 bytes").map(u32::from_be_bytes)
    }

    /// A place in the log.
    pub(super) fn lsn(&mut self) -> Result<Lsn, Fault> {
        self.array("an LSN of 8 bytes").map(|bytes| Lsn(u64::from_be_bytes(bytes)))
    }

    /// A moment by the server's clock.
    pub(super) fn time(&mut self) -> Result<Timestamp, Fault> {
        let bytes = self.array("a time of 8 bytes")?;
        Ok(Timestamp::from_postgres(i64::from_be_bytes(bytes)))
    }

    /// Text up to a zero byte.
    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.payload[self.offset..];
        let length = rest.iter().position(|&byte| byte == 0);
        let length = length.ok_or_else(|| self.fault("a name that ends in a zero byte"))?;
        let text = std::str::from_utf8(&rest[..length]);
        let text = text.map_err(|_| self.fault("a name in UTF-8"))?;
        self.offset += length + 1;
        Ok(text)
    }

    /// A length of four bytes and so many bytes of content: where these lie in the message.
    pub(super) fn content(&mut self) -> Result<Range<usize>, Fault> {
        let length = self.u32()? as usize;
        if length > self.rest() {
            return Err(self.fault(&format!("{length} bytes of content")));
        }
        let start = self.offset;
        self.offset += length;
        Ok(start..self.offset)
    }

    /// A list of `count` items of at least `least` bytes each. A count that cannot fit into the
    /// message is refused before any memory is set aside for it.
    pub(super) fn list<T>(
        &mut self,
        count: usize,
        least: usize,
        items: &str,
        item: impl Fn(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        if count > self.rest() / least {
            return Err(self.fault(&format!("{count} {items}")));
        }
        let mut list = Vec::with_capacity(count);
        for _ in 0..count {
            list.push(item(self)?);
        }
        Ok(list)
    }

    fn rest(&self) -> usize {
        self.payload.len() - self.offset
    }

    fn array<const N: usize>(&mut self, expected: &str) -> Result<[u8; N], Fault> {
        let bytes = self.payload[self.offset..].first_chunk::<N>();
        let bytes = *bytes.ok_or_else(|| self.fault(expected))?;
        self.offset += N;
        Ok(bytes)
    }
}

/// The messages of protocol versions 1 to 4.
fn kind(tag: u8) -> Option<&'static str> {
    Some(match tag {
        b'A' => "Stream Abort",
        b'B' => "Begin",
        b'C' => "Commit",
        b'D' => "Delete",
        b'E' => "Stream Stop",
        b'I' => "Insert",
        b'K' => "Commit Prepared",
        b'M' => "Message",
        b'O' => "Origin",
        b'P' => "Prepare",
        b'R' => "Relation",
        b'S' => "Stream Start",
        b'T' => "Truncate",
        b'U' => "Update",
        b'Y' => "Type",
        b'b' => "Begin Prepare",
        b'c' => "Stream Commit",
        b'p' => "Stream Prepare",
        b'r' => "Rollback Prepared",
        _ => return None,
    })
}
