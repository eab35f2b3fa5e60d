-- Flats to let, in Swedish and Norwegian.
CREATE TABLE hyresgast (
    hg_id int PRIMARY KEY, -- user.unique_id
    pnr text, -- user.government_id.national_identification_number
    fnamn text, -- user.name.first
    enamn text, -- user.name.last
    mobiltel text, -- user.contact.phone_number
    epostadr text, -- user.contact.email
    arbetsgivare text, -- ?
    inkomst_ar numeric, -- user.financial
    betalanm text, -- ?
    kontraktsdatum date,
    skyddad boolean
);
INSERT INTO hyresgast SELECT i, to_char(gen.born(i),'YYMMDD')||'-'||gen.like(i,'p','####'), gen.one(i,'f','Gunilla|Tage|Ebba|Sixten|Marianne|Rolf|Lovisa|Göran|Anette|Ingvar'), gen.one(i,'l','Sandström|Lindqvist|Björk|Hedlund|Nyström|Falk|Åkerlund|Boström|Ekman|Wallin'), gen.like(i,'t','07########'), 'hg'||i||'@mejl.example', gen.one(i,'a','Region Skåne|Volvo|ICA'), 250000+i*100, gen.one(i,'b','ja|nej'), gen.day(i,'k'), false FROM generate_series(1,220) i;
CREATE TABLE lagenhet (
    lgh_nr text,
    fastighet text,
    gata text,
    vaning int,
    yta numeric,
    rum int,
    manadshyra numeric,
    skick text
);
INSERT INTO lagenhet SELECT gen.like(i,'l','1#0#'), gen.one(i,'f','Kv. Björnen 3|Kv. Vargen 7'), gen.one(i,'g','Storgatan|Kungsgatan')||' '||i%30+1, i%6, 40+i%60, 1+i%4, 6000+i, gen.prose(i,'Nymålat kök och renoverat badrum.|Balkong åt söder, golv slipade i fjol.') FROM generate_series(1,150) i;
CREATE TABLE felanmalan (
    id bigint,
    hg_id int, -- user.unique_id
    inkom timestamptz,
    rubrik text,
    beskrivning text, -- user.content.private
    status text,
    kontaktnr text -- user.contact.phone_number
);
INSERT INTO felanmalan SELECT i, 1+i%220, now(), gen.one(i,'r','Kran läcker|Element kallt|Lås trasigt'), gen.prose(i,'Kranen droppar hela natten och jag kan inte sova.|Vi har småbarn hemma och det är sexton grader.|Ring helst efter fyra, min man är hemma då.'), gen.one(i,'s','ny|pågår|klar'), gen.like(i,'k','070-### ## ##') FROM generate_series(1,260) i;
CREATE TABLE leietaker (
    id int PRIMARY KEY, -- user.unique_id
    navn text, -- user.name
    fnr text, -- user.government_id.national_identification_number
    tlf_privat text, -- user.contact.phone_number
    poststed text, -- user.contact.address.city
    postnr text, -- user.contact.address.postal_code
    gateadr text, -- user.contact.address.street
    kontonr text, -- user.financial.bank_account
    parorende text, -- user.name
    merknad text -- user.content.private
);
INSERT INTO leietaker SELECT i, gen.one(i,'f','Oddvar|Solveig|Trygve|Bergljot|Håkon|Ragnhild|Sindre|Turid')||' '||gen.one(i,'l','Haugen|Fjeld|Bakke|Nygård|Sandvik|Brekke|Tveit|Aune'), to_char(gen.born(i),'DDMMYY')||gen.like(i,'n','#####'), gen.like(i,'t','9## ## ###'), gen.one(i,'p','Bergen|Voss|Odda'), gen.like(i,'z','5###'), gen.one(i,'g','Strandgaten|Fjellveien|Nygårdsgaten')||' '||i%70+1, gen.like(i,'k','3411.##.#####'), gen.one(i,'f','Oddvar|Solveig|Trygve|Bergljot|Håkon')||' '||gen.one(i,'m','Haugen|Fjeld|Bakke|Nygård'), gen.prose(i,'Ønsker å bytte til større leilighet.|Datteren betaler husleien for tiden.|Har klaget på bråk fra naboen.') FROM generate_series(1,230) i;
CREATE TABLE enhet (
    enhet_id int,
    serienr text,
    type text,
    mac macaddr,
    fw text,
    lokasjon text
);
INSERT INTO enhet SELECT i, gen.like(i,'s','SN########'), gen.one(i,'t','vannmåler|dørlås'), ('08:00:2b:01:02:'||lpad(to_hex(i%256),2,'0'))::macaddr, gen.like(i,'f','#.#.#'), gen.one(i,'l','kjeller|tak') FROM generate_series(1,90) i;
CREATE TABLE hendelse (
    id bigint,
    tid timestamptz,
    kilde text,
    melding text,
    ip_server text
);
INSERT INTO hendelse SELECT i, now(), gen.one(i,'k','jobb|synk'), gen.prose(i,'Synkronisering fullført uten feil etter ni sekunder.|Jobben ble startet på nytt av planleggeren.'), '10.0.0.'||i%9 FROM generate_series(1,200) i;
