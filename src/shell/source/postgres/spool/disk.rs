//! Sealed blocks in a file without a name.
//!
//! One file for all transactions, cut into places of equal size that are used again: file
//! descriptors do not run out however many transactions are open, and the file never grows beyond
//! what was open at one time. It has no name from the beginning, or where the file system
//! cannot do that from right after, so that a kill leaves nothing behind.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::model::limits::SPOOL_BLOCK_BYTES;
use crate::model::{Code, Fault};

/// Size of a place in the file: a block and what proves that it is unharmed.
pub(super) const PLACE_BYTES: u64 = SPOOL_BLOCK_BYTES as u64 + 16;

/// The file and its key, which nobody has but this value.
pub(super) struct Disk {
    folder: PathBuf,
    /// Made when it is first needed.
    pub(super) file: Option<File>,
    key: LessSafeKey,
    /// Blocks sealed so far: no two are sealed under the same number.
    sealed: u64,
    /// Places in the file.
    places: u64,
    /// Those that hold nothing.
    free: Vec<u64>,
}

/// One block in the file. Read under another number than its own it is recognised as damaged.
pub(super) struct Block {
    place: u64,
    number: u64,
    /// Of its content, in bytes.
    length: usize,
}

impl Disk {
    /// With a new random key.
    pub fn new(folder: PathBuf) -> Result<Self, Fault> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)
            .map_err(|error| Fault::new(Code::STO_002, format!("no random key: {error}")))?;
        let key = UnboundKey::new(&AES_256_GCM, &key)
            .map_err(|_| Fault::new(Code::STO_002, "a random key of the wrong length"))?;
        let key = LessSafeKey::new(key);
        Ok(Disk { folder, file: None, key, sealed: 0, places: 0, free: Vec::new() })
    }

    /// Writes at most [`SPOOL_BLOCK_BYTES`].
    pub fn write(&mut self, content: &[u8]) -> Result<Block, Fault> {
        self.sealed += 1;
        let (number, length) = (self.sealed, content.len());
        let mut sealed = content.to_vec();
        self.key
            .seal_in_place_append_tag(nonce(number), Aad::empty(), &mut sealed)
            .map_err(|_| Fault::new(Code::STO_002, "a block cannot be sealed"))?;
        let place = self.free.pop().unwrap_or(self.places);
        match self.file().and_then(|file| file.write_all_at(&sealed, place * PLACE_BYTES)) {
            Ok(()) => {
                self.places = self.places.max(place + 1);
                Ok(Block { place, number, length })
            }
            Err(error) => Err(self.full(&error)),
        }
    }

    /// Reads a block.
    pub fn read(&mut self, block: &Block) -> Result<Vec<u8>, Fault> {
        let damaged = |cause: String| {
            Fault::new(Code::STO_003, format!("what was kept of an open transaction: {cause}"))
                .help("check the disk and start again: the server sends the transaction again")
        };
        let mut sealed = vec![0; block.length + AES_256_GCM.tag_len()];
        self.file()
            .and_then(|file| file.read_exact_at(&mut sealed, block.place * PLACE_BYTES))
            .map_err(|error| damaged(error.to_string()))?;
        self.key
            .open_in_place(nonce(block.number), Aad::empty(), &mut sealed)
            .map_err(|_| damaged("the disk gave back something else".into()))?;
        sealed.truncate(block.length);
        Ok(sealed)
    }

    /// Forgets a block. When it was the last one, the disk has its room back.
    pub fn release(&mut self, block: &Block) {
        self.free.push(block.place);
        if self.free.len() as u64 == self.places {
            self.free = Vec::new();
            self.places = 0;
            // Room that cannot be given back is used again.
            let _ = self.file.as_ref().map(|file| file.set_len(0));
        }
    }

    fn file(&mut self) -> std::io::Result<&File> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(tempfile::tempfile_in(&self.folder)?)),
        }
    }

    fn full(&self, error: &std::io::Error) -> Fault {
        let folder = self.folder.display();
        Fault::new(Code::STO_002, format!("open transactions cannot be kept in {folder}: {error}"))
    }
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 8..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}
