//! Means, deviations and straight lines from sums.

/// Numbers summed up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) n: f64,
    sum: f64,
    squares: f64,
}

impl Sum {
    pub(super) fn add(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += x * x;
    }

    /// Mean; 0 of nothing.
    pub(super) fn mean(&self) -> f64 {
        if self.n > 0.0 { self.sum / self.n } else { 0.0 }
    }

    /// Standard deviation; 0 of nothing.
    pub(super) fn sd(&self) -> f64 {
        if self.n > 0.0 { (self.squares / self.n - self.mean().powi(2)).max(0.0).sqrt() } else { 0.0 }
    }
}

/// Pairs summed up, for a line of least squares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    x: Sum,
    y: Sum,
    products: f64,
}

impl Line {
    pub(super) fn add(&mut self, x: f64, y: f64) {
        self.x.add(x);
        self.y.add(y);
        self.products += x * y;
    }

    pub(super) fn mean_y(&self) -> f64 {
        self.y.mean()
    }

    fn covariance(&self) -> f64 {
        if self.x.n > 0.0 { self.products / self.x.n - self.x.mean() * self.y.mean() } else { 0.0 }
    }

    /// Value at 0 and slope; flat where all x are the same.
    pub(super) fn fit(&self) -> (f64, f64) {
        let variance = self.x.sd().powi(2);
        let slope = if variance > 1e-12 { self.covariance() / variance } else { 0.0 };
        (self.y.mean() - slope * self.x.mean(), slope)
    }

    /// Standard deviation around the line.
    pub(super) fn residual_sd(&self) -> f64 {
        (self.y.sd().powi(2) - self.fit().1 * self.covariance()).max(0.0).sqrt()
    }

    /// Pearson's; 0 where nothing varies.
    pub(super) fn correlation(&self) -> f64 {
        let both = self.x.sd() * self.y.sd();
        if both > 1e-12 { self.covariance() / both } else { 0.0 }
    }
}
