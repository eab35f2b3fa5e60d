-- A bicycle shop with a workshop, in Czech and Slovak.
CREATE TABLE zakaznik (
    idz int PRIMARY KEY, -- user.unique_id
    titul text, -- ?
    jm text, -- user.name.first
    prijm text, -- user.name.last
    tel1 text, -- user.contact.phone_number
    eml text, -- user.contact.email
    adr_ul text, -- user.contact.address.street
    adr_mesto text, -- user.contact.address.city
    adr_psc text, -- user.contact.address.postal_code
    dat_nar date, -- user.demographic.date_of_birth
    pozn text, -- user.content.private
    slevovy_kod text
);
INSERT INTO zakaznik SELECT i, gen.one(i,'t','Ing.|Mgr.|'), gen.one(i,'f','Lubor|Vlasta|Radim|Zdenka|Čeněk|Jarmila|Hynek|Alžběta'), gen.one(i,'l','Kadlec|Vítková|Sýkora|Hrušková|Bláha|Marešová|Pokorný|Šťastná'), gen.like(i,'t','60# ### ###'), 'zak'||i||'@email.example', gen.one(i,'u','Masarykova|Zahradní|Komenského|Lipová|Nádražní|Školní')||' '||i%70+1, gen.one(i,'m','Kolín|Zlín|Jihlava'), gen.like(i,'p','2## ##'), gen.born(i), CASE WHEN i%2=0 THEN gen.prose(i,'Chce zavolat až po páté hodině.|Manželka vyzvedne v sobotu dopoledne.|Reklamoval brzdy, byl dost rozčilený.') END, gen.like(i,'s','SLEVA##') FROM generate_series(1,160) i;
CREATE TABLE oprava (
    id int,
    idz int, -- user.unique_id
    kolo text,
    zavada text,
    prijato date,
    hotovo boolean,
    cena_kc numeric,
    technik text
);
INSERT INTO oprava SELECT i, 1+i%160, gen.one(i,'k','Author Traction 29|Ghost Kato 3|Kona Fire'), gen.one(i,'z','prasklý řetěz|vycentrovat kolo|výměna brzd'), gen.day(i,'d'), i%2=0, 300+i, gen.one(i,'t','T1|T2') FROM generate_series(1,160) i;
CREATE TABLE objednavka (
    cislo text,
    idz int, -- user.unique_id
    dor_meno text, -- user.name
    dor_ulica text, -- user.contact.address.street
    dor_mesto text, -- user.contact.address.city
    dor_tel text, -- user.contact.phone_number
    suma numeric,
    stav text,
    doprava text,
    balik_c text
);
INSERT INTO objednavka SELECT gen.like(i,'c','24-#####'), 1+i%160, gen.one(i,'f','Zuzana|Ľubomír|Žofia|Matúš|Drahomíra')||' '||gen.one(i,'l','Kováčová|Hudák|Šimková|Bielik|Ondrušová'), gen.one(i,'u','Hviezdoslavova|Štúrova|Moyzesova')||' '||i%50+1, gen.one(i,'m','Trnava|Nitra|Žilina'), gen.like(i,'t','+421 90# ### ###'), 20+i, gen.one(i,'s','prijatá|odoslaná|doručená'), gen.one(i,'d','Packeta|GLS|DPD'), gen.like(i,'b','Z##########') FROM generate_series(1,160) i;
CREATE TABLE zbozi (
    kod text,
    nazev text,
    vyrobce text,
    popis text,
    velikost text,
    zaruka_mes int
);
INSERT INTO zbozi SELECT 'Z'||i, gen.one(i,'n','Sedlo Anna|Helma Robert|Rukavice Viktor|Dres Petra|Zvonek Karel'), gen.one(i,'v','Author|Kellys|Merida|Shimano'), gen.prose(i,'Lehký karbonový rám s doživotní zárukou.|Voděodolný materiál, reflexní prvky.'), gen.one(i,'s','S|M|L'), 24 FROM generate_series(1,80) i;
CREATE TABLE ciselnik_stavu (
    kod text,
    nazev text,
    barva text
);
INSERT INTO ciselnik_stavu SELECT 'S'||i, gen.one(i,'n','přijato|čeká na díl|hotovo'), gen.one(i,'b','zelená|červená') FROM generate_series(1,40) i;
CREATE TABLE dodavatel (
    id int,
    obch_nazev text,
    ico text,
    kont_osoba text, -- user.name
    kont_mail text, -- ?
    sidlo text,
    telefon text
);
INSERT INTO dodavatel SELECT i, gen.one(i,'n','Velo Kadlec|Cyklo Novák|Bike Sport')||' s.r.o.', gen.like(i,'i','2#######'), gen.one(i,'k','Jan Kadlec|Eva Vítková|Petr Sýkora|Iva Hrušková|Aleš Bláha|Dana Marešová|Jiří Pokorný'), gen.one(i,'m','jan|eva|petr')||i||'@velo.example', gen.one(i,'s','Praha|Brno'), gen.like(i,'t','54# ### ###') FROM generate_series(1,80) i;
