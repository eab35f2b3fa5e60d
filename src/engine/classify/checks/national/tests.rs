use super::super::super::fold::fold;
use super::*;

fn kinds(text: &str) -> Vec<NationalId> {
    let mut found = Vec::new();
    run(text, |id| found.push(id));
    found
}

/// A sequence without a pattern (Knuth's MMIX generator), the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit).expect("it is small")
    }

    /// A text of a shape, each digit and letter as likely as any other.
    fn text(&mut self, shape: &str) -> String {
        const EITHER: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let choose = |place: char| match place {
            '9' => char::from(EITHER[self.below(10)]),
            'A' => char::from(EITHER[10 + self.below(26)]),
            'X' => char::from(EITHER[self.below(36)]),
            other => other,
        };
        shape.chars().map(choose).collect()
    }
}

#[test]
fn separators_do_not_matter() {
    let mut found = Vec::new();
    run("15 070649 C 103", |id| found.push(id));
    run("131052-308t", |id| found.push(id));
    run("756.9217.0769.85", |id| found.push(id));
    assert_eq!(found, [NationalId::GermanPension, NationalId::Finnish, NationalId::Swiss]);
}

#[test]
fn chance_passes_each_kind_as_often_as_it_says() {
    const TEXTS: usize = 100_000;
    let mut chance = Chance(42);
    let mut faults = Vec::new();
    for &id in NationalId::ALL {
        let often = |shape: &&str| {
            let passes = (0..TEXTS).filter(|_| id.is_valid(&chance.text(shape))).count();
            (passes * 1000).div_ceil(TEXTS).max(1)
        };
        let measured = id.about().shapes.iter().map(often).max().unwrap_or(0);
        let stated = usize::from(id.chance());
        // Two standard deviations of the sample, which are 2 in a thousand at one in ten.
        let slack = if stated > 20 { 3 } else { 1 };
        if measured.abs_diff(stated) > slack {
            faults.push(format!("{id:?}: {measured} of 1000, stated {stated}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn digits_alone_are_evident_only_where_chance_seldom_passes() {
    for id in NationalId::ALL.iter().filter(|id| id.is_evident()) {
        let digits_only = id.about().shapes.iter().any(|shape| shape.bytes().all(|it| it == b'9'));
        assert!(!digits_only || id.chance() <= 5, "{id:?}");
    }
}

#[test]
fn keywords_are_folded() {
    for id in NationalId::ALL {
        assert!(!id.keywords().is_empty() && !id.countries().is_empty(), "{id:?}");
        for word in id.keywords() {
            assert_eq!(*word, fold(word));
            assert!(
                word.split(' ')
                    .all(|part| part.chars().all(char::is_alphanumeric) && !part.is_empty()),
                "{word}"
            );
        }
    }
}

#[test]
fn numbers_that_are_something_else_are_nobody_s() {
    for text in [
        "525200.066",
        "1.732000000",
        "-1955839661",
        "1955839661-",
        "19--55839661",
        "SCN-125",
        "ABCDEFGHIJKL",
        "1.2.3",
        "",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn numbers_are_judged_as_by_the_reference() {
    // Made up at random, judged by python-stdnum 2.2.
    let mut judged = 0;
    for line in include_str!("vectors.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.split('\t');
        let (kind, valid, number) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let name = kind.unwrap_or_default();
        let id = NationalId::ALL.iter().find(|id| format!("{id:?}") == name).expect(name);
        assert_eq!(id.is_valid(number), valid == Some("1"), "{name} {number}");
        judged += 1;
    }
    assert!(judged > 300, "{judged}");
}

/// A row of the table in `docs/identifiers.md`.
fn row(id: NationalId) -> String {
    let about = id.about();
    let countries = id.countries().join(", ");
    let shapes: Vec<String> = about.shapes.iter().map(|shape| format!("`{shape}`")).collect();
    let alone = if about.evident { "evident" } else { "context" };
    format!(
        "| {countries} | {} | {} | {} | {} | {} ‰ | {alone} |",
        id.words(),
        shapes.join(", "),
        about.check,
        about.source,
        about.chance
    )
}

#[test]
fn the_table_in_the_documentation_is_true() {
    let page = include_str!("../../../../../docs/identifiers.md");
    let missing: Vec<String> =
        NationalId::ALL.iter().map(|&id| row(id)).filter(|row| !page.contains(row)).collect();
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
