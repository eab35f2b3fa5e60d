//! A report as Markdown, as a page, and as JSON.

use serde_json::{Value, json};

use super::draft::Report;

/// As Markdown.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n", report.title);
    for section in &report.sections {
        text.push_str(&format!("\n## {} ({})\n\n", section.heading, section.article));
        for line in &section.lines {
            text.push_str(&format!("- {line}\n"));
        }
    }
    text
}

/// As a page of its own.
pub fn html(report: &Report) -> String {
    let mut body = String::new();
    for section in &report.sections {
        let (heading, article) = (escaped(section.heading), escaped(section.article));
        body.push_str(&format!("<h2>{heading} <small>{article}</small></h2>\n<ul>\n"));
        for line in &section.lines {
            body.push_str(&format!("<li>{}</li>\n", escaped(line)));
        }
        body.push_str("</ul>\n");
    }
    page(&report.title, &body)
}

/// A page without anything from elsewhere.
pub fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body{{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}}\
         h2 small{{font-weight:normal;color:#666}}</style>\n<h1>{title}</h1>\n{body}</html>\n"
    )
}

/// As JSON, with the incident itself.
pub fn json(report: &Report, incident: &Value) -> String {
    let sections: Vec<Value> = report
        .sections
        .iter()
        .map(|it| json!({"heading": it.heading, "article": it.article, "lines": it.lines}))
        .collect();
    json!({"title": report.title, "sections": sections, "incident": incident}).to_string()
}

/// What people wrote and what the server calls itself may hold anything.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::report::draft::Section;

    #[test]
    fn what_people_wrote_is_text_on_the_page() {
        let lines = vec!["<script>alert(\"x\")</script> & more".to_owned()];
        let section = Section { heading: "What was done", article: "Art. 33(5)", lines };
        let report = Report { title: "Incident".into(), sections: vec![section] };
        let page = html(&report);
        assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more"));
        assert!(!page.contains("<script>"));
        assert!(markdown(&report).contains("## What was done (Art. 33(5))"));
        let document: Value = serde_json::from_str(&json(&report, &Value::Null)).unwrap();
        assert_eq!(document["sections"][0]["article"], "Art. 33(5)");
    }
}
