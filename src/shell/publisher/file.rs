//! Events as JSON lines at the end of a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Code, Fault};
use crate::shell::contract::Publisher;
use crate::wire::{CloudEvent, lines};

/// Bytes read at a time while looking for the end of the last whole line.
const PIECE: usize = 64 << 10;

/// Appends events to a file and syncs it. The file has one writer: the daemon that holds the
/// store.
#[derive(Clone, Debug)]
pub struct FilePublisher {
    path: PathBuf,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug)]
struct Log {
    file: File,
    /// Length in bytes after the last line that was written whole.
    whole: u64,
    /// Length in bytes from which on another file is begun.
    rotate: Option<u64>,
}

impl FilePublisher {
    /// Opens the file, creating it for its owner alone when it is missing. A last line that a
    /// crash has torn is cut off: its event was not confirmed and comes again.
    ///
    /// # Errors
    /// `PUB-001` when it cannot be opened for writing.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let log = Log::open(path).map_err(|error| fault(path, &error))?;
        Ok(FilePublisher { path: path.to_path_buf(), log: Arc::new(Mutex::new(log)) })
    }

    /// Begins another file with the first events after this one has so many bytes. The one that is
    /// full gets the next number behind its name: `events.jsonl.1` holds the first events,
    /// `events.jsonl` always the last.
    pub fn rotating(self, bytes: Option<u64>) -> Self {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).rotate = bytes;
        self
    }

    /// The last line without its end; `None` while the file is empty.
    ///
    /// # Errors
    /// `PUB-001` when it cannot be read.
    pub(super) fn last_line(&self) -> Result<Option<Vec<u8>>, Fault> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.last_line().map_err(|error| fault(&self.path, &error))
    }
}

impl Publisher for FilePublisher {
    async fn publish(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        if events.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for event in events {
            text.push_str(&lines::encode(event)?);
            text.push('\n');
        }
        let (log, path) = (Arc::clone(&self.log), self.path.clone());
        let append = move || {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            // First of all: if it fails, nothing was written that would be written again.
            log.rotate(&path)?;
            log.append(&text)
        };
        let outcome = tokio::task::spawn_blocking(append).await;
        let outcome = outcome.map_err(io::Error::other).and_then(|result| result);
        outcome.map_err(|error| fault(&self.path, &error))
    }
}

impl Log {
    fn open(path: &Path) -> io::Result<Log> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o600).open(path)?;
        let length = file.metadata()?.len();
        let whole = end_of_last_line(&mut file, length)?;
        file.set_len(whole)?;
        file.sync_all()?;
        File::open(folder(path))?.sync_all()?;
        Ok(Log { file, whole, rotate: None })
    }

    fn last_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(end) = self.whole.checked_sub(1) else { return Ok(None) };
        let start = end_of_last_line(&mut self.file, end)?;
        let mut line = vec![0; (end - start) as usize];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut line)?;
        Ok(Some(line))
    }

    /// Begins another file if this one is full.
    fn rotate(&mut self, path: &Path) -> io::Result<()> {
        if self.rotate.is_none_or(|most| self.whole < most) {
            return Ok(());
        }
        // Elsewhere already, if a call before came so far and then could not open another.
        if self.is_at(path)? {
            fs::rename(path, numbered(path, last_number(path)? + 1))?;
        }
        *self = Log { rotate: self.rotate, ..Log::open(path)? };
        Ok(())
    }

    /// Whether this path still names the file that is written to.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let ours = self.file.metadata()?;
        match fs::metadata(path) {
            Ok(found) => Ok((found.dev(), found.ino()) == (ours.dev(), ours.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes lines and syncs them. What a failed call before has left half-written goes first.
    fn append(&mut self, text: &str) -> io::Result<()> {
        if self.file.metadata()?.len() > self.whole {
            self.file.set_len(self.whole)?;
        }
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        self.whole = self.file.metadata()?.len();
        Ok(())
    }
}

/// The folder that a file lies in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn numbered(path: &Path, number: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

/// The largest number behind the name of this file; 0 when none has one. Whatever stands behind
/// the number, as in `events.jsonl.3.gz`.
fn last_number(path: &Path) -> io::Result<u64> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned() + ".");
    let mut last = 0;
    for entry in fs::read_dir(folder(path))? {
        let found = entry?.file_name().to_string_lossy().into_owned();
        let number: Option<u64> = name
            .as_ref()
            .and_then(|name| found.strip_prefix(name)?.split('.').next()?.parse().ok());
        last = last.max(number.unwrap_or(0));
    }
    Ok(last)
}

