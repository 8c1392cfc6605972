//! The pairing of rows with columns that gains most: exact, and the same on every machine.
//!
//! Gains are integers, so that no rounding decides. Pairs are first split into groups that share no row or column (most
//! are a single pair); each group is solved by shortest augmenting paths (Jonker and Volgenant 1987).

/// A permitted pair and what it gains (more than 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Row.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// Gain, in 1..=2^50.
    pub gain: i64,
}

/// Picks pairs, each row and column at most once, so that the sum of their gains is largest. Sorted by row.
pub fn assign(pairs: &[Pair]) -> Vec<Pair> {
    let mut picked = Vec::new();
    for group in groups(pairs) {
        match group.as_slice() {
            [only] => picked.push(*only),
            many => solve(many, &mut picked),
        }
    }
    picked.sort_unstable();
    picked
}

/// Pairs that are connected through rows and columns.
fn groups(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let rows = pairs.iter().map(|p| p.row + 1).max().unwrap_or(0);
    let columns = pairs.iter().map(|p| p.column + 1).max().unwrap_or(0);
    let mut parent: Vec<usize> = (0..rows + columns).collect();
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    for p in pairs {
        let (a, b) = (root(&mut parent, p.row), root(&mut parent, rows + p.column));
        parent[a.max(b)] = a.min(b);
    }
    let mut slot = vec![usize::MAX; rows + columns];
    let mut groups: Vec<Vec<Pair>> = Vec::new();
    for p in pairs {
        let r = root(&mut parent, p.row);
        if slot[r] == usize::MAX {
            slot[r] = groups.len();
            groups.push(Vec::new());
        }
        groups[slot[r]].push(*p);
    }
    groups
}

/// One group: minimal cost over rows, where every row also has a column of its own that costs nothing (left alone).
fn solve(pairs: &[Pair], picked: &mut Vec<Pair>) {
    let number = |key: fn(&Pair) -> usize| {
        let mut names: Vec<usize> = pairs.iter().map(key).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let (rows, columns) = (number(|p| p.row), number(|p| p.column));
    let (n, m) = (rows.len(), columns.len() + rows.len());
    let mut cost = vec![FORBIDDEN; n * m];
    for p in pairs {
        let (r, c) = (
            rows.binary_search(&p.row).expect("a row of the group"),
            columns.binary_search(&p.column).expect("a column of the group"),
        );
        cost[r * m + c] = -p.gain;
    }
    for r in 0..n {
        cost[r * m + columns.len() + r] = 0;
    }
    for (c, r) in shortest_paths(&cost, n, m).into_iter().enumerate().take(columns.len()) {
        if let Some(r) = r {
            let gain = -cost[r * m + c];
            if gain > 0 {
                picked.push(Pair { row: rows[r], column: columns[c], gain });
            }
        }
    }
}

/// More than any sum of gains of one frame, less than what overflows.
const FORBIDDEN: i64 = 1 << 60;

/// The row of each column in the cheapest assignment of all `n` rows to `m >= n` columns.
fn shortest_paths(cost: &[i64], n: usize, m: usize) -> Vec<Option<usize>> {
    let (mut row_price, mut column_price) = (vec![0i64; n], vec![0i64; m + 1]);
    let mut row_of: Vec<Option<usize>> = vec![None; m + 1]; // the last column is where each search starts
    let mut from = vec![m; m];
    for start in 0..n {
        row_of[m] = Some(start);
        let mut column = m;
        let mut best = vec![i64::MAX; m];
        let mut done = vec![false; m + 1];
        while let Some(row) = row_of[column] {
            done[column] = true;
            let (mut step, mut next) = (i64::MAX, m);
            for c in 0..m {
                if done[c] {
                    continue;
                }
                let reduced = cost[row * m + c] - row_price[row] - column_price[c];
                if reduced < best[c] {
                    best[c] = reduced;
                    from[c] = column;
                }
                if best[c] < step {
                    step = best[c];
                    next = c;
                }
            }
            for c in 0..m {
                if done[c] {
                    row_price[row_of[c].expect("a searched column has a row")] += step;
                    column_price[c] -= step;
                } else {
                    best[c] -= step;
                }
            }
            row_price[start] += step;
            column_price[m] -= step;
            column = next;
        }
        while column != m {
            row_of[column] = row_of[from[column]];
            column = from[column];
        }
    }
    row_of.truncate(m);
    row_of
}
