-- Personnel in Polish, exported to tables that say nothing.
CREATE TABLE kadry_prac (
    nr_ewid text, -- user.unique_id
    im text, -- user.name.first
    nazw text, -- user.name.last
    im_ojca text, -- ?
    d_zatr date,
    stan text, -- user.job_title
    wynagr_brutto numeric, -- user.financial
    nr_rach text, -- user.financial.bank_account
    chorobowe_dni int, -- ?
    zwiazek_zaw boolean, -- pd:TradeUnionMembership
    niepelnospr text, -- user.health_and_medical
    kom_sluzb text -- user.contact.phone_number
);
INSERT INTO kadry_prac SELECT 'E'||1000+i, gen.one(i,'f','Bogumiła|Ireneusz|Halina|Zenon|Danuta|Mirosław|Aldona|Witold'), gen.one(i,'l','Sikorska|Wąsik|Leśniak|Pietras|Krupa|Banaś|Drozd|Żmuda'), gen.one(i,'o','Jan|Józef|Adam'), gen.day(i,'z'), gen.one(i,'s','księgowa|magazynier|kierowca|spawacz'), 4000+i, gen.iban('PL','2521',gen.like(i,'b','10901014000007121981####')), i%20, i%3=0, gen.one(i,'n','brak|lekki|umiarkowany'), gen.like(i,'k','50# ### ###') FROM generate_series(1,160) i;
CREATE TABLE exp_3 (
    a1 text,
    a2 text, -- user.name
    a3 text, -- user.government_id.national_identification_number
    a4 text, -- user.contact.email
    a5 text, -- user.contact.address
    a6 text, -- user.contact.phone_number
    a7 date, -- user.demographic.date_of_birth
    a8 text,
    a9 text, -- user.content.private
    a10 bigint,
    a11 text,
    a12 date
);
INSERT INTO exp_3 SELECT gen.like(i,'q','REK-2024-####'), gen.one(i,'l','SIKORSKA|WĄSIK|LEŚNIAK|PIETRAS|KRUPA|DROZD')||' '||gen.one(i,'f','BOGUMIŁA|IRENEUSZ|HALINA|ZENON|DANUTA|WITOLD'), gen.pesel(i), 'k'||i||'@poczta.example', 'ul. '||gen.one(i,'u','Polna|Ogrodowa|Słoneczna')||' '||i%40+1||', '||gen.like(i,'z','##-###')||' Kielce', gen.like(i,'t','5########'), gen.born(i), gen.one(i,'s','A|B|C'), gen.prose(i,'Na rozmowie mówiła, że szuka pracy bliżej domu.|Poleca ją były kierownik zmiany z magazynu.|Prosi o kontakt po urodzeniu dziecka.'), 1600000000+i*999, md5(i::text), gen.day(i,'w') FROM generate_series(1,160) i;
CREATE TABLE exp_4 (
    a1 int,
    a2 text,
    a3 text,
    a4 text,
    a5 numeric,
    a6 text,
    a7 text
);
INSERT INTO exp_4 SELECT i, gen.one(i,'n','Wkręt M4|Blacha 2 mm|Klej montażowy|Rękawice r. 9'), gen.like(i,'e','590##########'), gen.one(i,'r','Regał 12|Regał 14|Hala 3'), 1.5, gen.like(i,'s','#.#.#.##'), gen.one(i,'d','Wurth|Bosch|Kowalski sp.j.') FROM generate_series(1,160) i;
CREATE TABLE rejestr_szkolen (
    id int,
    temat text,
    prowadzacy text, -- ?
    termin date,
    sala text,
    l_miejsc int
);
INSERT INTO rejestr_szkolen SELECT i, gen.one(i,'t','BHP okresowe|Pierwsza pomoc|Wózki widłowe'), gen.one(i,'p','firma Nowak|dział BHP'), gen.day(i,'d'), gen.one(i,'s','sala A|sala B'), 20 FROM generate_series(1,60) i;
