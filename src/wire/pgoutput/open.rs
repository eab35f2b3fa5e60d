//! Transactions that are told before they commit: in chunks, or prepared.

use std::fmt;

use super::Message;
use super::reader::Reader;
use crate::model::{Fault, Lsn, Timestamp};

/// One step of a prepared transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// LSN of the record: of the preparation, or of the commit.
    pub lsn: Lsn,
    /// First byte after that record.
    pub end: Lsn,
    /// Its time by the server's clock.
    pub time: Timestamp,
    /// Top-level transaction.
    pub xid: u32,
    /// The name that the application prepared it under: anything, so possibly personal.
    pub gid: String,
}

/// The end of a prepared transaction that was rolled back.
#[derive(Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// First byte after the record of the preparation.
    pub prepare_end: Lsn,
    /// First byte after the record of the rollback.
    pub end: Lsn,
    /// Time of the preparation by the server's clock.
    pub prepare_time: Timestamp,
    /// Time of the rollback by the server's clock.
    pub time: Timestamp,
    /// Top-level transaction.
    pub xid: u32,
    /// See [`Prepared::gid`].
    pub gid: String,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("lsn", &self.lsn)
            .field("end", &self.end)
            .field("xid", &self.xid)
            .field("gid_bytes", &self.gid.len())
            .finish()
    }
}

impl fmt::Debug for RolledBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolledBack")
            .field("prepare_end", &self.prepare_end)
            .field("end", &self.end)
            .field("xid", &self.xid)
            .field("gid_bytes", &self.gid.len())
            .finish()
    }
}

pub(super) fn start(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    Ok(Message::StreamStart { xid: reader.u32()?, first: reader.flag()? })
}

pub(super) fn commit(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    let xid = reader.u32()?;
    reader.no_flags()?;
    Ok(Message::StreamCommit {
        xid,
        commit: reader.lsn()?,
        end: reader.lsn()?,
        time: reader.time()?,
    })
}

pub(super) fn abort(reader: &mut Reader<'_>) -> Result<Message, Fault> {
    let (xid, part) = (reader.u32()?, reader.u32()?);
    let abort = match reader.is_at_end() {
        true => None,
        false => Some((reader.lsn()?, reader.time()?)),
    };
    Ok(Message::StreamAbort { xid, part, abort })
}

pub(super) fn prepared(reader: &mut Reader<'_>) -> Result<Prepared, Fault> {
    Ok(Prepared {
        lsn: reader.lsn()?,
        end: reader.lsn()?,
        time: reader.time()?,
        xid: reader.u32()?,
        gid: reader.text()?.to_owned(),
    })
}

/// All but Begin Prepare have a byte of flags before the rest.
pub(super) fn flagged(reader: &mut Reader<'_>) -> Result<Prepared, Fault> {
    reader.no_flags()?;
    prepared(reader)
}

pub(super) fn rolled_back(reader: &mut Reader<'_>) -> Result<RolledBack, Fault> {
    reader.no_flags()?;
    Ok(RolledBack {
        prepare_end: reader.lsn()?,
        end: reader.lsn()?,
        prepare_time: reader.time()?,
        time: reader.time()?,
        xid: reader.u32()?,
        gid: reader.text()?.to_owned(),
    })
}
