-- A nursery and a sports club, in Dutch and German.
CREATE TABLE kind (
    kind_nr int PRIMARY KEY, -- user.unique_id
    roepnaam text, -- user.name.first
    tussenv text, -- ?
    achternaam text, -- user.name.last
    gebdat date, -- user.demographic.date_of_birth
    bsn text, -- user.government_id.national_identification_number
    allergie text, -- user.health_and_medical
    huisarts text, -- ?
    ouder1_tel text, -- user.contact.phone_number
    ouder1_mail text, -- user.contact.email
    groep text,
    uitschr date
);
INSERT INTO kind SELECT i, gen.one(i,'f','Fenna|Jurre|Lotte|Thijs|Noor|Siem|Evi|Mees|Saar|Bram'), gen.one(i,'t','van|de|van der|'), gen.one(i,'l','Wouters|Hoekstra|Vermeer|Postma|Kuipers|Dijkstra|Bosman|Visser|Timmer|Schouten'), date '2019-01-01'+(gen.r(i,'g',1500))::int, gen.like(i,'b','1########'), CASE WHEN i%3=0 THEN gen.one(i,'a','noten|lactose|bijensteek') END, 'praktijk '||gen.one(i,'h','Noord|West'), gen.like(i,'p','06########'), 'ouder'||i||'@thuis.example', gen.one(i,'q','dreumesen|peuters|kleuters'), NULL FROM generate_series(1,220) i;
CREATE TABLE opvangdag (
    id bigint,
    kind_nr int, -- user.unique_id
    dag date,
    van_tijd time,
    tot_tijd time,
    opgehaald_door text, -- user.name
    bijz text -- user.content.private
);
INSERT INTO opvangdag SELECT i, 1+i%220, gen.day(i,'d'), '08:00', '17:30', gen.one(i,'f','Ineke Wouters|Sjoerd Postma|Tineke Visser|Harm Kuipers|Gerda Bosman|Wim Schouten|Marjan Timmer|Klaas Dijkstra|Rianne Vermeer|Jeroen Hoekstra'), CASE WHEN i%2=0 THEN gen.prose(i,'Was een beetje hangerig na het slapen.|Heeft goed gegeten en lang buiten gespeeld.|Oma haalt morgen op, mama heeft gebeld.') END FROM generate_series(1,300) i;
CREATE TABLE mitgl (
    mnr text, -- user.unique_id
    anr text, -- ?
    vn text, -- user.name.first
    nn text, -- user.name.last
    str_hnr text, -- user.contact.address.street
    plz_ort text, -- user.contact.address
    fon text, -- user.contact.phone_number
    geb date, -- user.demographic.date_of_birth
    iban text, -- user.financial.bank_account
    kto_inh text, -- user.name
    eintritt date,
    beitr_kl text,
    bem text -- user.content.private
);
INSERT INTO mitgl SELECT 'M'||10000+i, gen.one(i,'a','Herr|Frau'), gen.one(i,'f','Heiko|Silke|Jürgen|Antje|Detlef|Birgit|Uwe|Katrin|Torben|Wiebke'), gen.one(i,'l','Petersen|Hansen|Lüders|Kröger|Behrens|Thomsen|Brandt|Voß|Ahlers|Clausen'), gen.one(i,'s','Deichstr.|Am Hafen|Mühlenweg|Kirchplatz') || ' ' || i%60+1, gen.like(i,'p','25### ') || gen.one(i,'o','Husum|Heide|Büsum'), gen.like(i,'t','04841/#####'), gen.born(i), gen.iban('DE','1314',gen.like(i,'b','21750000##########')), gen.one(i,'f','Heiko|Silke|Jürgen|Antje') || ' ' || gen.one(i,'l','Petersen|Hansen|Lüders|Kröger|Behrens'), gen.day(i,'e'), gen.one(i,'k','E|F|J'), CASE WHEN i%2=0 THEN gen.prose(i,'Zahlt halbjährlich, Frau ist auch Mitglied.|Hat sich über den Platzwart beschwert.|Ehrung für vierzig Jahre steht an.') END FROM generate_series(1,260) i;
CREATE TABLE platz (
    id int,
    bez text,
    belag text,
    lage text,
    maps_url text
);
INSERT INTO platz SELECT i, gen.one(i,'b','Platz|Halle|Court') || ' ' || i, gen.one(i,'g','Asche|Rasen|Teppich'), gen.one(i,'l','Nord|Süd'), 'https://maps.example/?q=54.'||i FROM generate_series(1,70) i;
CREATE TABLE spiel (
    id int,
    heim text,
    gast text,
    anstoss timestamptz,
    ergebnis text,
    liga text
);
INSERT INTO spiel SELECT i, gen.one(i,'h','TSV Husum|SV Heide|MTV Büsum|FC Tönning'), gen.one(i,'g','TSV Husum|SV Heide|MTV Büsum|FC Tönning'), now(), i%5||':'||i%3, gen.one(i,'l','Kreisliga|Bezirksliga') FROM generate_series(1,120) i;
CREATE TABLE sponsor (
    id int,
    firma text,
    ort text,
    paket text,
    ansprechp text, -- user.name
    email text -- ?
);
INSERT INTO sponsor SELECT i, gen.one(i,'f','Autohaus Hansen|Bäckerei Petersen|Elektro Voß|Fischhandel Clausen') || gen.one(i,'g',' GmbH| KG'), gen.one(i,'o','Husum|Heide'), gen.one(i,'p','Gold|Silber'), gen.one(i,'a','Ute Clausen|Jan Voß|Maike Ahlers|Ralf Brandt|Imke Thomsen|Sönke Behrens|Gesa Kröger|Arne Lüders|Telse Hansen|Hauke Petersen'), 'info@firma'||i||'.example' FROM generate_series(1,80) i;
CREATE TABLE einstellung (
    schluessel text,
    wert text
);
INSERT INTO einstellung SELECT 'opt.'||i, gen.one(i,'w','true|false|30|vorstand@verein.example|Europe/Berlin|de_DE') FROM generate_series(1,60) i;
