//! How improbable is a count: the upper tail of the negative binomial distribution.
//!
//! People's work comes in bursts, so counts scatter far more than a Poisson variable; with mean `μ` and
//! dispersion `φ` the variance is `μ + φ μ²`. `P(X ≥ n) = I_x(n, 1/φ)` with `x = μφ / (1 + μφ)`, the
//! regularised incomplete beta function (Abramowitz and Stegun, 26.5.24), by its continued fraction
//! (Lentz). Logarithm and gamma function come from `libm`, whose bits are the same everywhere; the
//! other operations are those of IEEE 754, which are exact to the last bit as well.

/// Scores are thousandths of `-log₁₀ P(X ≥ rows)`.
pub(super) type Score = u32;

/// Nothing is more improbable: 10⁻²⁰⁰.
pub(super) const HIGHEST: f64 = 200_000.0;

/// Counts beyond make no difference.
const MOST: u64 = 10_000_000;

const STEPS: i32 = 300;

/// The score of a count.
pub(super) fn score(rows: u64, mean: f64, dispersion: f64) -> Score {
    if rows == 0 {
        return 0;
    }
    let (size, product) = (1.0 / dispersion, mean * dispersion);
    let tail = log_beta_ratio(rows.min(MOST) as f64, size, product / (1.0 + product));
    (-1_000.0 * tail / core::f64::consts::LN_10).clamp(0.0, HIGHEST) as Score
}

/// The smallest count that is enough, where more are enough as well; looked for around a number.
pub(super) fn smallest(near: u64, enough: impl Fn(u64) -> bool) -> u64 {
    let (mut below, mut above) = (0, near.clamp(1, MOST));
    while !enough(above) && above < MOST {
        (below, above) = (above, above * 2);
    }
    while below + 1 < above {
        let middle = below + (above - below) / 2;
        match enough(middle) {
            true => above = middle,
            false => below = middle,
        }
    }
    above
}

/// `ln I_x(a, b)`.
fn log_beta_ratio(a: f64, b: f64, x: f64) -> f64 {
    let (ln_x, ln_rest) = (libm::log(x), libm::log1p(-x));
    let ln_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = a * ln_x + b * ln_rest - ln_beta;
    if x < (a + 1.0) / (a + b + 2.0) {
        return (front - libm::log(a) + libm::log(fraction(a, b, x))).min(0.0);
    }
    let rest = libm::exp(front) * fraction(b, a, 1.0 - x) / b;
    libm::log1p(-rest.min(1.0 - 1e-12)).min(0.0)
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const SMALL: f64 = 1e-300;
    let kept = |value: f64| if value > -SMALL && value < SMALL { SMALL } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for step in 1..STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / kept(1.0 + even * d);
        c = kept(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / kept(1.0 + odd * d);
        c = kept(1.0 + odd / c);
        let change = d * c;
        product *= change;
        if (1.0 - 1e-12..1.0 + 1e-12).contains(&change) {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tail added up term by term: `P(k) = P(k-1) (k - 1 + 1/φ) / k · x`.
    fn summed(rows: u64, mean: f64, dispersion: f64) -> f64 {
        let size = 1.0 / dispersion;
        let x = mean / (mean + size);
        let mut term = libm::pow(1.0 - x, size);
        let mut tail = 0.0;
        for k in 0..100_000_u64 {
            if k >= rows {
                tail += term;
            }
            term *= (k as f64 + size) / (k + 1) as f64 * x;
        }
        -1_000.0 * libm::log10(tail)
    }

    #[test]
    fn the_score_is_that_of_the_tail_added_up() {
        for (rows, mean, dispersion) in [
            (1, 0.01, 1.0),
            (13, 0.04, 1.0),
            (5, 8.0, 0.7),
            (80, 8.0, 0.7),
            (2_400, 2_000.0, 0.05),
            (3, 0.5, 15.0),
            (500, 20.0, 0.05),
        ] {
            let (ours, expected) = (score(rows, mean, dispersion), summed(rows, mean, dispersion));
            let difference = f64::from(ours) - expected;
            assert!(difference.abs() <= 1.5, "{rows} {mean} {dispersion}: {ours} {expected}");
        }
    }

    #[test]
    fn scores_rise_with_the_count_and_stay_in_range() {
        for mean in [1e-3, 0.5, 30.0, 1e5] {
            let scores: Vec<Score> = (0..60).map(|shift| score(1 << shift, mean, 1.0)).collect();
            assert!(scores.is_sorted(), "{mean}: {scores:?}");
            assert!(scores.iter().all(|score| f64::from(*score) <= HIGHEST));
        }
    }

    /// Bits of one machine; every other must find the same.
    #[test]
    fn every_platform_computes_the_same() {
        let scores = [score(13, 0.04, 1.0), score(80, 8.0, 0.7), score(2_400, 2_000.0, 0.05)];
        assert_eq!(scores, [18_394, 5_177, 740]);
    }
}
