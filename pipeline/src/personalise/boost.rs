//! Grows forests: gradient boosting of regression trees on the logistic loss, by histograms of binned features, leaf by leaf
//! (Friedman 2001; histograms and leaf-wise growth as in Ke et al., "LightGBM", NeurIPS 2017). Own code, because what is wanted
//! are trees whose nodes are whole numbers and which are the same wherever they are grown: one thread, no random draw but hashes.

use operators::Forest;
use operators::personal::trees::Node;

/// Bins of a feature at most.
const BINS: usize = 128;
/// Rows from which bins are chosen.
const SAMPLE: usize = 200_000;

/// What a forest is grown on.
#[derive(Debug, Default)]
pub struct Lessons {
    /// Features of a row.
    pub width: usize,
    /// Features, row by row.
    pub features: Vec<i32>,
    /// What came of each row.
    pub labels: Vec<bool>,
    /// How much each row counts.
    pub weights: Vec<f32>,
}

/// How a forest is grown.
#[derive(Clone, Debug)]
pub struct Growth {
    /// Trees.
    pub trees: usize,
    /// Leaves of a tree at most.
    pub leaves: usize,
    /// Rows of a leaf at least.
    pub rows_min: u32,
    /// How much of its leaves a tree adds.
    pub rate: f64,
    /// Pull of leaves to 0.
    pub ridge: f64,
    /// Of 256 rows, how many a tree sees.
    pub rows_of_256: u64,
    /// Of 256 features, how many a tree sees.
    pub features_of_256: u64,
}

/// Sums of one bin.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    gradient: f64,
    curvature: f64,
    rows: u32,
}

impl Bin {
    fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.rows += other.rows;
    }

    fn less(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
            rows: self.rows - other.rows,
        }
    }

    fn gain(self, ridge: f64) -> f64 {
        self.gradient * self.gradient / (self.curvature + ridge)
    }
}

/// A leaf that may be split.
struct Leaf {
    rows: Vec<u32>,
    bins: Vec<Bin>,
    sum: Bin,
    best: Option<Split>,
    node: usize,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    gain: f64,
    feature: usize,
    bin: u8,
}

/// A tree while it grows: children by place, leaves by value.
struct Sprout {
    feature: usize,
    bin: u8,
    value: i32,
    children: Option<(usize, usize)>,
}

