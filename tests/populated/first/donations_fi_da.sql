-- Donations, in Finnish and Danish.
CREATE TABLE lahjoittaja (
    tunnus int PRIMARY KEY, -- user.unique_id
    etunimi text, -- user.name.first
    sukunimi text, -- user.name.last
    hetu text, -- user.government_id.national_identification_number
    sposti text, -- user.contact.email
    puh text, -- user.contact.phone_number
    katuos text, -- user.contact.address.street
    pnro text, -- user.contact.address.postal_code
    ptp text, -- user.contact.address.city
    kieli text, -- user.demographic.language
    muistiinpano text, -- user.content.private
    lisatty date
);
INSERT INTO lahjoittaja SELECT i, gen.one(i,'f','Aino|Eero|Väinö|Kyllikki|Pirjo|Jussi|Sanna-Maria|Tuomas|Helmi|Onni'), gen.one(i,'l','Virtanen|Mäkelä|Heikkinen|Hämäläinen|Laine|Koskinen|Järvinen|Rantanen|Ylönen|Törmänen|Saarikivi'), gen.hetu(i), 'l'||i||'@posti.example', gen.like(i,'t','040 ### ####'),
 gen.one(i,'u','Mannerheimintie|Kauppakatu|Rantatie|Koivukuja') || ' ' || i%80+1 || ' ' || gen.one(i,'p','A 3|B 12|as. 4'), gen.like(i,'z','00##0'), gen.one(i,'k','Helsinki|Tampere|Oulu|Turku'), gen.one(i,'m','fi|sv|en'), gen.prose(i,'Soitti ja kysyi verovähennyksestä.|Haluaa lopettaa kuukausilahjoituksen.|Miesvainaja lahjoitti aikoinaan perinnön.'), gen.day(i,'x') FROM generate_series(1,250) i;
CREATE TABLE lahjoitus (
    id bigint,
    lahjoittaja_tunnus int, -- user.unique_id
    summa numeric,
    viitenumero text,
    pvm date,
    keraystunnus text,
    maksutapa text,
    viesti text, -- user.content.private
    tilinro text -- user.financial.bank_account
);
INSERT INTO lahjoitus SELECT i, 1+i%250, 10+i%90, gen.like(i,'v','1####### #####'), gen.day(i,'p'), gen.like(i,'k','RA/2023/###'), gen.one(i,'m','kortti|tilisiirto|mobilepay'), CASE WHEN i%2=0 THEN gen.prose(i,'Äidin muistolle.|Kiitos työstänne lasten hyväksi!|Onnea 50-vuotiaalle.') END, gen.iban('FI','1518',gen.like(i,'b','1########00###')) FROM generate_series(1,300) i;
CREATE TABLE bidragyder (
    id int PRIMARY KEY, -- user.unique_id
    fornavn text, -- user.name.first
    efternavn text, -- user.name.last
    cpr text, -- user.government_id.national_identification_number
    adr text, -- user.contact.address
    postnr_by text, -- user.contact.address
    mobil text, -- user.contact.phone_number
    epost text, -- user.contact.email
    kontonr text, -- user.financial.bank_account
    bem text, -- user.content.private
    nyhedsbrev boolean
);
INSERT INTO bidragyder SELECT i, gen.one(i,'f','Søren|Birthe|Jørgen|Åse|Mette|Rasmus|Kirsten|Freja|Villads|Bodil'), gen.one(i,'l','Jensen|Østergaard|Kjærgaard|Bak|Thygesen|Mogensen|Nørregaard|Lauridsen|Holm|Skov|Dahlgaard'), gen.cpr(i), gen.one(i,'u','Nørrebrogade|Algade|Strandvejen|Møllevej') || ' ' || i%99+1 || ', ' || i%5 || '. tv.', gen.like(i,'z','8##0 ') || gen.one(i,'k','Aarhus C|Odense|Vejle'), gen.like(i,'t','2# ## ## ##'), 'b'||i||'@post.example', gen.like(i,'b','5### ##########'), gen.prose(i,'Vil gerne ringes op i næste uge.|Har mistet sin mand i foråret.|Ønsker kvittering på brev.'), i%2=0 FROM generate_series(1,250) i;
CREATE TABLE hvervning (
    nr int,
    sted text,
    dato date,
    hverver_initialer text,
    navn_bidragyder text, -- user.name
    tlf text, -- user.contact.phone_number
    belob numeric,
    frekvens text
);
INSERT INTO hvervning SELECT i, gen.one(i,'s','Rådhuspladsen|Banegården|Bilka Tilst'), gen.day(i,'d'), gen.one(i,'h','MJ|KT|OBH'), gen.one(i,'f','Søren|Birthe|Jørgen|Åse|Mette') || ' ' || gen.one(i,'l','Bak|Thygesen|Mogensen|Nørregaard|Lauridsen|Holm'), gen.like(i,'t','30######'), 100, gen.one(i,'q','md|kvt|år') FROM generate_series(1,200) i;
CREATE TABLE keraykset (
    id int,
    nimi text,
    kuvaus text,
    alkaa date,
    paattyy date,
    tavoite numeric,
    vastuuhlo_lyhenne text
);
INSERT INTO keraykset SELECT i, gen.one(i,'n','Nälkäpäivä|Lastenklinikka|Joulukeräys|Aino-keräys|Hyvä Joulumieli|Punainen Risti'), gen.prose(i,'Kerätään varoja uuteen taloon.|Vuotuinen keräys kaduilla ja verkossa.|Lippaat jaetaan piireittäin.'), gen.day(i,'a'), gen.day(i,'a')+60, 10000, gen.one(i,'v','ak|jm') FROM generate_series(1,70) i;
CREATE TABLE postnumre (
    postnr text,
    bynavn text,
    kommune text,
    region text
);
INSERT INTO postnumre SELECT gen.like(i,'p','####'), gen.one(i,'b','Aarhus C|Vejle|Odense M|Skagen|Ribe|Holbæk'), gen.one(i,'k','Aarhus|Vejle|Odense'), gen.one(i,'r','Midtjylland|Syddanmark') FROM generate_series(1,200) i;
CREATE TABLE sys_jobs (
    id uuid,
    navn text,
    host text,
    status text,
    startet timestamptz,
    fejl text
);
INSERT INTO sys_jobs SELECT md5(i::text)::uuid, gen.one(i,'n','eksport|betalinger|backup'), gen.one(i,'h','srv-01|srv-02.intern'), gen.one(i,'s','ok|fejl'), now(), CASE WHEN i%4=0 THEN gen.prose(i,'Forbindelsen blev afbrudt efter timeout.|Filen findes allerede i mappen.') END FROM generate_series(1,150) i;
