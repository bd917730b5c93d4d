//! Values that the command line reads more strictly than requests. What a parser says of a wrong one follows the
//! argument's name.

/// A whole number from 1 on.
pub(super) fn positive(text: &str) -> Result<u64, &'static str> {
    let number = text.trim().parse::<u64>().ok().filter(|number| *number > 0);
    number.ok_or("must be a positive integer")
}

/// A whole number from 0 on.
pub(super) fn natural(text: &str) -> Result<u64, &'static str> {
    text.trim().parse().map_err(|_| "must be a non-negative integer")
}

/// A number, but not `NaN` or infinity.
pub(super) fn finite(text: &str) -> Result<f64, &'static str> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or("must be a finite number")
}

/// How deep a snapshot looks.
pub(super) fn depth(text: &str) -> Result<u32, &'static str> {
    text.trim().parse().map_err(|_| "Invalid --depth: must be an integer >= 0")
}

/// How much a snapshot shows.
pub(super) fn limit(text: &str) -> Result<usize, &'static str> {
    let limit = positive(text).ok().and_then(|limit| usize::try_from(limit).ok());
    limit.ok_or("Invalid --limit: must be an integer >= 1")
}

/// A side of a viewport.
pub(super) fn side(text: &str) -> Result<u64, &'static str> {
    let side = positive(text)?;
    if side > super::navigate::LARGEST_SIDE { Err("maximum is 8192") } else { Ok(side) }
}

/// A mouse button.
pub(super) fn button(text: &str) -> Result<String, &'static str> {
    let word = text.trim();
    let known = matches!(word, "left" | "right" | "middle");
    if known { Ok(word.to_owned()) } else { Err("must be left, right, or middle") }
}

/// A key that is held during a click.
pub(super) fn modifier(text: &str) -> Result<String, &'static str> {
    let known = super::bits::modifiers(&[text.to_owned()]).is_ok();
    if known {
        Ok(text.trim().to_owned())
    } else {
        Err("must be Alt, Control, ControlOrMeta, Meta, or Shift")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_their_end() {
        assert_eq!((positive(" 7 "), natural("0"), finite("-1.5e2")), (Ok(7), Ok(0), Ok(-150.0)));
        for wrong in ["0", "-1", "1.5", "5x", "", "1e3"] {
            assert_eq!(positive(wrong), Err("must be a positive integer"), "{wrong}");
        }
        for wrong in ["nan", "inf", "x", ""] {
            assert_eq!(finite(wrong), Err("must be a finite number"), "{wrong}");
        }
        assert_eq!((side("8192"), side("8193")), (Ok(8192), Err("maximum is 8192")));
    }

    #[test]
    fn words_are_known() {
        assert_eq!(button("right").as_deref(), Ok("right"));
        assert!(button("foo").is_err() && modifier("Hyper").is_err() && modifier("Shift").is_ok());
    }
}
