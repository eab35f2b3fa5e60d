-- A shop, in Spanish and Portuguese.
CREATE TABLE cliente_final (
    idcli int PRIMARY KEY, -- user.unique_id
    nom_ape text, -- user.name
    dni text, -- user.government_id.national_identification_number
    correo text, -- user.contact.email
    tlf_movil text, -- user.contact.phone_number
    f_nac date, -- user.demographic.date_of_birth
    sexo text, -- user.demographic.gender
    dir_envio text, -- user.contact.address
    cp text, -- user.contact.address.postal_code
    pob text, -- user.contact.address.city
    obs text, -- user.content.private
    puntos int,
    alta timestamptz
);
INSERT INTO cliente_final SELECT i, gen.one(i,'f','Maribel|Íñigo|Rocío|Joaquín|Begoña|Nuria|Aitor|Xavier|Lourdes') || ' ' || gen.one(i,'l','Ontiveros|Arrieta|Casals|Peláez|Quintanilla|Echeverría|Ferrer|Bermúdez|Zubiri') || ' ' || gen.one(i,'m','Ruiz|Soler|Pardo|Vidal'), gen.dni(i), 'c'||i||'@correo.example', gen.like(i,'t','6########'), gen.born(i), gen.one(i,'s','H|M'),
 gen.one(i,'u','C/ Alcalá|Avda. Diagonal|Pza. Mayor') || ' ' || i%90+1 || ', ' || i%6 || 'º B', gen.like(i,'p','280##'), gen.one(i,'k','Madrid|Getafe|Alcobendas'), gen.prose(i,'Prefiere recogida en tienda por las tardes.|Reclamó dos veces el mismo pedido.|Amiga de la dueña, trato especial.'), i*3, now() FROM generate_series(1,250) i;
