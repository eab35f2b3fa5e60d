-- A clinic and a gym, in Hungarian and Greek; half of it under names that say nothing.
CREATE TABLE paciens (
    paciens_id int PRIMARY KEY, -- user.unique_id
    vezeteknev text, -- user.name.last
    keresztnev text, -- user.name.first
    szul_ido date, -- user.demographic.date_of_birth
    szul_hely text, -- user.demographic.date_of_birth
    anyja_neve text, -- user.name
    taj text, -- user.government_id.national_identification_number
    lakcim text, -- user.contact.address
    mobil text, -- user.contact.phone_number
    nem text, -- user.demographic.gender
    vercsoport text, -- user.health_and_medical
    aktiv boolean
);
INSERT INTO paciens SELECT i, gen.one(i,'l','Szabó|Kovács|Horváth|Varga|Gyarmati|Zsigmond|Pálfi|Bíró|Takács|Fekete|Mészáros|Lengyel'), gen.one(i,'f','Ágnes|Gergő|László|Ildikó|Zsófia|Csaba|Enikő|Béla|Tünde|Attila'),
 gen.born(i), gen.one(i,'h','Pécs|Szeged|Győr|Eger'), gen.one(i,'m','Szabó Ilona|Varga Mária|Tóth Erzsébet|Kiss Judit|Nagy Katalin|Balogh Piroska|Molnár Éva|Farkas Rozália|Papp Zsuzsanna|Juhász Etelka|Lakatos Magda'), gen.taj(i),
 gen.like(i,'z','10## Budapest, ') || gen.one(i,'u','Kossuth utca|Rákóczi út|Váci körút') || ' ' || i%70+1 || '.', gen.like(i,'t','+36 30 ### ####'), gen.one(i,'n','férfi|nő'), gen.one(i,'v','A+|0-|B+|AB+'), true FROM generate_series(1,250) i;
CREATE TABLE vizsgalat (
    id bigint,
    paciens_id int, -- user.unique_id
    datum date,
    bno_kod text, -- user.health_and_medical
    panasz text, -- user.health_and_medical
    javaslat text, -- user.health_and_medical
    orvos_kod text,
    dij numeric
);
INSERT INTO vizsgalat SELECT i, 1+i%250, gen.day(i,'d'), gen.one(i,'b','I10|E11|J45|F32|M54.5|K29'), gen.prose(i,'Három napja fáj a háta.|Fejfájás, szédülés reggelente.|Magas vérnyomás miatt jött.'), gen.prose(i,'Pihenés, fájdalomcsillapító.|Kontroll két hét múlva.|Labor, majd újra.'), gen.like(i,'o','D##'), 5000+i FROM generate_series(1,300) i;
CREATE TABLE t_0042 (
    c1 int,
    c2 text, -- user.name
    c3 text, -- user.contact.phone_number
    c4 text, -- user.contact.email
    c5 date, -- user.demographic.date_of_birth
    c6 text, -- user.contact.address.street
    c7 text,
    c8 text, -- user.government_id.national_identification_number
    c9 text,
    c10 numeric,
    c11 text, -- user.financial.bank_account
    c12 text -- user.content.private
);
INSERT INTO t_0042 SELECT i, gen.one(i,'l','Παπαδόπουλος|Νικολάου|Γεωργίου|Οικονόμου|Δημητρίου|Αγγελόπουλος|Βασιλείου|Κωνσταντίνου') || ' ' || gen.one(i,'f','Γιώργος|Ελένη|Δημήτρης|Κατερίνα|Σπύρος|Μαρία|Νίκος|Ιωάννα'),
 gen.like(i,'t','69########'), 'pel' || i || '@mail.example', gen.born(i), gen.one(i,'u','Ερμού|Πατησίων|Αθηνάς|Σταδίου|Λεωφ. Κηφισίας') || ' ' || 1+i%150, gen.one(i,'s','ενεργός|ανενεργός'), gen.amka(i), gen.like(i,'k','SUB-2024-####'), 30+i%5, gen.iban('GR','1627',gen.like(i,'b','0110###000000123#######')),
 gen.prose(i,'Πόνος στο γόνατο μετά την προπόνηση, να αποφεύγει άλματα.|Ζήτησε πάγωμα συνδρομής λόγω μετακόμισης στην Πάτρα.|Έρχεται μόνο τα πρωινά με την αδελφή της.') FROM generate_series(1,300) i;
CREATE TABLE berlet (
    id int,
    tag_azon text, -- user.unique_id
    tipus text,
    ervenyes_tol date,
    ervenyes_ig date,
    ar_ft int
);
INSERT INTO berlet SELECT i, 'T'||1000+i, gen.one(i,'t','havi|éves|napi'), gen.day(i,'a'), gen.day(i,'a')+30, 9000 FROM generate_series(1,200) i;
CREATE TABLE adat (
    k1 uuid,
    v1 text, -- user.name.first
    v2 text, -- user.name.last
    v3 text, -- user.contact.email
    v4 text, -- user.contact.phone_number
    v5 text, -- user.government_id.national_identification_number
    v6 text, -- user.contact.address
    v7 text,
    v8 timestamptz,
    v9 text,
    v10 bigint
);
INSERT INTO adat SELECT md5(i::text)::uuid, gen.one(i,'f','Dóra|Kinga|Bence|Máté|Levente|Réka|Zoltán|Erzsébet|Noémi|Gábor|István|Piroska'), gen.one(i,'l','Bartos|Szűcs|Hegedűs|Oláh|Somogyi|Vörös|Dudás|Szalai|Kelemen|Fodor|Pintér|Orosz'),
 gen.plain(gen.one(i,'q','dora|kinga|bence|mate'))||i||'@freemail.example', gen.like(i,'t','06 20 ### ####'), gen.taj(i), gen.like(i,'z','40## Debrecen, ') || gen.one(i,'u','Piac utca|Bem tér|Simonffy u.') || ' ' || i%50+1 || '/' || gen.one(i,'e','A|B'), gen.like(i,'s','v#.#.#'), now(), md5(i||'t'), 1700000000+i*3600 FROM generate_series(1,250) i;
CREATE TABLE eszkoz (
    id int,
    megnevezes text,
    gyarto text,
    sorozatszam text,
    helyiseg text,
    leiras text,
    telefon_mellek text
);
INSERT INTO eszkoz SELECT i, gen.one(i,'m','Futópad|Ultrahang|EKG készülék|Fogászati szék'), gen.one(i,'g','Siemens|Philips|Kovács Kft.|Technogym'), gen.like(i,'s','SN########'), gen.one(i,'h','1. rendelő|Labor'), gen.prose(i,'Karbantartás félévente, garancia két év.|Selejtezésre vár, alkatrész nincs hozzá.|Új motor került bele.'), gen.like(i,'t','1##') FROM generate_series(1,90) i;
CREATE TABLE feladat_sor (
    id bigint,
    queue text,
    payload text,
    attempts int,
    available_at int,
    created_at int
);
INSERT INTO feladat_sor SELECT i, 'default', '{"job":"RebuildIndex","n":'||i||'}', i%3, 1700000000+i*60, 1700000000+i*50 FROM generate_series(1,200) i;
