//! Colours as numbers: how far apart two are, whether one can be read on the other, and which of a terminal's 256
//! comes nearest.

/// What can be read: WCAG 2, level AA, for text of any size.
pub const LEGIBLE: f64 = 4.5;

/// A colour of the sRGB space, written `0xrrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u32);

impl Rgb {
    #[must_use]
    pub const fn channels(self) -> [u8; 3] {
        let [_, red, green, blue] = self.0.to_be_bytes();
        [red, green, blue]
    }

    const fn of(red: u8, green: u8, blue: u8) -> Self {
        Self(u32::from_be_bytes([0, red, green, blue]))
    }

    /// Light as it adds up, each channel from 0 to 1.
    #[must_use]
    pub fn linear(self) -> [f64; 3] {
        self.channels().map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// The relative luminance of WCAG: 0 is black, 1 is white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// WCAG's contrast ratio, from 1 (the same) to 21 (black and white). Which of them is the text does not matter.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// How different the two look.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        distance(self.linear(), other.linear())
    }
}

/// How different two lights look: how far apart they are in the Oklab space, whose steps look equal. Black and white
/// are 1 apart.
#[must_use]
pub fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (oklab(one), oklab(other));
    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Björn Ottosson's matrices.
fn oklab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let long = (0.412_221_47 * red + 0.536_332_54 * green + 0.051_445_99 * blue).cbrt();
    let middle = (0.211_903_50 * red + 0.680_699_55 * green + 0.107_396_96 * blue).cbrt();
    let short = (0.088_302_46 * red + 0.281_718_84 * green + 0.629_978_70 * blue).cbrt();
    [
        0.210_454_26 * long + 0.793_617_79 * middle - 0.004_072_05 * short,
        1.977_998_50 * long - 2.428_592_21 * middle + 0.450_593_71 * short,
        0.025_904_04 * long + 0.782_771_77 * middle - 0.808_675_77 * short,
    ]
}

/// The terminal's first 16 are its user's own; what they look like is not known.
const FIXED: std::ops::RangeInclusive<u8> = 16..=255;
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// What number `index` of a 256-colour terminal looks like: a cube of colours, and behind it 24 greys.
#[must_use]
pub fn indexed(index: u8) -> Rgb {
    let at = usize::from(index.saturating_sub(*FIXED.start()));
    match at {
        0..216 => Rgb::of(STEPS[at / 36], STEPS[at / 6 % 6], STEPS[at % 6]),
        _ => {
            let grey = u8::try_from(8 + 10 * (at - 216)).unwrap_or(u8::MAX);
            Rgb::of(grey, grey, grey)
        }
    }
}

/// The number that looks most like `wanted`, of those that `fits` admits.
#[must_use]
pub fn nearest(wanted: Rgb, fits: impl Fn(Rgb) -> bool) -> u8 {
    let apart = |index: &u8| indexed(*index).distance(wanted);
    let admitted = FIXED.filter(|index| fits(indexed(*index)));
    admitted.min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(*FIXED.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0xff_ffff).contrast(Rgb(0)) - 21.0).abs() < 1e-9);
        assert!((Rgb(0x77_7777).contrast(Rgb(0xff_ffff)) - 4.48).abs() < 0.01, "the well-known grey that just fails");
    }

    #[test]
    fn distance_goes_from_nothing_to_black_and_white() {
        assert!(Rgb(0x12_3456).distance(Rgb(0x12_3456)) < 1e-9);
        assert!((Rgb(0xff_ffff).distance(Rgb(0)) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_256_are_those_of_xterm() {
        let known = [(16, 0), (21, 0x00_00ff), (110, 0x87_afd7), (231, 0xff_ffff), (232, 0x08_0808), (255, 0xee_eeee)];
        for (index, rgb) in known {
            assert_eq!(indexed(index), Rgb(rgb), "{index}");
        }
    }

    #[test]
    fn a_colour_of_the_cube_is_its_own_nearest() {
        assert_eq!(nearest(Rgb(0x87_afd7), |_| true), 110);
        assert_ne!(nearest(Rgb(0x87_afd7), |rgb| rgb != Rgb(0x87_afd7)), 110);
    }
}
