-- A chain of hotels, in Polish and Czech.
CREATE TABLE goscie (
    id int PRIMARY KEY, -- user.unique_id
    imie text, -- user.name.first
    nazwisko text, -- user.name.last
    mail text, -- user.contact.email
    tel text, -- user.contact.phone_number
    pesel text, -- user.government_id.national_identification_number
    nr_dowodu text, -- user.government_id.national_identification_number
    d_ur date, -- user.demographic.date_of_birth
    obywatelstwo text, -- user.demographic.race_ethnicity
    uwagi text, -- user.content.private
    zgoda_marketing boolean,
    dodano timestamptz
);
INSERT INTO goscie SELECT i, gen.one(i,'f','Zdzisława|Bożena|Krzysztof|Wiesław|Grażyna|Michał|Łukasz|Jolanta|Tadeusz|Oliwia|Agnieszka|Radosław'),
 gen.one(i,'l','Brzęczyszczykiewicz|Nowakowska|Wrona|Gajda|Szczepaniak|Mróz|Kozłowski|Piątek|Żurawska|Dąbek|Pawlik|Cieślak|Ostrowska'),
 'gosc' || i || '@poczta.example', gen.like(i,'t','6## ### ###'), gen.pesel(i), gen.like(i,'d','ABC######'), gen.born(i),
 gen.one(i,'o','polskie|czeskie|niemieckie|ukraińskie'), CASE WHEN i%3=0 THEN gen.prose(i,'Prosi o cichy pokój od podwórza.|Przyjeżdża zawsze z psem, lubi parter.|Skarżyła się na śniadania.|Stały klient, rabat dziesięć procent.') END,
 i%2=0, gen.day(i,'z')::timestamptz FROM generate_series(1,300) i;
CREATE TABLE pokoje (
    nr int,
    pietro int,
    typ text,
    cena_doba numeric,
    opis text,
    nazwa text
);
INSERT INTO pokoje SELECT 100+i, i/20, gen.one(i,'t','SGL|DBL|APT'), 200+i, gen.prose(i,'Pokój z widokiem na park i dużym balkonem.|Przestronny apartament z aneksem kuchennym.|Łóżko małżeńskie, biurko, telewizor.'),
 gen.one(i,'n','Wrocław|Kraków|Maria|Zofia|Amadeusz|Chopin|Jan III|Gdańsk|Syrena|Lilia|Róża|Bursztyn|Wanda') FROM generate_series(1,80) i;
CREATE TABLE rezerwacje (
    id bigint,
    gosc_id int, -- user.unique_id
    pokoj_nr int,
    przyjazd date,
    wyjazd date,
    l_os int,
    status text,
    kwota numeric,
    zrodlo text,
    zyczenia text, -- user.content.private
    osoba_kontaktowa text, -- user.name
    ip text -- user.device.ip_address
);
INSERT INTO rezerwacje SELECT i, 1+i%300, 100+i%80, gen.day(i,'p'), gen.day(i,'p')+3, 1+i%4, gen.one(i,'s','nowa|potwierdzona|anulowana'), 300+i, gen.one(i,'q','booking|telefon|www'),
 CASE WHEN i%2=0 THEN gen.prose(i,'Poprosimy dostawkę dla córki.|Przyjedziemy po północy.|Bez pierza w pościeli, mam uczulenie.|Rocznica ślubu, proszę o kwiaty.') END,
 gen.one(i,'k','Jan Mróz|Ewa Żurawska|Petr Svoboda|Olga Černá|Hana Dvořáková|Adam Piątek|Lech Wrona|Iwona Dąbek|Jiří Novotný|Maria Gajda|Zofia Cieślak|Marek Pawlik'), gen.like(i,'a','83.1#.#4.#1')
 FROM generate_series(1,400) i;
