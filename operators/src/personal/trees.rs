//! Boosted regression trees whose nodes are whole numbers: thresholds in the features' own units, leaves in 1/65536 of a logit. So a
//! forest says the same on every machine. How forests grow is not here: see `aisleflow personalise fit`.
//! Method: Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29 (2001).

use serde::{Deserialize, Serialize};

/// A node: an inner one, or, where `feature` is [`Node::LEAF`], a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u16, i32, u16)", into = "(u16, i32, u16)")]
pub struct Node {
    /// Which feature is looked at.
    pub feature: u16,
    /// Up to here it goes to the next node; a leaf's value.
    pub value: i32,
    /// Beyond, it goes so many nodes ahead.
    pub skip: u16,
}

impl From<(u16, i32, u16)> for Node {
    fn from((feature, value, skip): (u16, i32, u16)) -> Self {
        Self { feature, value, skip }
    }
}

impl From<Node> for (u16, i32, u16) {
    fn from(Node { feature, value, skip }: Node) -> Self {
        (feature, value, skip)
    }
}

impl Node {
    /// The feature of leaves.
    pub const LEAF: u16 = u16::MAX;
}

/// Trees that are added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forest {
    /// What every sum begins with, in 1/65536 of a logit.
    pub base: i64,
    /// Trees: nodes in preorder.
    pub trees: Vec<Vec<Node>>,
}

impl Forest {
    /// The sum over all trees, in 1/65536 of a logit.
    pub fn score(&self, features: &[i32]) -> i64 {
        self.base + self.trees.iter().map(|tree| i64::from(leaf(tree, features))).sum::<i64>()
    }

    /// What [`Self::score`] says of each of `rows`: tree by tree, so that a tree stays where it is reached fast.
    pub fn scores<'a, const N: usize>(&self, rows: impl Iterator<Item = &'a [i32; N]> + Clone) -> Vec<i64> {
        let mut sums: Vec<i64> = rows.clone().map(|_| self.base).collect();
        for tree in &self.trees {
            sums.iter_mut().zip(rows.clone()).for_each(|(sum, features)| *sum += i64::from(leaf(tree, features)));
        }
        sums
    }

    /// Whether every tree ends, and looks at features below `features` alone.
    pub fn check(&self, features: usize) -> Result<(), String> {
        for (n, tree) in self.trees.iter().enumerate() {
            let sound = |(at, node): (usize, &Node)| {
                let inner = usize::from(node.feature) < features && node.skip > 1 && at + 1 < tree.len();
                node.feature == Node::LEAF || (inner && at + usize::from(node.skip) < tree.len())
            };
            if tree.is_empty() || !tree.iter().enumerate().all(sound) {
                return Err(format!("tree {n} is broken"));
            }
        }
        Ok(())
    }
}

/// What is fitted: everything that ranking and reminding know beside receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coefficients {
    /// Ranks skus, by [`super::features`]; without trees, "sticky recency" does.
    pub suggest: Forest,
    /// Gives chances of categories, by [`super::due::habits`]; without trees, everything is as likely as `base` says.
    pub due: Forest,
}

impl Coefficients {
    /// Whether both forests look at nothing but what there is.
    ///
    /// # Errors
    /// In words, which tree does not.
    pub fn check(&self) -> Result<(), String> {
        self.suggest.check(super::features::FEATURES).map_err(|e| format!("suggest: {e}"))?;
        self.due.check(super::due::FEATURES).map_err(|e| format!("due: {e}"))
    }
}

/// The value of the leaf that `features` reach.
fn leaf(tree: &[Node], features: &[i32]) -> i32 {
    let mut at = 0;
    loop {
        let node = tree[at];
        if node.feature == Node::LEAF {
            return node.value;
        }
        at += if features[usize::from(node.feature)] <= node.value { 1 } else { usize::from(node.skip) };
    }
}

/// The chance that a score stands for, in parts per million.
pub fn chance_ppm(score: i64) -> u32 {
    let logit = score.clamp(-(20 << 16), 20 << 16) as f64 / 65536.0;
    libm::round(1e6 / (1.0 + libm::exp(-logit))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(feature: u16, value: i32, skip: u16) -> Node {
        Node { feature, value, skip }
    }

    #[test]
    fn a_forest_adds_the_leaves_it_reaches() {
        let tree = vec![
            node(1, 5, 2),
            node(Node::LEAF, 100, 0),
            node(0, -1, 2),
            node(Node::LEAF, 7, 0),
            node(Node::LEAF, 9, 0),
        ];
        let forest = Forest { base: 1000, trees: vec![tree.clone(), tree] };
        assert_eq!(forest.check(2), Ok(()));
        assert!(forest.check(1).is_err());
        assert_eq!(forest.score(&[0, 5]), 1200);
        assert_eq!(forest.score(&[-1, 6]), 1014);
        assert_eq!(forest.score(&[0, 6]), 1018);
        assert_eq!(forest.scores([[0, 5], [-1, 6], [0, 6]].iter()), [1200, 1014, 1018]);
        let loops = Forest { base: 0, trees: vec![vec![node(0, 0, 0), node(Node::LEAF, 0, 0)]] };
        assert!(loops.check(1).is_err(), "a node that leads to itself");
    }

    #[test]
    fn chances_are_logistic() {
        assert_eq!((chance_ppm(0), chance_ppm(i64::MAX), chance_ppm(i64::MIN)), (500_000, 1_000_000, 0));
        assert_eq!(chance_ppm(65536), 731_059);
    }
}
