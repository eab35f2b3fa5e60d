-- A Romanian charity: those who give, who help and who are helped, and what every system has beside them.
CREATE TABLE donatori (
    id_donator serial PRIMARY KEY, -- user.unique_id
    nume_complet varchar(120), -- user.name
    tip_donator varchar(10),
    cod_numeric_personal varchar(13), -- user.government_id.national_identification_number
    adresa_corespondenta text, -- user.contact.address
    localitate text, -- user.contact.address.city
    judet text, -- user.contact.address.state
    mobil text, -- user.contact.phone_number
    posta_electronica text, -- user.contact.email
    cont_iban text, -- user.financial.bank_account
    accept_newsletter boolean,
    formular_230 boolean,
    suma_totala numeric(12,2), -- ?
    observatii text, -- user.content.private
    data_inreg timestamptz
);
INSERT INTO donatori SELECT i, gen.one(i,'l','Dumitrache|Stănescu|Ilieș|Bratu|Cosma|Vasilescu|Moraru')||' '||gen.one(i,'f','Ionuț|Raluca|Ștefania|Bogdan|Cătălina|Doru|Anca'), gen.one(i,'t','PF|PJ'), gen.like(i,'c','1##')||to_char(gen.born(i),'MMDD')||gen.like(i,'d','######'), 'str. '||gen.one(i,'s','Mihai Eminescu|Avram Iancu|Horea')||' nr. '||i%80+1||', bl. '||i%9+1, gen.one(i,'o','Cluj-Napoca|Iași|Brăila|Sibiu|Turda'), gen.one(i,'j','Cluj|Iași|Brăila|Sibiu'), gen.like(i,'m','07########'), 'd'||i||'@'||gen.one(i,'p','posta.example|firma.example'), gen.iban('RO','2724','1011'||gen.like(i,'i','################')), i%2=0, i%3=0, i*3.5, gen.prose(i,'A cerut chitanță pentru anul trecut.|Preferă să fie sunat după ora 18.|Donează în memoria tatălui său.'), now() FROM generate_series(1,160) i;
CREATE TABLE donatii (
    nr_chitanta text,
    id_donator int, -- user.unique_id
    campanie_id int,
    suma numeric(10,2),
    moneda char(3),
    metoda text,
    donator_anonim boolean,
    mesaj text, -- user.content.private
    data_donatie date
);
INSERT INTO donatii SELECT 'CH'||lpad(i::text,6,'0'), 1+i%160, 1+i%6, 50+i, 'RON', gen.one(i,'m','card|transfer|numerar'), i%9=0, gen.prose(i,'Pentru copiii din spital, cu drag.|Sper să ajute familia Ionescu.|Felicitări pentru ce faceți!'), gen.day(i,'d') FROM generate_series(1,200) i;
CREATE TABLE voluntari (
    id int PRIMARY KEY, -- user.unique_id
    prenume text, -- user.name.first
    nume text, -- user.name.last
    nascut_la date, -- user.demographic.date_of_birth
    ocupatie text, -- user.job_title
    telefon_urgenta text, -- user.contact.phone_number
    persoana_urgenta text, -- user.name
    limbi_vorbite text, -- user.demographic.language
    alergii text, -- user.health_and_medical
    cazier_verificat_la date, -- ?
    marime_tricou text, -- ?
    cont_fb text, -- user.contact.url
    activ boolean
);
INSERT INTO voluntari SELECT i, gen.one(i,'f','Ionuț|Raluca|Ștefania|Bogdan|Cătălina|Doru|Anca'), gen.one(i,'l','Dumitrache|Stănescu|Ilieș|Bratu|Cosma|Vasilescu|Moraru'), gen.born(i), gen.one(i,'o','profesoară|inginer|studentă|pensionar|șofer'), gen.like(i,'t','+40 7## ### ###'), gen.one(i,'g','Maria Bratu|Elena Cosma|Vasile Moraru|Ana Ilieș|Ion Stănescu|Ioana Radu'), gen.one(i,'q','română, engleză|română|maghiară, română'), CASE WHEN i%3=0 THEN gen.one(i,'a','polen|nuci|penicilină') END, gen.day(i,'v'), gen.one(i,'m','S|M|L|XL'), 'https://www.facebook.com/'||gen.one(i,'f','ionut|raluca|stef|bogdan')||'.'||i, true FROM generate_series(1,90) i;
CREATE TABLE beneficiari_caz (
    caz_nr text,
    initiale text, -- ?
    etnie text, -- user.demographic.race_ethnicity
    cult_religios text, -- user.demographic.religious_belief
    grad_handicap text, -- user.health_and_medical
    nr_copii int, -- ?
    situatie_familiala text, -- *
    tutore_nume text, -- user.name
    evaluare_sociala text, -- *
    deschis_la date
);
INSERT INTO beneficiari_caz SELECT 'B-'||i, gen.one(i,'i','A.M.|C.D.|I.P.'), gen.one(i,'e','română|romă|maghiară'), gen.one(i,'c','ortodox|penticostal|romano-catolic'), gen.one(i,'g','fără|mediu|accentuat|grav'), i%5, gen.one(i,'s','mamă singură|căsătoriți|divorțată'), gen.one(i,'t','Lăcătuș Maria|Varga Ilona|Rostaș Gheorghe|Petre Ana|Munteanu Ioana|Szabó Erika'), gen.prose(i,'Familia locuiește într-o singură cameră fără apă curentă.|Copilul lipsește de la școală din cauza bolii mamei.'), gen.day(i,'d') FROM generate_series(1,70) i;
CREATE TABLE campanii (
    id int,
    denumire text,
    slug text,
    obiectiv_lei numeric,
    data_start date,
    descriere text,
    responsabil_id int
);
INSERT INTO campanii SELECT i, gen.one(i,'n','Ghiozdane pentru toți|Casa Maria|Vara Anei|Pâine caldă')||' '||2010+i, 'camp-'||i, 1000*i, gen.day(i,'s'), gen.prose(i,'Strângem fonduri pentru rechizite în zece sate.|Renovăm acoperișul centrului de zi din Turda.'), 1+i%4 FROM generate_series(1,30) i;
CREATE TABLE parteneri_corporate (
    cui text, -- ?
    denumire_firma text,
    persoana_contact text, -- user.name
    functia text, -- ?
    email_contact text, -- user.contact.email
    sediu text,
    nivel text
);
INSERT INTO parteneri_corporate SELECT gen.like(i,'c','RO########'), gen.one(i,'d','Alfa Logistic|Beta Foods|Gama Print')||' SRL', gen.one(i,'f','Ionuț|Raluca|Bogdan|Doru|Anca')||' '||gen.one(i,'l','Stănescu|Bratu|Cosma|Moraru'), gen.one(i,'g','director HR|administrator|PR manager'), gen.one(i,'f','ionut|raluca|bogdan|doru|anca')||'.'||gen.one(i,'l','stanescu|bratu|cosma|moraru')||'@firma'||i%9||'.example', 'Cluj-Napoca, str. Fabricii '||i, gen.one(i,'n','aur|argint') FROM generate_series(1,50) i;
CREATE TABLE localitati_siruta (
    siruta int,
    denumire text,
    judet text,
    populatie int,
    tip_uat text
);
INSERT INTO localitati_siruta SELECT 50000+i, gen.one(i,'d','Cluj-Napoca|Iași|Brăila|Sibiu|Turda|Dej|Gherla'), gen.one(i,'j','Cluj|Iași|Brăila|Sibiu'), i*100, gen.one(i,'t','oraș|comună') FROM generate_series(1,60) i;
CREATE TABLE trimitere_email (
    id bigint,
    catre text, -- user.contact.email
    subiect text,
    stare text,
    cod_eroare int,
    trimis_la timestamptz
);
INSERT INTO trimitere_email SELECT i, 'd'||i%160||'@posta.example', gen.one(i,'s','Chitanța dumneavoastră|Mulțumim!|Raport anual'), gen.one(i,'q','trimis|eșuat'), 0, now() FROM generate_series(1,150) i;
