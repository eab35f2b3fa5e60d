-- A Finnish gym with physiotherapy, and its doors.
CREATE TABLE asiakasrekisteri (
    asiakasnumero int PRIMARY KEY, -- user.unique_id
    etunimet text, -- user.name.first
    sukunimi text, -- user.name.last
    kutsumanimi text, -- user.name.first
    hetu text, -- user.government_id.national_identification_number
    sahkoposti text, -- user.contact.email
    matkapuhelin text, -- user.contact.phone_number
    katuosoite text, -- user.contact.address.street
    postinro text, -- user.contact.address.postal_code
    postitoimipaikka text, -- user.contact.address.city
    huoltajan_nimi text, -- user.name
    huoltajan_puh text, -- user.contact.phone_number
    aidinkieli text, -- user.demographic.language
    pituus_cm int, -- ?
    paino_kg numeric(5,1), -- user.health_and_medical
    sairaudet text, -- user.health_and_medical
    markkinointilupa boolean,
    kortin_tunniste text, -- ?
    kuva_polku text -- user.content.self_image
);
INSERT INTO asiakasrekisteri SELECT i, gen.one(i,'f','Eero Johannes|Saimi|Pirkko Liisa|Jarno|Veera|Toivo'), gen.one(i,'l','Heikkinen|Karjalainen|Salo|Turunen|Lampinen|Rautio'), gen.one(i,'f','Eero|Saimi|Pirkko|Jarno|Veera|Toivo'), gen.hetu(i), 'j'||i||'@posti.example', gen.like(i,'m','04# ### ####'), gen.one(i,'s','Mäkitie|Rantakatu|Koulukatu')||' '||i%50+1||' A '||i%9, gen.like(i,'p','#####'), gen.one(i,'c','KUOPIO|LAHTI|VAASA'), CASE WHEN i%4=0 THEN gen.one(i,'h','Heikki Salo|Marja Turunen|Liisa Rautio|Matti Lampinen|Antti Heikkinen') END, CASE WHEN i%4=0 THEN gen.like(i,'q','050 ### ####') END, gen.one(i,'k','suomi|ruotsi|venäjä'), 150+i%50, 50+i%60, CASE WHEN i%3=0 THEN gen.one(i,'z','astma|verenpaine|selkäkipu') END, i%2=0, md5(i::text), '/kuvat/jasen/'||i||'.jpg' FROM generate_series(1,160) i;
CREATE TABLE jasenyydet (
    id int,
    asiakasnumero int, -- user.unique_id
    tuote text,
    alkaa date,
    paattyy date,
    kuukausimaksu numeric(7,2),
    irtisanomisen_syy text, -- ?
    tila text
);
INSERT INTO jasenyydet SELECT i, 1+i%160, gen.one(i,'t','Kuntosali 12 kk|Ryhmäliikunta'), gen.day(i,'a'), gen.day(i,'b'), 49.9, gen.one(i,'s','muutto|hinta|'), gen.one(i,'q','voimassa|päättynyt') FROM generate_series(1,150) i;
CREATE TABLE fysio_kaynti (
    kaynti_id int,
    asiakas text, -- user.name
    tulosyy text, -- user.health_and_medical
    esitiedot text, -- user.health_and_medical
    tutkimus text, -- user.health_and_medical
    terapeutti text,
    kesto_min int,
    jatkosuunnitelma text -- *
);
INSERT INTO fysio_kaynti SELECT i, gen.one(i,'f','Eero|Saimi|Jarno|Veera|Toivo')||' '||gen.one(i,'l','Heikkinen|Karjalainen|Salo|Turunen'), gen.one(i,'t','olkapääkipu|polven nivelrikko|niskajännitys'), gen.prose(i,'Leikattu polvi vuonna 2019, sen jälkeen turvotusta.|Ollut sairauslomalla selän takia kaksi viikkoa.'), gen.prose(i,'Olkanivelen liikerata rajoittunut.|Lihasvoima alentunut oikealla.'), gen.one(i,'x','ml|ak'), 45, gen.prose(i,'Kotiharjoitteet kolmesti viikossa, kontrolli kuukauden päästä.|Ohjataan lääkärille.') FROM generate_series(1,110) i;
CREATE TABLE ovi_tapahtuma (
    id bigint,
    ovi text,
    kortti text, -- ?
    asiakas_nimi text, -- user.name
    aika timestamptz,
    tulos text
);
INSERT INTO ovi_tapahtuma SELECT i, gen.one(i,'o','pääovi|takaovi'), gen.like(i,'k','0004######'), gen.one(i,'f','Eero|Saimi|Jarno|Veera|Toivo')||' '||gen.one(i,'l','Heikkinen|Karjalainen|Salo|Turunen'), now(), gen.one(i,'t','avattu|hylätty') FROM generate_series(1,200) i;
CREATE TABLE palautteet (
    id int,
    lahettaja text, -- user.name
    yhteystieto text, -- user.contact
    viesti text, -- user.content.private
    kasitelty boolean
);
INSERT INTO palautteet SELECT i, gen.one(i,'f','Eero|Saimi|Jarno|Veera|Toivo')||' '||gen.one(i,'l','Heikkinen|Karjalainen|Salo|Turunen'), CASE WHEN i%2=0 THEN 'p'||i||'@posti.example' ELSE gen.like(i,'m','+358 40 ### ####') END, gen.prose(i,'Suihkut olivat taas kylmät aamulla.|Kiitos ohjaajalle mukavasta tunnista!|Haluaisin perua jäsenyyteni muuton vuoksi.'), false FROM generate_series(1,90) i;
CREATE TABLE ryhmatunnit (
    id int,
    nimi text,
    ohjaaja text, -- ?
    sali text,
    paikkoja int,
    kuvaus text
);
INSERT INTO ryhmatunnit SELECT i, gen.one(i,'n','Aamujooga|BodyPump|Selkäjumppa|Lauantai-Zumba'), gen.one(i,'o','Minna|Pasi|Tiina'), gen.one(i,'s','Sali 1|Sali 2'), 20, gen.prose(i,'Rauhallinen tunti kaikentasoisille.|Sykettä nostava treeni musiikin tahtiin.') FROM generate_series(1,40) i;
CREATE TABLE laitteet (
    laite_id int,
    merkki text,
    malli text,
    sarjanro text,
    huolto_pvm date,
    huoltofirma text,
    vika text
);
INSERT INTO laitteet SELECT i, gen.one(i,'m','Technogym|Life Fitness'), gen.one(i,'a','Run 700|Bike X3'), gen.like(i,'s','SN########'), gen.day(i,'h'), 'Huolto Virtanen Oy', gen.one(i,'v','hihna kulunut|näyttö pimeä|') FROM generate_series(1,60) i;
CREATE TABLE asetukset (
    avain text,
    arvo text,
    selite text
);
INSERT INTO asetukset SELECT 'k.'||i, gen.one(i,'a','true|30|fi'), gen.prose(i,'Kuinka monta päivää varausta säilytetään.|Näytetäänkö hinnat verollisina.') FROM generate_series(1,60) i;
