-- A Portuguese clinic, a German law firm and a Hungarian estate agent.
CREATE TABLE tb_utente (
    ute_id int PRIMARY KEY, -- user.unique_id
    ute_nome text, -- user.name
    ute_dtnasc date, -- user.demographic.date_of_birth
    ute_nif text, -- user.government_id.national_identification_number
    ute_nsns text, -- *
    ute_morada text, -- *
    ute_cpostal text, -- user.contact.address.postal_code
    ute_telem text, -- user.contact.phone_number
    ute_subsistema text, -- ?
    ute_grupo_sang text, -- user.health_and_medical
    ute_profissao text, -- user.job_title
    ute_estcivil text, -- user.demographic.marital_status
    ute_filiacao_mae text, -- user.name
    ute_obito date, -- ?
    ute_obs text -- *
);
INSERT INTO tb_utente SELECT i, gen.one(i,'f','Graça|Nuno|Filipa|Horácio|Lurdes|Tiago')||' '||gen.one(i,'l','Figueiredo|Valente|Sequeira|Bastos|Noronha'), gen.born(i), gen.nif(i), gen.like(i,'s','3########'), gen.one(i,'r','Rua das Flores|Av. da Boavista|Travessa do Carmo')||', '||i%90+1||', '||i%6+1||'.º Esq.', gen.like(i,'c','4###-###'), gen.like(i,'t','91#######'), gen.one(i,'u','ADSE|SNS|Médis'), gen.one(i,'g','A+|O-|B+'), gen.one(i,'p','professora|reformado|cozinheiro|jurista'), gen.one(i,'e','casado|solteira|viúva'), gen.one(i,'m','Maria')||' '||gen.one(i,'x','da Luz|do Carmo|Teresa')||' '||gen.one(i,'l','Figueiredo|Valente|Sequeira|Bastos|Noronha'), CASE WHEN i%20=0 THEN gen.day(i,'o') END, gen.prose(i,'Diabético tipo 2, toma metformina.|Prefere ser atendida por médica.|Vem sempre acompanhada da filha.') FROM generate_series(1,150) i;
CREATE TABLE tb_consulta (
    con_id int,
    con_ute int, -- user.unique_id
    con_med int,
    con_dthora timestamptz,
    con_motivo text, -- user.health_and_medical
    con_anamnese text, -- user.health_and_medical
    con_receita text, -- user.health_and_medical
    con_sala text,
    con_faltou boolean, -- ?
    con_valor numeric(8,2)
);
INSERT INTO tb_consulta SELECT i, 1+i%150, i%5, now(), gen.one(i,'m','dor lombar|rotina|febre|tosse'), gen.prose(i,'Refere cefaleias há duas semanas, sem febre.|Hipertensão controlada com medicação.'), gen.one(i,'r','Paracetamol 1g|Losartan 50|Amoxicilina'), gen.one(i,'s','G1|G2'), i%9=0, 45 FROM generate_series(1,170) i;
CREATE TABLE tb_acto_medico (
    act_cod text,
    act_desig text,
    act_especialidade text,
    act_preco numeric(8,2),
    act_duracao int
);
INSERT INTO tb_acto_medico SELECT 'A'||i, gen.one(i,'d','Consulta de cardiologia|Ecografia abdominal|Raio X ao tórax'), gen.one(i,'e','Cardiologia|Radiologia'), 40+i, 20 FROM generate_series(1,60) i;
CREATE TABLE "Mandant" (
    "MandNr" int PRIMARY KEY, -- user.unique_id
    "Anrede" text, -- user.demographic.gender
    "NameVoll" text, -- user.name
    "GebDat" date, -- user.demographic.date_of_birth
    "Wohnanschrift" text, -- user.contact.address
    "TelDienstl" text, -- user.contact.phone_number
    "MailPriv" text, -- user.contact.email
    "RSV" text, -- ?
    "RSVSchadenNr" text, -- ?
    "Konfession" text, -- user.demographic.religious_belief
    "Vermerk" text -- user.content.private
);
INSERT INTO "Mandant" SELECT i, gen.one(i,'a','Herr|Frau'), gen.one(i,'f','Gisela|Torben|Mechthild|Ralf|Aylin|Detlef')||' '||gen.one(i,'l','Hasenkamp|Yıldız|Brinkmann|Oster|Thielemann'), gen.born(i), gen.one(i,'s','Lindenallee|Am Markt|Goethestr.')||' '||i%60+1||', '||gen.like(i,'p','4####')||' '||gen.one(i,'o','Münster|Bielefeld|Hamm'), gen.like(i,'t','0251 ######'), 'm'||i||'@web.example', gen.one(i,'r','ARAG|Allianz|keine'), gen.like(i,'n','##-######'), gen.one(i,'k','rk|ev|ohne'), gen.prose(i,'Ruft gern abends an, bitte Rückruf vormerken.|Schwierige Scheidung, Gegenseite mauert.|Zahlt in Raten.') FROM generate_series(1,130) i;
CREATE TABLE "Akte" (
    "Az" text,
    "Rubrum" text, -- ?
    "MandNr" int, -- user.unique_id
    "GegnerName" text, -- user.name
    "GegnerOrt" text, -- user.contact.address.city
    "Tatvorwurf" text, -- user.criminal_history
    "Streitwert" numeric(12,2),
    "Sachbearb" text,
    "Gericht" text,
    "Status" text
);
INSERT INTO "Akte" SELECT i||'/24', gen.one(i,'l','Hasenkamp|Brinkmann|Oster')||' ./. '||gen.one(i,'g','Kruse|Lehnert|Pohl'), 1+i%130, gen.one(i,'q','Volker|Sabine|Henrik|Ute|Jörn')||' '||gen.one(i,'g','Kruse|Lehnert|Pohl|Steiner|Baum'), gen.one(i,'o','Münster|Bielefeld|Hamm|Soest'), gen.one(i,'t','Betrug § 263|Diebstahl § 242|keiner'), 1000*i, gen.one(i,'s','TK|MB'), gen.one(i,'h','AG Münster|LG Bielefeld'), 'laufend' FROM generate_series(1,140) i;
CREATE TABLE "Gebuehren" (
    "PosNr" int,
    "VVNr" text,
    "Bezeichnung" text,
    "Satz" numeric(4,2),
    "Betrag" numeric(9,2)
);
INSERT INTO "Gebuehren" SELECT i, gen.like(i,'v','31##'), gen.one(i,'b','Verfahrensgebühr|Terminsgebühr|Auslagenpauschale'), 1.3, 10*i FROM generate_series(1,60) i;
CREATE TABLE ugyfelek (
    ugyfel_azon int PRIMARY KEY, -- user.unique_id
    vezeteknev text, -- user.name.last
    keresztnev text, -- user.name.first
    szul_ido date, -- user.demographic.date_of_birth
    anyja_neve text, -- user.name
    szemig_szam text, -- user.government_id.national_identification_number
    lakcim text, -- *
    elerhetoseg text, -- user.contact
    penzforg_szamla text, -- user.financial.bank_account
    hitelkepes boolean, -- ?
    keresesi_igeny text, -- *
    megjegyzes text -- *
);
INSERT INTO ugyfelek SELECT i, gen.one(i,'l','Pásztor|Somogyi|Bodnár|Vincze|Fodor'), gen.one(i,'f','Zsolt|Ildikó|Attila|Boglárka|Csaba'), gen.born(i), gen.one(i,'a','Pásztor Ilona|Nagy Erzsébet|Bodnár Katalin|Kiss Mária|Fodor Anna|Tóth Judit'), gen.like(i,'s','######')||'AB', gen.like(i,'p','6###')||' '||gen.one(i,'c','Szeged|Hódmezővásárhely|Makó')||', '||gen.one(i,'u','Petőfi utca|Kossuth tér|Rózsa u.')||' '||i%40+1||'.', CASE WHEN i%2=0 THEN 'u'||i||'@level.example' ELSE gen.like(i,'t','+36 30 ### ####') END, gen.like(i,'b','117#####-########-########'), i%3=0, gen.prose(i,'Két szobás, erkélyes lakást keres a belvárosban.|Kertes ház kell a gyerekek miatt.'), gen.prose(i,'Csak hétvégén ér rá megtekintésre.|A férje külföldön dolgozik.') FROM generate_series(1,120) i;
CREATE TABLE ingatlanok (
    ingatlan_kod text,
    hrsz text, -- ?
    varos text,
    kerulet text,
    alapterulet numeric(7,1),
    szobaszam int,
    iranyar numeric(12,0),
    leiras text,
    tulaj_id int, -- user.unique_id
    kulcs_helye text
);
INSERT INTO ingatlanok SELECT 'I'||i, gen.like(i,'h','####/#'), gen.one(i,'v','Szeged|Makó'), gen.one(i,'k','Belváros|Alsóváros'), 40+i, 1+i%5, 20000000+i, gen.prose(i,'Felújított, napfényes lakás csendes utcában.|Azonnal költözhető, alacsony rezsi.'), 1+i%120, 'iroda' FROM generate_series(1,90) i;
CREATE TABLE megtekintes (
    id int,
    ingatlan_kod text,
    erdeklodo_neve text, -- user.name
    erdeklodo_mobil text, -- user.contact.phone_number
    idopont timestamptz,
    velemeny text, -- *
    ertekesito text
);
INSERT INTO megtekintes SELECT i, 'I'||i%90, gen.one(i,'l','Pásztor|Somogyi|Bodnár|Vincze|Fodor')||' '||gen.one(i,'f','Zsolt|Ildikó|Attila|Boglárka|Csaba'), gen.like(i,'m','06 20 ### ####'), now(), gen.prose(i,'Tetszett neki, de drágállja a konyhát.|Visszajönne a szüleivel jövő héten.'), gen.one(i,'e','KA|PT') FROM generate_series(1,100) i;
