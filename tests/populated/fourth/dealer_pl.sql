-- A Polish car dealer with a garage, abbreviated as such systems are.
CREATE TABLE kh_kontrahent (
    kh_id int PRIMARY KEY, -- user.unique_id
    kh_symbol text,
    kh_imie text, -- user.name.first
    kh_nazwisko text, -- user.name.last
    kh_pesel text, -- user.government_id.national_identification_number
    kh_nrdowodu text, -- user.government_id.national_identification_number
    kh_kod text, -- user.contact.address.postal_code
    kh_miejscowosc text, -- user.contact.address.city
    kh_ulica text, -- user.contact.address.street
    kh_nrdomu text, -- user.contact.address.street
    kh_komorka text, -- user.contact.phone_number
    kh_adresmail text, -- user.contact.email
    kh_zgodarodo boolean,
    kh_uwagi text, -- user.content.private
    kh_limit numeric(10,2)
);
INSERT INTO kh_kontrahent SELECT i, 'KL'||i, gen.one(i,'f','Zbigniew|Halina|Mariusz|Jolanta|Krystian|Edyta'), gen.one(i,'l','Wrona|Domański|Pietrzak|Kubiak|Sowa|Malec'), gen.pesel(i), gen.like(i,'d','ABC######'), gen.like(i,'k','##-###'), gen.one(i,'m','Kielce|Radom|Olsztyn|Zamość'), gen.one(i,'u','Polna|Leśna|Ogrodowa|Słoneczna'), (i%70+1)::text, gen.like(i,'t','6## ### ###'), 'k'||i||'@poczta.example', i%3>0, gen.prose(i,'Szuka auta rodzinnego do 80 tysięcy.|Żona woli automat, dzwonić po 16.|Poprzednio kupił u nas Fabię.'), 1000 FROM generate_series(1,150) i;
CREATE TABLE poj_pojazd (
    poj_id int,
    poj_vin text, -- ?
    poj_nrrej text, -- user.government_id.vehicle_registration
    poj_marka text,
    poj_model text,
    poj_rokprod int,
    poj_przebieg int,
    poj_wlasciciel int, -- user.unique_id
    poj_uwagi text -- ?
);
INSERT INTO poj_pojazd SELECT i, 'TMBJJ7NE'||gen.like(i,'v','#########'), gen.like(i,'r','TK #####'), gen.one(i,'m','Skoda|Ford|Kia'), gen.one(i,'o','Fabia|Focus|Ceed'), 2010+i%14, i*1000, 1+i%150, gen.prose(i,'Rysa na lewych drzwiach.|Brak drugiego kluczyka.') FROM generate_series(1,150) i;
CREATE TABLE jazda_probna (
    id int,
    klient text, -- user.name
    nr_prawa_jazdy text, -- user.government_id.drivers_license_number
    kategoria text, -- ?
    tel text, -- user.contact.phone_number
    pojazd_id int,
    handlowiec text,
    start_o timestamptz,
    opinia text -- user.content.private
);
INSERT INTO jazda_probna SELECT i, gen.one(i,'f','Zbigniew|Halina|Mariusz|Jolanta|Krystian')||' '||gen.one(i,'l','Wrona|Pietrzak|Kubiak|Sowa|Malec'), gen.like(i,'p','#####/##/####'), 'B', gen.like(i,'t','5########'), i%20, gen.one(i,'h','MK|TS|AW'), now(), gen.prose(i,'Zachwycony przyspieszeniem, wróci z żoną.|Fotel niewygodny przy jego wzroście.|Prosi o wycenę starego auta.') FROM generate_series(1,120) i;
CREATE TABLE zlecenie_serw (
    nr_zlec text,
    data_przyj date,
    zglaszajacy text, -- user.name
    zgl_tel text, -- user.contact.phone_number
    usterka text,
    mechanik text,
    robocizna numeric(9,2),
    nr_polisy text, -- ?
    stan text
);
INSERT INTO zlecenie_serw SELECT 'ZS/'||i||'/2024', gen.day(i,'d'), gen.one(i,'l','Wrona|Pietrzak|Kubiak|Sowa|Malec')||' '||gen.one(i,'f','Zbigniew|Halina|Mariusz|Jolanta|Krystian'), gen.like(i,'t','+48 6## ### ###'), gen.prose(i,'Stuki w zawieszeniu przy hamowaniu.|Wymiana oleju i filtrów.|Nie działa klimatyzacja.'), gen.one(i,'m','Marek|Tomek|Adam'), 100+i, gen.like(i,'q','P########'), gen.one(i,'s','przyjęte|gotowe') FROM generate_series(1,160) i;
CREATE TABLE umowa_leasing (
    nr_umowy text,
    leasingobiorca text, -- user.name
    nip text, -- ?
    dochod_netto numeric(10,2), -- user.financial
    zatrudnienie text, -- *
    rachunek text, -- user.financial.bank_account
    poreczyciel_pesel text, -- user.government_id.national_identification_number
    rata numeric(9,2), -- ?
    rat int,
    wykup numeric(9,2)
);
INSERT INTO umowa_leasing SELECT 'UL'||i, gen.one(i,'f','Zbigniew|Halina|Mariusz|Jolanta|Krystian')||' '||gen.one(i,'l','Wrona|Pietrzak|Kubiak|Sowa|Malec'), gen.like(i,'n','##########'), 3000+i, gen.one(i,'z','umowa o pracę|działalność|emerytura'), gen.iban('PL','2521',gen.like(i,'b','########')||gen.like(i,'c','################')), gen.pesel(i+500), 900+i, 36, 1000 FROM generate_series(1,80) i;
CREATE TABLE slownik_wyposazenie (
    kod text,
    nazwa text,
    nazwa_de text,
    grupa text,
    cena numeric(9,2)
);
INSERT INTO slownik_wyposazenie SELECT 'W'||i, gen.one(i,'n','Pakiet Zimowy|Hak holowniczy|Czujniki parkowania'), gen.one(i,'d','Winterpaket|Anhängerkupplung|Einparkhilfe'), gen.one(i,'g','komfort|bezpieczeństwo'), 100+i FROM generate_series(1,60) i;
CREATE TABLE oddzialy (
    id int,
    nazwa text,
    adres text,
    telefon text,
    email text,
    godziny text
);
INSERT INTO oddzialy SELECT i, gen.one(i,'n','Salon Kielce|Salon Radom|Serwis Olsztyn'), 'ul. Przemysłowa '||i, gen.like(i,'t','41 ### ## ##'), gen.one(i,'e','salon|serwis|biuro')||'@auto'||i||'.example', '8-18' FROM generate_series(1,20) i;
CREATE TABLE magazyn_ruchy (
    id bigint,
    czesc_nr text,
    ilosc int,
    regal text,
    wydal text,
    dokument text
);
INSERT INTO magazyn_ruchy SELECT i, gen.like(i,'c','5Q0######A'), i%9, gen.one(i,'r','A-12|B-03|C-44'), gen.one(i,'w','MK|TS'), 'WZ '||i||'/24' FROM generate_series(1,150) i;