/// A number that looks random and is always the same (SplitMix64).
pub fn hash(a: u64, b: u64) -> u64 {
    let mut z =
        a.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(b.wrapping_mul(0xbf58_476d_1ce4_e5b9)).wrapping_add(1);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Grows a forest; without rows of both kinds, one that knows the share alone. `done` hears of every tree.
pub fn grow(lessons: &Lessons, growth: &Growth, done: &mut dyn FnMut(usize)) -> Forest {
    let rows = lessons.labels.len();
    let of = |wanted: bool| {
        let pairs = lessons.labels.iter().zip(&lessons.weights).filter(move |(label, _)| **label == wanted);
        pairs.map(|(_, weight)| f64::from(*weight)).sum::<f64>()
    };
    let (yes, no) = (of(true), of(false));
    let start = ((yes + 0.5) / (no + 0.5)).ln();
    let mut forest = Forest { base: (start * 65536.0).round() as i64, trees: Vec::new() };
    if yes == 0.0 || no == 0.0 {
        return forest;
    }
    let edges: Vec<Vec<i32>> = (0..lessons.width).map(|feature| edges(lessons, feature)).collect();
    let mut binned = vec![0_u8; rows * lessons.width];
    for (place, value) in lessons.features.iter().enumerate() {
        binned[place] = edges[place % lessons.width].partition_point(|edge| edge < value) as u8;
    }
    let mut scores = vec![forest.base; rows];
    let mut slopes = vec![(0.0_f32, 0.0_f32); rows];
    for tree in 0..growth.trees {
        for (row, slope) in slopes.iter_mut().enumerate() {
            let chance = 1.0 / (1.0 + (-(scores[row] as f64) / 65536.0).exp());
            let (label, weight) = (f64::from(u8::from(lessons.labels[row])), f64::from(lessons.weights[row]));
            *slope = ((weight * (chance - label)) as f32, (weight * chance * (1.0 - chance)) as f32);
        }
        let sprouts =
            Grower { lessons, growth, edges: &edges, binned: &binned, slopes: &slopes, tree: tree as u64 }.tree();
        for (row, score) in scores.iter_mut().enumerate() {
            *score += i64::from(reached(&sprouts, &binned[row * lessons.width..][..lessons.width]));
        }
        let mut nodes = Vec::with_capacity(sprouts.len());
        flatten(&sprouts, 0, &edges, &mut nodes);
        forest.trees.push(nodes);
        done(tree + 1);
    }
    forest
}

/// Upper ends of bins: values up to an end fall into its bin. The last bin has none.
fn edges(lessons: &Lessons, feature: usize) -> Vec<i32> {
    let rows = lessons.labels.len();
    let step = rows.div_ceil(SAMPLE).max(1);
    let mut values: Vec<i32> =
        (0..rows).step_by(step).map(|row| lessons.features[row * lessons.width + feature]).collect();
    values.sort_unstable();
    let mut edges: Vec<i32> = (1..BINS).map(|n| values[n * (values.len() - 1) / BINS]).collect();
    edges.dedup();
    edges.pop_if(|edge| values.last() == Some(edge));
    edges
}

fn reached(sprouts: &[Sprout], bins: &[u8]) -> i32 {
    let mut at = &sprouts[0];
    while let Some((low, high)) = at.children {
        at = &sprouts[if bins[at.feature] <= at.bin { low } else { high }];
    }
    at.value
}

/// Appends the nodes below `at` in preorder.
fn flatten(sprouts: &[Sprout], at: usize, edges: &[Vec<i32>], nodes: &mut Vec<Node>) {
    let Sprout { feature, bin, value, children } = &sprouts[at];
    let Some((low, high)) = *children else {
        nodes.push(Node { feature: Node::LEAF, value: *value, skip: 0 });
        return;
    };
    let place = nodes.len();
    nodes.push(Node { feature: *feature as u16, value: edges[*feature][usize::from(*bin)], skip: 0 });
    flatten(sprouts, low, edges, nodes);
    nodes[place].skip = (nodes.len() - place) as u16;
    flatten(sprouts, high, edges, nodes);
}

struct Grower<'a> {
    lessons: &'a Lessons,
    growth: &'a Growth,
    edges: &'a [Vec<i32>],
    binned: &'a [u8],
    slopes: &'a [(f32, f32)],
    tree: u64,
}