CREATE TABLE encomendas (
    id bigint,
    num_encomenda text,
    cliente_id int, -- user.unique_id
    nome_dest text, -- user.name
    nif text, -- user.government_id.national_identification_number
    morada_entrega text, -- user.contact.address
    cod_postal text, -- user.contact.address.postal_code
    localidade text, -- user.contact.address.city
    telem text, -- user.contact.phone_number
    total numeric,
    estado text,
    transportadora text,
    cod_rastreio text,
    obs_cliente text -- user.content.private
);
INSERT INTO encomendas SELECT i, gen.like(i,'n','ENC-2024-#####'), i%250, gen.one(i,'f','Conceição|João|Inês|Gonçalo|Fátima|Tiago|Beatriz') || ' ' || gen.one(i,'l','Figueiredo|Magalhães|Teixeira|Brandão|Quaresma|Simões'), gen.nif(i), gen.one(i,'u','Rua da Prata|Av. da Liberdade|Travessa do Carmo') || ' ' || i%90+1 || ', ' || i%6 || 'º Dto', gen.like(i,'z','1#00-###'), gen.one(i,'k','Lisboa|Sintra|Amadora'), gen.like(i,'t','91#######'), 20+i, gen.one(i,'s','paga|enviada|entregue'), gen.one(i,'c','CTT|DPD|GLS'), gen.like(i,'r','RR#########PT'), CASE WHEN i%2=0 THEN gen.prose(i,'Deixar na vizinha do terceiro andar.|Só estou em casa depois das seis.|É prenda, sem fatura na caixa por favor.') END FROM generate_series(1,300) i;
CREATE TABLE articulos (
    ref text,
    nombre text,
    marca text,
    descripcion text,
    ean text,
    pvp numeric,
    color text,
    talla text,
    modelo text
);
INSERT INTO articulos SELECT 'A'||i, gen.one(i,'n','Camisa Lucía|Zapato Marcos|Bolso Valentina|Falda Carmen|Chaqueta Diego|Vestido Alba|Pantalón Hugo|Blusa Martina|Abrigo Julia|Jersey Mateo|Top Irene'), gen.one(i,'m','Adolfo Domínguez|Purificación García|Roberto Verino|Pedro del Hierro'), gen.prose(i,'Algodón orgánico cien por cien, corte recto.|Suela de goma antideslizante y plantilla suave.|Lavar a treinta grados del revés.'), gen.like(i,'e','84###########'), 20+i, gen.one(i,'c','Rosa|Blanca|Azul|Violeta'), gen.one(i,'t','S|M|L|38'), gen.one(i,'o','Paula|Daniela|Álvaro|Nerea|Hugo|Carla|Bruno|Vega|Lola|Leo|Adriana|Marco') FROM generate_series(1,200) i;
CREATE TABLE proveedores (
    id int,
    razon_social text,
    cif text,
    telefono text,
    email text, -- ?
    contacto text, -- user.name
    ciudad text
);
INSERT INTO proveedores SELECT i, gen.one(i,'n','Textiles García|Hermanos López|Calzados Ruiz|Manufacturas Ferrer') || gen.one(i,'s',' S.L.| S.A.'), gen.like(i,'c','B########'), gen.like(i,'t','91#######'), 'ventas@prov'||i||'.example', gen.one(i,'f','Marta Peláez|Luis Soler|Ana Vidal|José Pardo|Eva Ferrer|Raúl Zubiri|Pilar Casals|Óscar Ruiz|Sara Arrieta|Iván Bermúdez'), gen.one(i,'k','Elche|Alicante') FROM generate_series(1,120) i;
CREATE TABLE atributos_valor (
    id int,
    articulo_ref text,
    atributo text,
    valor text
);
INSERT INTO atributos_valor SELECT i, 'A'||i, gen.one(i,'a','peso|composición|origen|temporada'), gen.one(i,'v','200 g|algodón 80 %|Portugal|SS24|lino|Marruecos|Valencia') FROM generate_series(1,200) i;
CREATE TABLE datos_form (
    id int,
    field_1 text, -- user.name
    field_2 text, -- user.contact.email
    field_3 text, -- user.contact.phone_number
    field_7 text,
    field_17 text, -- user.contact.address.postal_code
    field_18 text, -- user.government_id.national_identification_number
    field_21 text, -- user.content.private
    enviado timestamptz
);
INSERT INTO datos_form SELECT i, gen.one(i,'f','Benedita|Duarte|Leonor|Afonso|Matilde|Rodrigo|Carolina|Nuno') || ' ' || gen.one(i,'l','Vasconcelos|Pinto|Carvalho|Moreira|Antunes|Lourenço|Nogueira'), gen.one(i,'e','ana|rui|ze|lia')||i||'@sapo.example', gen.like(i,'t','+351 93# ### ###'), gen.one(i,'c','roupa|calçado|outros'), gen.like(i,'z','4###-###'), gen.nif(i), gen.prose(i,'Gostava de saber se a minha encomenda já saiu do armazém.|O tamanho não serve à minha filha, queria trocar.|Comprei na loja de Braga e perdi o talão.'), now() FROM generate_series(1,200) i;
CREATE TABLE monedas (
    iso text,
    nombre text,
    simbolo text,
    cambio numeric
);
INSERT INTO monedas SELECT gen.like(i,'i','X##'), gen.one(i,'n','Euro|Dólar|Libra|Colón|Bolívar|Franco|Peso|Corona|Real|Córdoba|Lempira'), gen.one(i,'s','€|$|£'), 1.1 FROM generate_series(1,60) i;
CREATE TABLE municipios (
    cod_ine text,
    municipio text,
    provincia text,
    lat numeric,
    lon numeric,
    habitantes int
);
INSERT INTO municipios SELECT gen.like(i,'c','28###'), gen.one(i,'n','Santiago|San Martín|Elena|Lucía|Valencia|Toledo|Medina|Mérida|Victoria|León|Soria|Torres'), gen.one(i,'p','Madrid|Toledo|Soria'), 40.1, -3.7, 1000+i FROM generate_series(1,150) i;
