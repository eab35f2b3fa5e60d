-- A charity in French, a dental practice in Italian, with tables that say nothing.
CREATE TABLE adherents (
    num_adh int PRIMARY KEY, -- user.unique_id
    civ text, -- ?
    nom_usage text, -- user.name.last
    prenoms text, -- user.name.first
    dt_naiss date, -- user.demographic.date_of_birth
    lieu_naiss text, -- user.demographic.date_of_birth
    courriel text, -- user.contact.email
    tel_port text, -- user.contact.phone_number
    adr1 text, -- user.contact.address
    adr_cp text, -- user.contact.address.postal_code
    adr_ville text, -- user.contact.address.city
    csp text, -- ?
    rgpd_ok boolean
);
INSERT INTO adherents SELECT i, gen.one(i,'c','M.|Mme'), gen.one(i,'l','Le Goff|Chauvin|Kervella|Besnard|Tanguy|Guillou|Prigent|Riou|Madec|Quéméner'), gen.one(i,'f','Yannick|Maëlle|Erwan|Gwenaëlle|Loïc|Soizic|Ronan|Annick|Tugdual|Nolwenn'), gen.born(i), gen.one(i,'b','Brest|Quimper|Vannes'), 'adh'||i||'@bzh.example', gen.like(i,'t','06 ## ## ## ##'), i%90+1||' '||gen.one(i,'r','rue de Siam|avenue Foch|impasse des Genêts|chemin du Moulin'), gen.like(i,'p','29##0'), gen.one(i,'v','Brest|Landerneau|Crozon'), gen.one(i,'s','retraité|cadre|employé'), true FROM generate_series(1,240) i;
CREATE TABLE cotisation (
    id int,
    num_adh int, -- user.unique_id
    annee int,
    mt numeric,
    mode text,
    rum text, -- ?
    iban_prel text -- user.financial.bank_account
);
INSERT INTO cotisation SELECT i, 1+i%240, 2020+i%5, 30, gen.one(i,'m','CB|prélèvement|chèque'), 'RUM'||100000+i, gen.iban('FR','1527',gen.like(i,'b','2004101005###########')||gen.like(i,'k','##')) FROM generate_series(1,250) i;
CREATE TABLE tbl_07 (
    f1 int,
    f2 text, -- user.name.last
    f3 text, -- user.name.first
    f4 text, -- user.contact.phone_number
    f5 text, -- user.contact.address.street
    f6 text, -- user.contact.address.city
    f7 text, -- user.contact.email
    f8 text,
    f9 text, -- ?
    f10 text,
    f11 numeric,
    f12 text,
    f13 text -- user.content.private
);
INSERT INTO tbl_07 SELECT i, gen.one(i,'l','Bellandi|Tonin|Lombardi|Caruso|Zanetti|Fabbri|Montanari|Pellegrini|Sartori|Guerra|Marchetti|Villa'), gen.one(i,'f','Ginevra|Osvaldo|Caterina|Gaetano|Ornella|Fabrizio|Loredana|Agostino|Mirella|Ettore'), gen.like(i,'t','3## ### ####'), gen.one(i,'v','Via Mazzini|Corso Italia|Piazza Dante|Viale Monza')||' '||i%80+1, gen.one(i,'c','Torino|Bologna|Padova|Lecce'), 'paz'||i||'@libero.example', gen.one(i,'s','A|B|C'), gen.one(i,'q','RSSMRA85T10A562S|BNCLRA80A41F205X|VRDGPP75D12H501B|FRRGNN90M55L219K'), 'PZ-'||i, 50+i, gen.one(i,'z','ok|rinvio|annullato'), gen.prose(i,'Arriva sempre in ritardo ma paga subito in contanti.|Ha paura dell''ago, parlare piano e rassicurare.|Chiede appuntamento solo il sabato, lavora lontano.') FROM generate_series(1,260) i;
CREATE TABLE prestazioni (
    id bigint,
    paziente text, -- user.name
    dente text, -- user.health_and_medical
    terapia text, -- user.health_and_medical
    importo numeric,
    data date,
    operatore text,
    saldo boolean
);
INSERT INTO prestazioni SELECT i, gen.one(i,'l','Bellandi|Tonin|Lombardi|Caruso|Zanetti|Fabbri')||' '||gen.one(i,'f','Ginevra|Osvaldo|Caterina|Gaetano|Ornella'), gen.like(i,'d','3#'), gen.one(i,'t','otturazione|devitalizzazione|igiene'), 80+i, gen.day(i,'g'), gen.one(i,'o','OP1|OP2'), true FROM generate_series(1,250) i;
CREATE TABLE listino (
    codice text,
    voce text,
    prezzo numeric,
    note text
);
INSERT INTO listino SELECT 'C'||i, gen.one(i,'v','Corona ceramica|Impianto|Sbiancamento|Igiene orale'), 100+i, gen.prose(i,'Comprende la visita di controllo.|Prezzo per elemento singolo.') FROM generate_series(1,60) i;
CREATE TABLE champs_libres (
    id int,
    objet text,
    objet_id int,
    cle text,
    val text -- *
);
INSERT INTO champs_libres SELECT i, 'adherent', i/3, gen.one(i%3,'k','contact_urgence|medecin|parrain'), CASE i%3 WHEN 0 THEN gen.like(i,'t','07 ## ## ## ##') WHEN 1 THEN gen.like(i,'m','02 98 ## ## ##') ELSE gen.like(i,'x','+33 6 12 ## ## ##') END FROM generate_series(1,240) i;
CREATE TABLE params (
    id int,
    cle text,
    val text,
    maj timestamptz
);
INSERT INTO params SELECT i, 'p'||i, gen.one(i,'v','oui|non|12|fr_FR|Paris|#ff8800'), now() FROM generate_series(1,60) i;
CREATE TABLE communes (
    insee text,
    nom text,
    dep text,
    pop int,
    lat numeric,
    lon numeric
);
INSERT INTO communes SELECT gen.like(i,'i','29###'), gen.one(i,'n','Brest|Quimper|Saint-Renan|Camaret|Douarnenez|Audierne'), '29', i*100, 48.1, -4.2 FROM generate_series(1,150) i;
