use proptest::prelude::*;

use super::*;

fn found(text: &str) -> Vec<(String, Category)> {
    let piece = |span: &TextSpan| {
        text.chars().skip(span.start).take(span.end - span.start).collect::<String>()
    };
    spans(text).iter().map(|span| (piece(span), span.category)).collect()
}

#[test]
fn personal_data_is_found_where_it_stands() {
    for (text, piece, category) in [
        ("<mailto:ada@example.org>, x", "ada@example.org", Category::Email),
        ("Bitte an jörg@müller.example schreiben.", "jörg@müller.example", Category::Email),
        ("Rückruf unter +49 30 901820, danke", "+49 30 901820", Category::PhoneNumber),
        ("tel: 0301234567", "0301234567", Category::PhoneNumber),
        ("IBAN DE89 3704 0044 0532 0130 00.", "DE89 3704 0044 0532 0130 00", Category::BankAccount),
        ("paid with 4111 1111 1111 1111", "4111 1111 1111 1111", Category::CreditCard),
        ("logged in from 192.0.2.7 again", "192.0.2.7", Category::IpAddress),
        (
            "számla HU42 1177 3016 1111 1018 0000 0000",
            "HU42 1177 3016 1111 1018 0000 0000",
            Category::BankAccount,
        ),
        ("codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S", Category::NationalIdentifier),
        ("PESEL 44051401359", "44051401359", Category::NationalIdentifier),
        ("hetu 131052-308T", "131052-308T", Category::NationalIdentifier),
        ("Její číslo je Ř: +420 601 123 456", "+420 601 123 456", Category::PhoneNumber),
        ("pod nr 512 345 678 po 16", "512 345 678", Category::PhoneNumber),
        ("rodné číslo 736028/5163", "736028/5163", Category::NationalIdentifier),
        ("PESEL 44051401358, typed wrongly", "44051401358", Category::NationalIdentifier),
        ("M. Jean Dupont a appelé", "Jean Dupont", Category::Name),
        ("dzwonił marek sobczak w piątek", "marek sobczak", Category::Name),
        ("spoke with herr müller today", "müller", Category::Name),
        ("danke, lg steffi", "steffi", Category::Name),
        ("tóth krisztián keresett", "tóth krisztián", Category::Name),
        ("Kathleen O'Rourke rang", "Kathleen O'Rourke", Category::Name),
        ("Mw. Vermeulen-de Wit belde", "Vermeulen-de Wit", Category::Name),
        ("t.n.v. W. van Beek", "W. van Beek", Category::Name),
        ("klant Bouchra el Amrani belde", "Bouchra el Amrani", Category::Name),
        ("number +49 (0)30 901820 is hers", "+49 (0)30 901820", Category::PhoneNumber),
        ("am 12.03.1985 in Linz geboren", "12.03.1985", Category::DateOfBirth),
    ] {
        assert_eq!(found(text), [(piece.to_owned(), category)], "{text}");
    }
}

#[test]
fn an_address_is_found_with_the_postal_code_of_its_country() {
    for address in [
        "Mariahilfer Straße 12, 1060 Wien",
        "Kerkstraat 4, 2000 Antwerpen",
        "Ledra Street 12, 1011 Nicosia",
        "Vinohradská 12, 120 00 Praha",
        "Hauptstraße 12, D-10115 Berlin",
        "Vestergade 3, 1456 København",
        "Calle Mayor 5, 28013 Madrid",
        "Mannerheimintie 5, 00100 Helsinki",
        "12 rue de la Paix, 75002 Paris",
        "221B Baker Street, London NW1 6XE",
        "Ερμού 15, 105 63 Αθήνα",
        "1051 Budapest, Kossuth utca 2",
        "14 Merrion Street, Dublin 2, D02 AF30",
        "Laugavegi 12, 101 Reykjavík",
        "Via Roma 3, 00184 Roma",
        "Gedimino gatvė 9, LT-01103 Vilnius",
        "12 rue de la Gare, L-1611 Luxembourg",
        "Brīvības iela 12, LV-1010 Rīga",
        "12 Republic Street, Valletta VLT 1117",
        "Kerkstraat 4, 1017 GC Amsterdam",
        "Storgata 12, 0184 Oslo",
        "ul. Długa 7/3, 00-950 Warszawa",
        "Rua Augusta 100, 1100-053 Lisboa",
        "Strada Lungă 8, 500035 Brașov",
        "Storgatan 9, 114 55 Stockholm",
        "Bahnhofstrasse 1, CH-8001 Zürich",
        "150 Elgin Street, Ottawa K2P 1L4",
    ] {
        let text = format!("please send it to {address} by friday");
        assert_eq!(found(&text), [(address.to_owned(), Category::Address)], "{text}");
    }
}

