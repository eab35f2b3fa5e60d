//! Random numbers of the shapes that people's work has.

use crate::support::dice::Dice;

/// Between 0 and 1, both left out.
pub fn uniform(dice: &mut Dice) -> f64 {
    ((dice.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn normal(dice: &mut Dice) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(uniform(dice)));
    radius * libm::cos(std::f64::consts::TAU * uniform(dice))
}

/// Gamma with mean 1 (Marsaglia and Tsang, 2000).
pub fn gamma(dice: &mut Dice, shape: f64) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(uniform(dice), 1.0 / shape);
        return gamma(dice, shape + 1.0) * boost * (shape + 1.0) / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = normal(dice);
        let v = libm::pow(1.0 + c * x, 3.0);
        if v > 0.0 && libm::log(uniform(dice)) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v / shape;
        }
    }
}

pub fn poisson(dice: &mut Dice, mean: f64) -> u64 {
    if mean > 50.0 {
        return (mean + libm::sqrt(mean) * normal(dice)).max(0.0) as u64;
    }
    let (limit, mut product, mut count) = (libm::exp(-mean), uniform(dice), 0);
    while product > limit {
        product *= uniform(dice);
        count += 1;
    }
    count
}

/// Negative binomial: the work of people, which comes in bursts.
pub fn bursts(dice: &mut Dice, mean: f64, shape: f64) -> u64 {
    let mean = mean * gamma(dice, shape);
    poisson(dice, mean)
}
