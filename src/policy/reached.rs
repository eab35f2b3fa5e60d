//! By what a pack's tables know contact points.

use super::Pack;
use crate::model::Channel;

/// What a list holds in place of e-mail addresses: the hash of the trimmed address in small letters, in
/// hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
}

impl Hashing {
    /// The name used in packs.
    pub fn name(self) -> &'static str {
        match self {
            Hashing::Md5 => "md5",
            Hashing::Sha1 => "sha1",
            Hashing::Sha256 => "sha256",
        }
    }
}

impl Pack {
    /// Whether people have contact points of a channel.
    pub fn reaches(&self, channel: Channel) -> bool {
        let mut points = self.tables.values().flat_map(|mapping| &mapping.contact_points);
        points.any(|point| point.channel.reaches(channel))
    }

    /// What stands in place of e-mail addresses somewhere; reading a pack sees to it that it is the same
    /// everywhere.
    pub fn hashing(&self) -> Option<Hashing> {
        self.tables.values().find_map(|mapping| {
            let permissions = mapping.permissions.iter().map(|it| it.hashed);
            permissions.chain(mapping.activity.iter().map(|it| it.hashed)).flatten().next()
        })
    }
}
