use proptest::prelude::*;

use super::*;

/// Writes down what it is told, one line for each single value.
#[derive(Default)]
struct Told {
    path: Vec<String>,
    lines: Vec<String>,
}

impl Visitor for Told {
    fn key(&mut self, key: &str) -> bool {
        self.path.push(format!(".{key}"));
        true
    }

    fn element(&mut self) {
        self.path.push("[]".to_owned());
    }

    fn leave(&mut self) {
        self.path.pop().expect("something was entered");
    }

    fn value(&mut self, text: &str, _: u32) {
        self.lines.push(format!("{}={text}", self.path.concat()));
    }
}

fn told(structure: &Structure, text: &str) -> Vec<String> {
    let mut told = Told::default();
    read(structure, text, &mut told);
    assert!(told.path.is_empty(), "whatever was entered was left");
    told.lines
}

fn text() -> Part {
    Part { type_oid: 25, structure: Structure::Plain }
}

fn array(part: Part) -> Structure {
    Structure::Array(Box::new(part))
}

fn composite(names: &[&str]) -> Structure {
    Structure::Composite(names.iter().map(|name| ((*name).to_owned(), text())).collect())
}

#[test]
fn json_is_told_value_by_value() {
    let document = r#"{"a":{"b":["x",2,null,true]},"c":1.5,"d":"\u00e9"}"#;
    let expected = [".a.b[]=x", ".a.b[]=2", ".a.b[]=t", ".c=1.5", ".d=é"];
    assert_eq!(told(&Structure::Json, document), expected);
}

#[test]
fn arrays_of_any_dimension_and_bounds_are_read() {
    let texts = array(text());
    assert_eq!(told(&texts, r#"{a,"b c",NULL,"NULL","x\"y",é}"#).len(), 5);
    assert_eq!(told(&texts, "{{a,b},{c,d}}"), ["[]=a", "[]=b", "[]=c", "[]=d"]);
    assert_eq!(told(&texts, "[0:1]={a,b}"), ["[]=a", "[]=b"]);
    assert_eq!(told(&texts, r#"{""}"#), ["[]="]);
    assert!(told(&texts, "{}").is_empty());
}

#[test]
fn composite_fields_are_told_by_their_names() {
    let address = composite(&["street", "city", "note"]);
    let expected = [".street=Main St 1, 2", ".note=say \"hi\""];
    assert_eq!(told(&address, r#"("Main St 1, 2",,"say ""hi""")"#), expected);
    let addresses = array(Part { type_oid: 99_999, structure: address });
    let expected = ["[].street=A 1", "[].city=B", "[].street=C \"2\""];
    assert_eq!(told(&addresses, r#"{"(\"A 1\",B,)","(\"C \"\"2\"\"\",,)"}"#), expected);
}

#[test]
fn hstore_is_told_by_its_keys() {
    let pairs = r#""a b"=>"1, 2", "c"=>NULL, "d"=>"=>", e=>f"#;
    assert_eq!(told(&Structure::Map, pairs), [".a b=1, 2", ".d==>", ".e=f"]);
}

#[test]
fn arrays_of_json_are_read_through() {
    let documents = array(Part { type_oid: 3802, structure: Structure::Json });
    assert_eq!(told(&documents, r#"{"{\"a\": 1}","{\"a\": 2}"}"#), ["[].a=1", "[].a=2"]);
}

#[test]
fn depth_and_number_are_bounded_and_long_texts_take_linear_time() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(told(&Structure::Json, &deep).is_empty());
    let wide = format!("[{}1]", "1,".repeat(1_000_000));
    assert_eq!(told(&Structure::Json, &wide).len(), NESTED_PARTS);
    let keys = format!("{{{}}}", vec![r#""k":{}"#; 1_000_000].join(","));
    assert!(told(&Structure::Json, &keys).is_empty());
    // Read quadratically, these would take hours.
    for piece in ["{", "\"", "\\", ",", "(", "=>", "a", "\"\"", "é"] {
        let long = piece.repeat(1_000_000 / piece.len());
        let composites = array(Part { type_oid: 0, structure: composite(&["a", "b"]) });
        for structure in [&Structure::Json, &Structure::Map, &array(text()), &composites] {
            told(structure, &long);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(any in any::<String>()) {
        let nested = array(Part { type_oid: 0, structure: composite(&["a", "b"]) });
        for structure in [&Structure::Json, &Structure::Map, &array(text()), &nested] {
            told(structure, &any);
        }
    }

    #[test]
    fn what_an_array_was_made_of_is_told(elements in prop::collection::vec("\\PC{0,12}", 0..6)) {
        let quoted = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let literal = format!("{{{}}}", elements.iter().map(quoted).collect::<Vec<_>>().join(","));
        let expected: Vec<String> = elements.iter().map(|text| format!("[]={text}")).collect();
        prop_assert_eq!(told(&array(text()), &literal), expected);
    }
}