#[test]
fn look_alikes_are_left_alone() {
    for text in [
        "order 4711000123",
        "Invoice no. 2024-000123-77",
        "meeting 2024-05-01 at 10:30",
        "version 1.2.3",
        "epoch 1732000000",
        "DE00 3704 0044 0532 0130 00",
        "4111 1111 1111 1112",
        "total 1.234.567,00",
        "health check endpoint",
        "SKU-000123 and AB-778-221",
        "@home a@b",
        "failed at 2024-05-06T10:31:22Z, request 2024/118",
        "ofertę nr 77/2024",
        "12 34 56 78 90 12 34 56 78",
        "On 12 Feb 2024, at 14:05",
        "Levering 12-06-2024 tussen 08.00 en 12.00",
        "Virgen del Mar S.A. y la Parroquia Digital S.L.",
        "batch +210 8877 665544 and part 00421-234",
        "part 00-950, box 4050-031, bay D02 AF30",
        "rack VLT 1117 and cable K2P 1L4",
        "marek and the others",
        "best",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

/// What a reader may look up and cut out for each byte, at most.
const WORK_PER_BYTE: usize = 40;

/// How often a word is looked up or a piece cut out while a text is read.
fn work(text: &str) -> usize {
    words::WORK.set(0);
    spans(text);
    words::WORK.get()
}

#[test]
fn texts_made_to_be_slow_are_read_in_linear_time() {
    // All within one part, as parts are read one after the other.
    const LENGTH: usize = PART / 2;
    let pieces = [
        "Anna ",
        "van ",
        "Via ",
        "12 ",
        "Anna-",
        "geb. ",
        "a(at)",
        "insulin ",
        "de ",
        "Jan,",
        "1.1.",
        "A1 ",
        "///",
        "1111111_",
        "a",
        "a.",
        "1 ",
        "@",
        "a@",
        "DE89 ",
        "+1",
        "ABCDEF",
        "('",
        "0 1 ",
        "123456 ",
        "Tel 12 ",
        "BSN 111 ",
        "1985 ",
        "12. März ",
        "von A ",
        "A. van ",
        "pan kowalski ",
        "jan ",
        "jan-",
        "Patient: ",
        "depression ",
        "CGIL ",
        "knee broken ",
        "Paolo con marito ",
        "Anna Quandersby rang ",
        "Quandersby q.quandersby@a.bc ",
        "no diagnosis ",
        "Str. 1 ",
    ];
    for piece in pieces {
        let (once, twice) =
            (piece.repeat(LENGTH / piece.len()), piece.repeat(2 * LENGTH / piece.len()));
        let (once, twice) = (work(&once), work(&twice));
        assert!(once <= WORK_PER_BYTE * LENGTH, "{piece}: {once}");
        assert!(twice <= 2 * once + once / 10 + 400, "{piece}: {once}, twice as long {twice}");
    }
}

proptest! {
    #[test]
    fn any_text_gives_ordered_spans_within_it(text in "\\PC{0,200}") {
        let length = text.chars().count();
        let mut end = 0;
        for span in spans(&text) {
            prop_assert!(end <= span.start && span.start < span.end && span.end <= length);
            end = span.end;
        }
    }

    #[test]
    fn digits_and_separators_do_no_harm(text in "[0-9 +()./A-Z@-]{0,300}") {
        spans(&text);
    }
}

#[test]
fn what_the_text_speaks_of_is_named() {
    for (text, category) in [
        ("wurde wegen Burnout krankgeschrieben", SpecialCategory::Health),
        ("membre de la CGT", SpecialCategory::Union),
        ("is on insulin", SpecialCategory::Health),
        ("attends mosque", SpecialCategory::Religion),
        ("Parteimitglied der Grünen", SpecialCategory::Politics),
        ("pobyt w szpitalu", SpecialCategory::Health),
        ("votes for Labour", SpecialCategory::Politics),
        ("trans woman", SpecialCategory::SexualOrientation),
        ("convicted of fraud", SpecialCategory::Criminal),
        ("DNA test showed", SpecialCategory::Genetic),
        ("face scan for entry", SpecialCategory::Biometric),
        ("páciens nikkelallergiás", SpecialCategory::Health),
        ("givaren har leversjukdom", SpecialCategory::Health),
        ("parti o tornozelo ontem", SpecialCategory::Health),
        ("lonkka murtui viikonloppuna", SpecialCategory::Health),
        ("stemt al jaren SGP", SpecialCategory::Politics),
        ("działa w Solidarności", SpecialCategory::Union),
        ("his mother is of Kurdish origin", SpecialCategory::Ethnicity),
    ] {
        assert_eq!(special(text), [category], "{text}");
    }
}

#[test]
fn words_that_only_look_special_are_left_alone() {
    for text in [
        "health check endpoint",
        "political map of sales territories",
        "union of two tables",
        "Krankenhaus Software GmbH",
        "Catholic school district (customer)",
        "race condition",
        "gay-friendly hotel chain list",
        "criminally good offer",
        "depression in the market",
        "genetic algorithm",
        "fingerprint of the certificate",
        "union select",
        "healthy margin",
        "the party starts at eight",
        "she is not a union member",
        "no known allergies",
        "the printer is sick again",
        "Winda choruje, serwis jutro",
        "Ladestanderen strejker, montør torsdag",
        "Nemocniční lůžka s.r.o. dodají 20 matrací",
        "PS: delegate list attached",
        "the table knee joint was delivered",
    ] {
        assert_eq!(special(text), [], "{text}");
    }
}

#[test]
fn names_of_companies_streets_places_and_days_are_not_of_people() {
    for text in [
        "Krankenhaus Müller GmbH",
        "Johnson & Johnson",
        "Rue Victor Hugo",
        "Mercedes",
        "April",
        "Jordan",
        "Paris",
        "Meeting Monday",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_text_longer_than_a_part_is_read_as_a_whole() {
    let text = format!("{}é ada@example.org", "Nothing to see here. ".repeat(5_000));
    let length = text.chars().count();
    let spans = spans(&text);
    assert_eq!(spans, [TextSpan { start: length - 15, end: length, category: Category::Email }]);
}
