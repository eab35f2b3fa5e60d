-- An insurance broker in Romanian and a library in Croatian.
CREATE TABLE asigurat (
    id_asigurat int PRIMARY KEY, -- user.unique_id
    nume text, -- user.name.last
    prenume text, -- user.name.first
    cnp text, -- user.government_id.national_identification_number
    ci_serie_nr text, -- user.government_id.national_identification_number
    tel_mobil text, -- user.contact.phone_number
    posta_el text, -- user.contact.email
    adr_dom text, -- user.contact.address
    jud text, -- user.contact.address.state
    ocupatie text, -- user.job_title
    fumator boolean, -- user.health_and_medical
    mentiuni text -- user.content.private
);
INSERT INTO asigurat SELECT i, gen.one(i,'l','Moldoveanu|Țepeș|Sălăjan|Bucur|Chiriac|Drăgan|Mureșan|Oprea|Pavel|Rotaru'), gen.one(i,'f','Ilinca|Răzvan|Smaranda|Codrin|Anișoara|Sorin|Mihnea|Luminița|Vasile|Crina'), '1'||to_char(gen.born(i),'YYMMDD')||gen.like(i,'c','40####'), 'CJ '||gen.like(i,'s','######'), gen.like(i,'t','07########'), 'as'||i||'@posta.example', 'Str. '||gen.one(i,'s','Horea|Avram Iancu|Memorandumului|Observatorului')||' nr. '||i%80+1||', ap. '||i%20, gen.one(i,'j','Cluj|Bihor|Sibiu|Alba'), gen.one(i,'o','contabil|șofer|medic|pensionar|inginer'), i%4=0, CASE WHEN i%2=0 THEN gen.prose(i,'A avut un accident ușor în martie.|Preferă plata în rate, sună soția.|Dorește ofertă și pentru casă.') END FROM generate_series(1,240) i;
CREATE TABLE polita (
    serie text,
    id_asigurat int, -- user.unique_id
    tip text,
    de_la date,
    pana_la date,
    prima_lei numeric,
    nr_inmatr text, -- user.government_id.vehicle_registration
    vin text, -- user.government_id.vehicle_registration
    beneficiar text, -- user.name
    stare text
);
INSERT INTO polita SELECT gen.like(i,'s','RO/14/X1/##########'), 1+i%240, gen.one(i,'t','RCA|CASCO|locuință'), gen.day(i,'d'), gen.day(i,'d')+365, 900+i, gen.one(i,'j','CJ|BH|SB')||gen.like(i,'n',' ## ')||gen.one(i,'x','ABC|XYZ|MOL'), 'WVWZZZ1KZ8W'||gen.like(i,'v','######'), gen.one(i,'b','Ana Bucur|Vlad Oprea|Ioana Rotaru|Dan Pavel|Elena Chiriac|Radu Drăgan|Maria Sălăjan|Ion Mureșan|Oana Țepeș|Mircea Bucur'), gen.one(i,'q','activă|reziliată|suspendată') FROM generate_series(1,300) i;
CREATE TABLE dauna (
    id bigint,
    serie_polita text,
    data_ev date,
    loc_ev text, -- ?
    descriere text, -- user.content.private
    suma_est numeric,
    inspector text
);
INSERT INTO dauna SELECT i, gen.like(i,'s','RO/14/X1/##########'), gen.day(i,'d'), gen.one(i,'l','Cluj|Turda|Dej'), gen.prose(i,'Clientul a lovit o bornă în parcare.|Apa de la vecini a pătat tavanul din dormitor.|I s-a spart parbrizul pe autostradă.'), 500+i, gen.one(i,'n','INSP-01|INSP-02') FROM generate_series(1,200) i;
CREATE TABLE judete (
    cod text,
    denumire text,
    regiune text,
    prefix_tel text
);
INSERT INTO judete SELECT gen.like(i,'c','J#'), gen.one(i,'d','Cluj|Bihor|Sibiu|Alba|Iași|Constanța'), gen.one(i,'r','Transilvania|Moldova'), '02'||i FROM generate_series(1,60) i;
CREATE TABLE clan_knjiznice (
    br_iskaznice text, -- user.unique_id
    ime text, -- user.name.first
    prezime text, -- user.name.last
    oib text, -- user.government_id.national_identification_number
    dat_rod date, -- user.demographic.date_of_birth
    adresa_stan text, -- user.contact.address
    mob text, -- user.contact.phone_number
    eposta text, -- user.contact.email
    razred text,
    napomena text -- user.content.private
);
INSERT INTO clan_knjiznice SELECT 'K-'||2000+i, gen.one(i,'f','Željka|Tomislav|Ružica|Krešimir|Mirjana|Hrvoje|Vesna|Zvonimir|Ljubica|Dražen'), gen.one(i,'l','Horvatić|Babić|Jurković|Šimunić|Perković|Vuković|Đurić|Knežević|Blažević|Tadić'), gen.like(i,'o','###########'), gen.born(i), gen.one(i,'u','Ilica|Vukovarska|Savska cesta')||' '||i%90+1||', Zagreb', gen.like(i,'m','09# ### ####'), 'cl'||i||'@posta.example', gen.one(i,'r','odrasli|djeca'), CASE WHEN i%2=0 THEN gen.prose(i,'Kasni s vraćanjem, zvali smo dvaput.|Moli produljenje zbog putovanja.|Daruje knjige pokojnog supruga.') END FROM generate_series(1,230) i;
CREATE TABLE posudba (
    id bigint,
    br_iskaznice text, -- user.unique_id
    primjerak text,
    datum date,
    rok date,
    vraceno boolean
);
INSERT INTO posudba SELECT i, 'K-'||2000+i%230, gen.like(i,'p','INV-######'), gen.day(i,'d'), gen.day(i,'d')+30, i%2=0 FROM generate_series(1,300) i;
CREATE TABLE knjiga (
    id int,
    naslov text,
    autor text, -- ?
    isbn text,
    izdavac text,
    sazetak text,
    god int
);
INSERT INTO knjiga SELECT i, gen.one(i,'n','Kiklop|Zlatarovo zlato|Gospođa Bovary|Ana Karenjina|Gospodin Ibrahim|Emma|Jane Eyre|Marija Stuart|Petar Pan|Ivana Orleanska'), gen.one(i,'a','Ranko Marinković|August Šenoa|Gustave Flaubert|Lav Tolstoj|Jane Austen'), gen.like(i,'i','97895#######'), gen.one(i,'z','Školska knjiga|Mozaik'), gen.prose(i,'Roman o gradu i ljudima između dva rata.|Priča o zlataru, njegovoj kćeri i plemiću.'), 1950+i%70 FROM generate_series(1,150) i;