impl Grower<'_> {
    fn tree(&self) -> Vec<Sprout> {
        let rows = 0..self.lessons.labels.len() as u32;
        let rows: Vec<u32> =
            rows.filter(|row| hash(u64::from(*row), self.tree) & 255 < self.growth.rows_of_256).collect();
        let drawn = |feature: &usize| hash(*feature as u64, self.tree + (1 << 40)) & 255 < self.growth.features_of_256;
        let mut features: Vec<usize> = (0..self.lessons.width).filter(drawn).collect();
        if features.is_empty() {
            features = (0..self.lessons.width).collect();
        }
        let bins = self.count(&rows, &features);
        let mut sprouts = vec![Sprout { feature: 0, bin: 0, value: 0, children: None }];
        let mut leaves = vec![self.leaf(rows, bins, &features, 0)];
        while leaves.len() < self.growth.leaves {
            let gains = leaves.iter().enumerate().filter_map(|(n, leaf)| Some((leaf.best?.gain, n)));
            let Some((_, best)) = gains.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))) else { break };
            let leaf = leaves.swap_remove(best);
            let Some(split) = leaf.best else { break };
            let width = self.lessons.width;
            let (low, high): (Vec<u32>, Vec<u32>) =
                leaf.rows.into_iter().partition(|row| self.binned[*row as usize * width + split.feature] <= split.bin);
            let small = self.count(if low.len() <= high.len() { &low } else { &high }, &features);
            let large: Vec<Bin> = leaf.bins.iter().zip(&small).map(|(all, part)| all.less(*part)).collect();
            let (low_bins, high_bins) = if low.len() <= high.len() { (small, large) } else { (large, small) };
            let node = sprouts.len();
            for _ in 0..2 {
                sprouts.push(Sprout { feature: 0, bin: 0, value: 0, children: None });
            }
            let parent = &mut sprouts[leaf.node];
            (parent.feature, parent.bin, parent.children) = (split.feature, split.bin, Some((node, node + 1)));
            leaves.push(self.leaf(low, low_bins, &features, node));
            leaves.push(self.leaf(high, high_bins, &features, node + 1));
        }
        for leaf in leaves {
            let value = -self.growth.rate * leaf.sum.gradient / (leaf.sum.curvature + self.growth.ridge);
            sprouts[leaf.node].value = (value * 65536.0).round() as i32;
        }
        sprouts
    }

    fn count(&self, rows: &[u32], features: &[usize]) -> Vec<Bin> {
        let mut bins = vec![Bin::default(); features.len() * BINS];
        for row in rows.iter().map(|row| *row as usize) {
            let (gradient, curvature) = self.slopes[row];
            let one = Bin { gradient: f64::from(gradient), curvature: f64::from(curvature), rows: 1 };
            let of = &self.binned[row * self.lessons.width..][..self.lessons.width];
            for (place, feature) in features.iter().enumerate() {
                bins[place * BINS + usize::from(of[*feature])].add(one);
            }
        }
        bins
    }

    fn leaf(&self, rows: Vec<u32>, bins: Vec<Bin>, features: &[usize], node: usize) -> Leaf {
        let mut sum = Bin::default();
        bins.iter().take(BINS).for_each(|bin| sum.add(*bin));
        let mut best: Option<Split> = None;
        for (place, &feature) in features.iter().enumerate() {
            let mut low = Bin::default();
            for bin in 0..self.edges[feature].len() {
                low.add(bins[place * BINS + bin]);
                let high = sum.less(low);
                if low.rows.min(high.rows) < self.growth.rows_min {
                    continue;
                }
                let ridge = self.growth.ridge;
                let gain = low.gain(ridge) + high.gain(ridge) - sum.gain(ridge);
                if gain > 1e-9 && best.is_none_or(|best| gain > best.gain) {
                    best = Some(Split { gain, feature, bin: bin as u8 });
                }
            }
        }
        Leaf { rows, bins, sum, best, node }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forest_learns_what_depends_on_two_features() {
        let mut lessons = Lessons { width: 3, ..Lessons::default() };
        for row in 0..4000_u64 {
            let [a, b, noise] = [0, 1, 2].map(|n| (hash(row, n) % 100) as i32 - 50);
            lessons.features.extend([a, b, noise]);
            lessons.labels.push((a > 0) != (b > 10));
            lessons.weights.push(1.0);
        }
        let growth = Growth {
            trees: 40,
            leaves: 6,
            rows_min: 20,
            rate: 0.2,
            ridge: 1.0,
            rows_of_256: 200,
            features_of_256: 256,
        };
        let mut heard = 0;
        let forest = grow(&lessons, &growth, &mut |_| heard += 1);
        assert_eq!((forest.check(3), heard), (Ok(()), 40));
        for (features, label) in
            [([20, -20, 0], true), ([20, 30, 0], false), ([-20, 30, 9], true), ([-9, -9, 9], false)]
        {
            assert_eq!(forest.score(&features) > 0, label, "{features:?}");
        }
        assert_eq!(forest, grow(&lessons, &growth, &mut |_| ()), "the same every time");
    }

    #[test]
    fn without_both_kinds_the_share_is_all() {
        let lessons = Lessons { width: 1, features: vec![1; 9], labels: vec![true; 9], weights: vec![1.0; 9] };
        let growth =
            Growth { trees: 3, leaves: 4, rows_min: 1, rate: 0.1, ridge: 1.0, rows_of_256: 256, features_of_256: 256 };
        let forest = grow(&lessons, &growth, &mut |_| ());
        assert!(forest.trees.is_empty() && forest.base > 0);
    }
}