CREATE TABLE hoste (
    id_hosta int, -- user.unique_id
    cele_jmeno text, -- user.name
    rc text, -- user.government_id.national_identification_number
    kontakt text, -- user.contact
    ulice_cp text, -- user.contact.address.street
    mesto text, -- user.contact.address.city
    psc text, -- user.contact.address.postal_code
    ucet text, -- user.financial.bank_account
    spz text, -- user.government_id.vehicle_registration
    poznamka text -- user.content.private
);
INSERT INTO hoste SELECT i, gen.one(i,'f','Jiří|Hana|Věra|Božena|Zdeněk|Ludmila|Radek|Šárka|Květa|Miloš') || ' ' || gen.one(i,'l','Svoboda|Černá|Dvořáková|Kučera|Procházková|Veselý|Horáček|Němcová|Říha|Šebestová|Zeman'), gen.rc(i),
 CASE WHEN i%2=0 THEN gen.like(i,'t','+420 77# ### ###') ELSE 'host' || i || '@seznam.example' END,
 gen.one(i,'u','Husova|Na Příkopě|Dlouhá|U Lesa|Riegrova') || ' ' || 1+i%90 || '/' || 1+i%12, gen.one(i,'m','Brno|Praha 4|Ostrava|Plzeň|Tábor'), gen.like(i,'p','6## ##'),
 gen.iban('CZ','1235',gen.like(i,'b','08000000#########0##')), gen.like(i,'z','3B# ####'), gen.prose(i,'Přijede s dcerou a vnučkou.|Chce pokoj v přízemí.|Nesnáší hluk z ulice.')
 FROM generate_series(1,200) i;
CREATE TABLE pole_dodatkowe (
    id int,
    gosc_id int, -- user.unique_id
    klucz text,
    wartosc text -- *
);
INSERT INTO pole_dodatkowe SELECT i, 1+i%300, gen.one(i,'k','mail2|tel_kom|mail_firm'), CASE i%3 WHEN 0 THEN 'm'||i||'@firma.example' WHEN 1 THEN gen.like(i,'t','+48 5## ### ###') ELSE gen.one(i,'f','ewa|jan|ola|iwo|lech')||i||'@wp.example' END FROM generate_series(1,200) i;
CREATE TABLE firmy (
    id int,
    nazwa text,
    nip text,
    regon text,
    ulica text,
    miasto text,
    kod_pocztowy text,
    www text,
    opiekun text
);
INSERT INTO firmy SELECT i, gen.one(i,'n','Kowalski Transport|Budimex|Nowak i Synowie|Piekarnia Mróz|Biuro Podróży Ola') || gen.one(i,'s',' Sp. z o.o.| S.A.| s.c.'), gen.like(i,'n','52########'), gen.like(i,'r','0########'),
 gen.one(i,'u','Długa|Prosta|Mickiewicza') || ' ' || i, gen.one(i,'m','Warszawa|Kraków|Łódź'), gen.like(i,'k','##-###'), 'https://www.firma' || i || '.example', gen.one(i,'o','dział A|dział B') FROM generate_series(1,120) i;
CREATE TABLE kraje (
    kod text,
    nazwa text,
    nazwa_en text,
    prefiks text
);
INSERT INTO kraje SELECT gen.like(i,'k','X#'), gen.one(i,'n','Polska|Czechy|Niemcy|Austria|Jordania|Gruzja|Czad|Słowacja|Węgry|Litwa'), gen.one(i,'n','Poland|Czechia|Germany|Austria|Jordan|Georgia|Chad|Slovakia|Hungary|Lithuania'), '+'||40+i FROM generate_series(1,60) i;
CREATE TABLE szablony_wiadomosci (
    id int,
    kod text,
    temat text,
    tresc text,
    jezyk text,
    nadawca text
);
INSERT INTO szablony_wiadomosci SELECT i, 'T'||i, gen.one(i,'t','Potwierdzenie rezerwacji|Przypomnienie o płatności'), gen.prose(i,'Szanowny Gościu, dziękujemy za rezerwację.|Witaj {{imie}}, czekamy na Ciebie.|Prosimy o wpłatę zadatku.'), gen.one(i,'j','pl|cs|de'), 'recepcja@hotel.example' FROM generate_series(1,60) i;
CREATE TABLE log_zdarzen (
    id bigint,
    kiedy timestamptz,
    modul text,
    poziom text,
    komunikat text
);
INSERT INTO log_zdarzen SELECT i, now(), gen.one(i,'m','synchronizacja|cennik|kopia'), gen.one(i,'p','INFO|WARN|ERROR'), gen.prose(i,'Zakończono synchronizację cennika w trzy sekundy.|Kolejka jest pusta, nic do zrobienia.|Ponowiono próbę połączenia z serwerem.') FROM generate_series(1,300) i;
CREATE TABLE tlumaczenia (
    klucz text,
    jezyk text,
    wartosc text
);
INSERT INTO tlumaczenia SELECT 'menu.k'||i, gen.one(i,'j','pl|cs'), gen.one(i,'w','Zapisz|Anuluj|Gość|Rezerwacja|Imię i nazwisko|Zaloguj się|Rok|Maj|Środa|Adres e-mail') FROM generate_series(1,120) i;
