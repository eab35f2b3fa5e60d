-- A Polish clinic's system that nobody here has a pack for: names in Polish, keys named for what they
-- identify, references partly without foreign keys.
CREATE SCHEMA przychodnia;
SET search_path = przychodnia;
CREATE TABLE lekarze (
    id_lekarza serial PRIMARY KEY, imie text, nazwisko text, nr_pwz text, email text);
CREATE TABLE pacjenci (
    id_pacjenta serial PRIMARY KEY, imie text, nazwisko text, pesel text, data_ur date,
    plec char(1), zgoda_marketing boolean, sprzeciw_marketing boolean, sprzeciw_profilowanie boolean,
    przetwarzanie_ograniczone boolean, konto_zablokowane boolean, zmienil text, zmieniono timestamp);
CREATE TABLE kontakty_pacjentow (
    id serial PRIMARY KEY, id_pacjenta int NOT NULL REFERENCES pacjenci, email text, telefon text,
    glowny boolean, zmodyfikowane_przez text);
CREATE TABLE wizyty (
    id_wizyty serial PRIMARY KEY, id_pacjenta int NOT NULL REFERENCES pacjenci,
    id_lekarza int REFERENCES lekarze, termin timestamp, powod text);
CREATE TABLE rozpoznania (
    id serial PRIMARY KEY, id_wizyty int NOT NULL REFERENCES wizyty, kod_icd10 text, opis text,
    utworzyl text);
CREATE TABLE recepty (
    nr_recepty text PRIMARY KEY, id_rozpoznania int NOT NULL REFERENCES rozpoznania, lek text,
    dawka text);
CREATE TABLE wyslane_sms (
    id serial PRIMARY KEY, id_pacjenta int, numer text, tresc text, wyslano timestamp);
CREATE TABLE zgody (
    id serial PRIMARY KEY, id_pacjenta int NOT NULL REFERENCES pacjenci, kanal text,
    stan text CHECK (stan IN ('oczekuje', 'udzielona', 'cofnieta')), data_zgody timestamp);
CREATE TABLE slownik_icd (kod text PRIMARY KEY, nazwa text);
CREATE TABLE dziennik_zdarzen (
    id serial PRIMARY KEY, kto text, co text, kiedy timestamp, adres_ip inet);
CREATE TABLE lista_oczekujacych (id_pacjenta int REFERENCES pacjenci, od date, uwagi text);
ALTER TABLE lista_oczekujacych REPLICA IDENTITY FULL;

INSERT INTO lekarze (imie, nazwisko, nr_pwz, email)
    VALUES ('Ewa', 'Kanarienvogel', '5425740', 'ewa@przychodnia.example');
INSERT INTO pacjenci (imie, nazwisko, pesel, data_ur, plec, zmienil)
    SELECT 'Jan', 'Kanarienvogel', lpad((44051401000 + i)::text, 11, '0'),
        date '1944-05-14' + i, 'M', 'recepcja' FROM generate_series(1, 60) i;
INSERT INTO kontakty_pacjentow (id_pacjenta, email, telefon, glowny)
    SELECT i, 'kanarienvogel' || i || '@example.org', '+48 22 555 0' || 100 + i, true
    FROM generate_series(1, 60) i;
INSERT INTO wizyty (id_pacjenta, id_lekarza, termin, powod)
    SELECT i, 1, now(), 'kontrola' FROM generate_series(1, 60) i;
INSERT INTO rozpoznania (id_wizyty, kod_icd10, opis, utworzyl)
    SELECT i, 'E11.9', 'cukrzyca typu 2', 'ewa' FROM generate_series(1, 60) i;
INSERT INTO recepty SELECT 'R' || i, i, 'metformina', '500 mg' FROM generate_series(1, 60) i;
INSERT INTO wyslane_sms (id_pacjenta, numer, tresc, wyslano)
    SELECT i, '+48 22 555 0' || 100 + i, 'wizyta jutro', now() FROM generate_series(1, 60) i;
INSERT INTO zgody (id_pacjenta, kanal, stan) SELECT i, 'sms', 'udzielona' FROM generate_series(1, 60) i;
INSERT INTO dziennik_zdarzen (kto, co, kiedy, adres_ip)
    SELECT 'ewa', 'logowanie', now(), '192.0.2.7' FROM generate_series(1, 60) i;
