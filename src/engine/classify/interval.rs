//! How sure a share of values is that was counted in a sample.

/// Lower bound of the 95 % Wilson interval of a share, in thousandths.
pub(super) fn at_least(passes: u32, values: u32) -> u64 {
    wilson(passes, values).0
}

/// Upper bound of the 95 % Wilson interval of a share, in thousandths.
pub(super) fn at_most(passes: u32, values: u32) -> u64 {
    wilson(passes, values).1
}

/// The 95 % confidence interval of a share (Wilson, 1927) in thousandths, in whole numbers so that
/// every machine reaches the same verdict.
fn wilson(passes: u32, values: u32) -> (u64, u64) {
    const Z: u64 = 1960;
    const Z_SQUARED: u64 = 3_841_600;
    const MILLION: u64 = 1_000_000;
    let (passes, values) = (u64::from(passes.min(values)), u64::from(values));
    if values == 0 {
        return (0, 1000);
    }
    let spread = Z_SQUARED + 4 * MILLION * passes * (values - passes) / values;
    let reach = Z * spread.isqrt();
    let centre = 2 * passes * MILLION + Z_SQUARED;
    let denominator = 2 * (values * MILLION + Z_SQUARED);
    let lower = centre.saturating_sub(reach) * 1000 / denominator;
    let upper = (centre + reach) * 1000 / denominator;
    (lower, upper.min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_narrows_with_the_number_of_values() {
        assert_eq!(wilson(0, 0), (0, 1000));
        assert_eq!(wilson(10, 10).0, 722);
        assert_eq!(wilson(100, 100).0, 963);
        assert_eq!(wilson(50, 100), (403, 596));
        assert_eq!(wilson(4096, 4096).1, 1000);
    }
}
