//! Merkle trees over the events of a chain (RFC 9162, section 2.1), grown event by event.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A hash of the tree.
pub type Node = [u8; 32];

/// The leaf of an event's hash. The byte before it keeps leaves from passing for inner nodes.
pub fn leaf(hash: &Node) -> Node {
    Sha256::new().chain_update([0]).chain_update(hash).finalize().into()
}

fn parent(left: &Node, right: &Node) -> Node {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// As much of a tree as is needed to let it grow: the roots of its complete subtrees, the largest
/// first. Their sizes are the powers of two that make up the number of leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    size: u64,
    peaks: Vec<Node>,
}

impl Tree {
    /// Adds a leaf at the end.
    pub fn push(&mut self, leaf: Node) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("each one in the size is a peak");
            node = parent(&left, &node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root; that of the empty tree is the hash of nothing.
    pub fn root(&self) -> Node {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| parent(&left, &right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

impl FromIterator<Node> for Tree {
    fn from_iter<T: IntoIterator<Item = Node>>(leaves: T) -> Self {
        let mut tree = Tree::default();
        leaves.into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }
}

/// The nodes beside the way from a leaf to the root, from the bottom up.
pub fn path(leaves: &[Node], index: usize) -> Vec<Node> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    // The largest power of two below the number of leaves.
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    let (mut path, beside) = match index < split {
        true => (path(left, index), right),
        false => (path(right, index - split), left),
    };
    path.push(beside.iter().copied().collect::<Tree>().root());
    path
}

/// The root that follows from a leaf and the nodes beside its way; `None` when a tree of that size
/// has no such way.
pub fn root(leaf: Node, index: u64, size: u64, path: &[Node]) -> Option<Node> {
    if index >= size {
        return None;
    }
    let (mut own, mut last, mut node) = (index, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return None;
        }
        if own & 1 == 1 || own == last {
            node = parent(beside, &node);
            // Where the last leaf stands alone its way skips levels.
            while own & 1 == 0 && own != 0 {
                own >>= 1;
                last >>= 1;
            }
        } else {
            node = parent(&node, beside);
        }
        own >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u8) -> Vec<Node> {
        (0..count).map(|number| leaf(&[number; 32])).collect()
    }

    /// The definition of RFC 9162, written down as it is.
    fn defined(leaves: &[Node]) -> Node {
        match leaves {
            [] => Sha256::digest([]).into(),
            [only] => *only,
            _ => {
                let mut split = 1;
                while split * 2 < leaves.len() {
                    split *= 2;
                }
                parent(&defined(&leaves[..split]), &defined(&leaves[split..]))
            }
        }
    }

    #[test]
    fn a_growing_tree_has_the_root_of_the_definition() {
        for count in 0..70 {
            let leaves = leaves(count);
            let tree: Tree = leaves.iter().copied().collect();
            assert_eq!((tree.root(), tree.size()), (defined(&leaves), u64::from(count)));
        }
    }

    #[test]
    fn every_leaf_is_proven_and_nothing_else() {
        for count in 1..40 {
            let leaves = leaves(count);
            let wanted = Some(defined(&leaves));
            let size = u64::from(count);
            for (index, own) in leaves.iter().enumerate() {
                let path = path(&leaves, index);
                let at = index as u64;
                assert_eq!(root(*own, at, size, &path), wanted);
                assert_ne!(root(leaf(&[99; 32]), at, size, &path), wanted);
                assert_ne!(root(*own, at, size, &[path.clone(), vec![*own]].concat()), wanted);
                for other in (0..size + 2).filter(|other| *other != at) {
                    assert_ne!(root(*own, other, size, &path), wanted);
                }
                if let Some((_, short)) = path.split_last() {
                    assert_ne!(root(*own, at, size, short), wanted);
                }
            }
        }
    }
}