/// Offset after the last end of line before `end`, searched from there.
fn end_of_last_line(file: &mut File, mut end: u64) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    while end > 0 {
        let start = end.saturating_sub(PIECE as u64);
        let piece = &mut piece[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(piece)?;
        if let Some(last) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

fn fault(path: &Path, error: &io::Error) -> Fault {
    Fault::new(Code::PUB_001, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::wire::Chain;
    use crate::wire::samples::{emissions, origin};

    fn events() -> Vec<CloudEvent> {
        let mut chain = Chain::default();
        emissions().iter().map(|emission| chain.seal(emission, &origin())).collect()
    }

    fn read(path: &Path) -> Vec<CloudEvent> {
        let text = fs::read(path).unwrap();
        assert!(text.is_empty() || text.ends_with(b"\n"));
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| lines::decode(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn events_are_appended_in_order_for_the_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = events();
        FilePublisher::open(&path).unwrap().publish(&events[..3]).await.unwrap();
        FilePublisher::open(&path).unwrap().publish(&events[3..]).await.unwrap();
        assert_eq!(read(&path), events);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_torn_last_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = events();
        FilePublisher::open(&path).unwrap().publish(&events[..2]).await.unwrap();
        let whole = fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for torn in [0, 1, first - 1, first, first + 1, whole.len() - 1] {
            fs::write(&path, &whole[..torn]).unwrap();
            let kept = usize::from(torn >= first);
            FilePublisher::open(&path).unwrap().publish(&events[kept..2]).await.unwrap();
            assert_eq!(read(&path), events[..2], "torn after {torn} bytes");
        }
    }

    #[test]
    fn a_torn_line_longer_than_a_piece_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let torn = format!("whole\n{}", "x".repeat(3 * PIECE));
        fs::write(&path, torn).unwrap();
        FilePublisher::open(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole\n");
    }

    #[tokio::test]
    async fn what_a_failed_call_left_behind_goes_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut publisher = FilePublisher::open(&path).unwrap();
        let events = events();
        publisher.publish(&events[..1]).await.unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"half\":").unwrap();
        publisher.publish(&events[1..2]).await.unwrap();
        assert_eq!(read(&path), events[..2]);
    }

    #[tokio::test]
    async fn a_full_disk_is_a_fault_that_may_pass() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let log = Arc::new(Mutex::new(Log { file: full, whole: 0, rotate: None }));
        let mut publisher = FilePublisher { path: "/dev/full".into(), log };
        let fault = publisher.publish(&events()).await.unwrap_err();
        assert_eq!(fault.code, Code::PUB_001);
    }

    #[tokio::test]
    async fn a_file_that_is_full_gets_a_number_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = events();
        assert!(events.len() > 5);
        // Beside others whose names look alike.
        for other in ["events.jsonl.gz", "events.jsonl.x1", "other.jsonl.7"] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        for (at, event) in events[..5].iter().enumerate() {
            // Each is more than the file may hold.
            let mut publisher = FilePublisher::open(&path).unwrap().rotating(Some(100));
            publisher.publish(std::slice::from_ref(event)).await.unwrap();
            assert_eq!(read(&path), std::slice::from_ref(event));
            for (number, full) in (1..).zip(&events[..at]) {
                assert_eq!(read(&numbered(&path, number)), std::slice::from_ref(full));
            }
            assert!(!numbered(&path, at as u64 + 1).exists());
        }
        let mut large = FilePublisher::open(&path).unwrap().rotating(Some(1 << 30));
        large.publish(&events[5..]).await.unwrap();
        assert_eq!(read(&path), events[4..]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_number_does_not_come_again_once_its_file_is_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = events();
        fs::write(folder.path().join("events.jsonl.12.gz"), "").unwrap();
        let mut publisher = FilePublisher::open(&path).unwrap().rotating(Some(100));
        publisher.publish(&events[..1]).await.unwrap();
        publisher.publish(&events[1..2]).await.unwrap();
        assert_eq!(read(&numbered(&path, 13)), events[..1]);
        assert_eq!(read(&path), events[1..2]);
    }

    #[tokio::test]
    async fn what_could_not_be_rotated_is_written_once() {
        let outer = tempfile::tempdir().unwrap();
        let (folder, away) = (outer.path().join("here"), outer.path().join("away"));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("events.jsonl");
        let events = events();
        let mut publisher = FilePublisher::open(&path).unwrap().rotating(Some(100));
        publisher.publish(&events[..1]).await.unwrap();
        // While the folder is away no other file can be begun.
        fs::rename(&folder, &away).unwrap();
        for _ in 0..3 {
            let fault = publisher.publish(&events[1..2]).await.unwrap_err();
            assert_eq!(fault.code, Code::PUB_001);
        }
        fs::rename(&away, &folder).unwrap();
        // As after a call that renamed the file and came no further.
        fs::rename(&path, numbered(&path, 1)).unwrap();
        publisher.publish(&events[1..2]).await.unwrap();
        assert_eq!(read(&numbered(&path, 1)), events[..1]);
        assert_eq!(read(&path), events[1..2]);
        assert!(!numbered(&path, 2).exists());
    }

    #[tokio::test]
    async fn the_last_line_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = events();
        let mut publisher = FilePublisher::open(&path).unwrap();
        assert_eq!(publisher.last_line().unwrap(), None);
        for event in &events[..2] {
            publisher.publish(std::slice::from_ref(event)).await.unwrap();
            let line = publisher.last_line().unwrap().unwrap();
            assert_eq!(lines::decode(&line).unwrap(), *event);
        }
        assert_eq!(read(&path), events[..2]);
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let fault = FilePublisher::open(folder.path()).unwrap_err();
        assert_eq!(fault.code, Code::PUB_001);
        assert!(fault.cause.contains(&folder.path().display().to_string()));
    }
}
