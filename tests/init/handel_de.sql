-- A German trading company's CRM that nobody here has a pack for: three schemas that refer to one another by
-- names of columns alone, wishes as flags of each channel, as rows, and as tokens of a double opt-in.
CREATE SCHEMA kern;
CREATE SCHEMA werbung;
CREATE SCHEMA recht;
CREATE TABLE kern.person (
    person_id bigint PRIMARY KEY, vorname text, nachname text, email text, telefon text,
    geburtsdatum date, werbung_email boolean, werbung_sms boolean, keine_post boolean,
    kein_profiling boolean, verarbeitung_gesperrt boolean, email_geprueft boolean,
    reklamation boolean, geaendert_von text, kontakt_email char(60), werbung_fax char(1));
CREATE TABLE kern.auftrag (
    auftrag_id bigint PRIMARY KEY, person_id bigint, lieferadresse text, angelegt_von text);
CREATE TABLE kern.kampagne (kampagne_id int PRIMARY KEY, titel text);
CREATE TABLE werbung.praeferenzen (
    id bigint PRIMARY KEY, person_id bigint, kanal text CHECK (kanal IN ('email', 'sms', 'telefon')),
    wahl text CHECK (wahl IN ('ja', 'nein')), geaendert_von text);
CREATE TABLE werbung.doi_token (
    token text PRIMARY KEY, person_id bigint, email text,
    zustand text CHECK (zustand IN ('offen', 'bestaetigt')), angefordert_am timestamptz);
CREATE TABLE werbung.zustellung (
    zustellung_id bigint PRIMARY KEY, person_id bigint, kampagne_id int,
    zustand text CHECK (zustand IN ('geplant', 'zugestellt')));
CREATE TABLE werbung.mail_versand (
    id bigint PRIMARY KEY, person_id bigint, empfaenger_email text, telefon text, betreff text);
CREATE TABLE werbung.sms_versand (
    id bigint PRIMARY KEY, person_id bigint, mobilnummer text, email text);
CREATE TABLE werbung.zustellung_fehler (
    id bigint PRIMARY KEY, zustellung_id bigint, meldung text);
CREATE TABLE werbung.listenmitglied (
    liste_id int, person_id bigint, PRIMARY KEY (liste_id, person_id));
CREATE TABLE recht.anfrage (
    anfrage_id bigint PRIMARY KEY, person_id bigint, art text, eingegangen_am date);
CREATE TABLE recht.portal_wahl (
    id bigint PRIMARY KEY, person_id bigint, thema text, wahl text);
CREATE TABLE recht.datenkopie (
    id bigint PRIMARY KEY, anfrage_id bigint, person_id bigint, email text, telefon text);

INSERT INTO kern.person SELECT i, 'Ada', 'Kanarienvogel', 'kanarienvogel' || i || '@example.org',
    '+49 30 90182' || 100 + i, date '1960-01-01' + i * 97, true, false, false, false, false, true,
    false, 'eva' FROM generate_series(1, 60) i;
INSERT INTO kern.auftrag SELECT i, i, 'Kanarienvogel, Am Ring ' || i || ', 10115 Berlin', 'eva'
    FROM generate_series(1, 60) i;
INSERT INTO kern.kampagne VALUES (1, 'Herbst');
INSERT INTO werbung.praeferenzen SELECT i, i, 'email', 'ja', 'eva' FROM generate_series(1, 60) i;
INSERT INTO werbung.doi_token SELECT md5(i::text), i, 'kanarienvogel' || i || '@example.org',
    'bestaetigt', now() FROM generate_series(1, 60) i;
INSERT INTO werbung.zustellung SELECT i, i, 1, 'zugestellt' FROM generate_series(1, 60) i;
INSERT INTO werbung.mail_versand SELECT i, i, 'kanarienvogel' || i || '@example.org',
    '+49 30 90182' || 100 + i, 'Herbst' FROM generate_series(1, 60) i;
INSERT INTO werbung.sms_versand SELECT i, i, '+49 170 90182' || 100 + i,
    'kanarienvogel' || i || '@example.org' FROM generate_series(1, 60) i;
INSERT INTO werbung.zustellung_fehler SELECT i, i, 'Postfach voll' FROM generate_series(1, 60) i;
INSERT INTO werbung.listenmitglied SELECT 1, i FROM generate_series(1, 60) i;
INSERT INTO recht.anfrage SELECT i, i, 'auskunft', current_date FROM generate_series(1, 60) i;
INSERT INTO recht.portal_wahl SELECT i, i, 'angebote', 'an' FROM generate_series(1, 60) i;
INSERT INTO recht.datenkopie SELECT i, i, i, 'kanarienvogel' || i || '@example.org',
    '+49 30 90182' || 100 + i FROM generate_series(1, 60) i;
