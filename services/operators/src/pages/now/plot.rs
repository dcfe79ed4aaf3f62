//! Small plots as SVG, drawn on the server. Colours and sizes are the style sheet's; whoever cannot see a plot has its
//! title, its description, and a table beside it.

use std::fmt::Write;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;
/// What is kept free above the greatest value.
const ABOVE: f64 = 6.0;

/// What a plot is called and what it shows, in words. The id is one of the page's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub description: &'a str,
}

pub(super) fn bars(head: &Head<'_>, values: &[u64]) -> String {
    let mut svg = begin(head);
    let greatest = values.iter().copied().max().unwrap_or(0);
    let width = width(values.len());
    for (left, value) in (0_u32..).map(|n| f64::from(n) * width).zip(values) {
        if *value > 0 {
            let height = height(*value, greatest);
            let (top, bar) = (HEIGHT - height, width * 0.8);
            let _ = write!(
                svg,
                "<rect class=\"bar\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{bar:.1}\" height=\"{height:.1}\"/>"
            );
        }
    }
    end(svg)
}

/// A line through the values, broken where there is none.
pub(super) fn line(head: &Head<'_>, values: &[Option<u64>]) -> String {
    let mut svg = begin(head);
    let greatest = values.iter().flatten().copied().max().unwrap_or(0);
    let width = width(values.len());
    let places: Vec<_> = (0_u32..)
        .zip(values)
        .map(|(n, value)| value.map(|value| (width * (f64::from(n) + 0.5), HEIGHT - height(value, greatest))))
        .collect();
    for piece in places.split(Option::is_none).filter(|piece| !piece.is_empty()) {
        let mut points = String::new();
        for (x, y) in piece.iter().flatten() {
            let _ = write!(points, "{}{x:.1},{y:.1}", if points.is_empty() { "" } else { " " });
        }
        // A line through one point cannot be seen.
        match piece {
            [Some((x, y))] => {
                let _ = write!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
            }
            _ => {
                let _ = write!(svg, "<polyline class=\"curve\" points=\"{points}\"/>");
            }
        }
    }
    end(svg)
}

fn begin(Head { id, title, description }: &Head<'_>) -> String {
    format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
         <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
        escape(title),
        escape(description)
    )
}

fn end(mut svg: String) -> String {
    let _ =
        write!(svg, "<line class=\"ground\" x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\"/></svg>");
    svg
}

fn width(count: usize) -> f64 {
    WIDTH / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX))
}

/// Never more than there is room for, whatever the values are, and never nothing for something.
#[allow(clippy::cast_precision_loss, reason = "a plot is no more exact than a pixel")]
fn height(value: u64, greatest: u64) -> f64 {
    if value == 0 {
        return 0.0;
    }
    (value as f64 / greatest.max(1) as f64 * (HEIGHT - ABOVE)).clamp(1.0, HEIGHT - ABOVE)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, option, prelude::*};

    const HEAD: Head<'_> = Head { id: "rate", title: "Händelser <i>", description: "A & B" };

    /// Every element is closed in its order, and every number is one that fits into the picture.
    fn assert_sound(svg: &str) {
        let mut open = Vec::new();
        for part in svg.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap();
            assert!(!text.contains('&') || text.contains("&amp;") || text.contains("&lt;"), "{text}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{svg}");
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
            for attribute in [" x=\"", " y=\"", " height=\"", " width=\"", " cx=\"", " cy=\"", " points=\""] {
                let Some((_, rest)) = tag.split_once(attribute) else { continue };
                let numbers = rest.split('"').next().unwrap().split([',', ' ']);
                for number in numbers {
                    let number: f64 = number.parse().unwrap();
                    assert!((0.0..=WIDTH).contains(&number), "{svg}");
                }
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert!(!svg.contains("style") && !svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn plots_of_nothing_one_many_and_huge_values_are_sound() {
        for values in
            [vec![], vec![0], vec![7], vec![0; 60], (0..60).collect(), vec![u64::MAX, 1, 0, u64::MAX]]
        {
            let svg = bars(&HEAD, &values);
            assert_sound(&svg);
            assert_eq!(svg.matches("<rect").count(), values.iter().filter(|value| **value > 0).count());
            let values: Vec<_> = values.iter().map(|value| (*value != 1).then_some(*value)).collect();
            assert_sound(&line(&HEAD, &values));
        }
    }

    #[test]
    fn a_plot_says_what_it_shows_and_a_line_breaks_where_nothing_was() {
        let svg = line(&HEAD, &[Some(1), Some(2), None, Some(3), None, None]);
        assert!(svg.contains("aria-labelledby=\"rate-title rate-desc\""));
        assert!(svg.contains("<title id=\"rate-title\">Händelser &lt;i&gt;</title>"));
        assert!(svg.contains("<desc id=\"rate-desc\">A &amp; B</desc>"));
        assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (1, 1));
    }

    proptest! {
        #[test]
        fn whatever_the_values_a_plot_is_sound(values in vec(option::of(any::<u64>()), 0..80)) {
            assert_sound(&line(&HEAD, &values));
            assert_sound(&bars(&HEAD, &values.into_iter().flatten().collect::<Vec<_>>()));
        }
    }
}
