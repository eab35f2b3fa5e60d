-- A Spanish estate agency: references whose table stands in the row, yes or no with a third answer, a list of
-- addresses that have unsubscribed, and tables whose names look like others.
CREATE SCHEMA inmo;
SET search_path = inmo;
CREATE TABLE oficinas (id serial PRIMARY KEY, nombre text, direccion text, telefono text, municipio text);
CREATE TABLE empleados (id serial PRIMARY KEY, oficina_id int REFERENCES oficinas, nombre text, apellidos text, usuario text UNIQUE, correo text, activo boolean, perfil text);
CREATE TABLE origenes (id serial PRIMARY KEY, descripcion text);
CREATE TABLE clientes (
    id bigserial PRIMARY KEY, nombre text, apellidos text, nif varchar(12), fecha_nacimiento date,
    sexo char(1), correo text, movil varchar(20), telefono_fijo varchar(20), nacionalidad text,
    origen_id int REFERENCES origenes, asesor_id int REFERENCES empleados,
    acepta_publicidad_email boolean, acepta_sms boolean NOT NULL DEFAULT false, acepta_llamadas boolean, no_molestar boolean,
    es_prueba boolean, bloqueado boolean, creado_por text, creado_en timestamptz, modificado_por text, modificado_en timestamptz, fecha_baja timestamptz);
CREATE TABLE empresas (id bigserial PRIMARY KEY, razon_social text, cif text, telefono text, web text, creado_por text);
CREATE TABLE propietarios (id bigserial PRIMARY KEY, nombre text, apellidos text, dni text, iban text, email text, movil text, creado_por text);
CREATE TABLE inmuebles (id bigserial PRIMARY KEY, propietario_id bigint REFERENCES propietarios, referencia text UNIQUE, direccion text, codigo_postal text, localidad text, referencia_catastral text, precio numeric, creado_por text);
CREATE TABLE fotos (id bigserial PRIMARY KEY, inmueble_id bigint REFERENCES inmuebles, url text, orden int);
CREATE TABLE visitas (id bigserial PRIMARY KEY, cliente_id bigint REFERENCES clientes, inmueble_id bigint REFERENCES inmuebles, empleado_id int REFERENCES empleados, fecha timestamptz, comentario text);
CREATE TABLE demandas (id bigserial PRIMARY KEY, cliente_id bigint REFERENCES clientes, tipo text, zona text, presupuesto_max numeric, situacion_familiar text, usuario_alta text);
CREATE TABLE contratos (id bigserial PRIMARY KEY, cliente_id bigint REFERENCES clientes, inmueble_id bigint REFERENCES inmuebles, tipo text CHECK (tipo IN ('alquiler','venta')), fecha_firma date, importe numeric, usuario_modificacion text);
CREATE TABLE recibos (id bigserial PRIMARY KEY, contrato_id bigint REFERENCES contratos, importe numeric, vencimiento date, iban text, pagado boolean);
CREATE TABLE avales (id bigserial PRIMARY KEY, contrato_id bigint REFERENCES contratos, nombre_avalista text, dni_avalista text, importe numeric);
CREATE TABLE notas (id bigserial PRIMARY KEY, notable_type text, notable_id bigint, texto text, creado_por text, creado_en timestamptz);
CREATE TABLE documentos (id bigserial PRIMARY KEY, propietario_tipo text CHECK (propietario_tipo IN ('Cliente', 'Contrato', 'Inmueble')), propietario_id bigint, nombre_fichero text, contenido bytea, subido_por text);
CREATE TABLE telefonos (id bigserial PRIMARY KEY, titular_type varchar(50) CHECK (titular_type IN ('Cliente', 'Propietario')), titular_id bigint, tipo text CHECK (tipo IN ('movil','fijo','fax')), numero text);
CREATE TABLE etiquetas (id serial PRIMARY KEY, nombre text);
CREATE TABLE etiquetados (id bigserial PRIMARY KEY, etiqueta_id int REFERENCES etiquetas, etiquetable_type text, etiquetable_id bigint);
CREATE TABLE consentimientos (id bigserial PRIMARY KEY, cliente_id bigint REFERENCES clientes, canal text CHECK (canal IN ('email','movil','telefono','postal')), finalidad text, otorgado boolean, fecha timestamptz, ip inet, origen text);
CREATE TABLE bajas_boletin (id bigserial PRIMARY KEY, email text, motivo text, fecha timestamptz);
CREATE TABLE campanas (id serial PRIMARY KEY, nombre text, asunto text, tipo text);
CREATE TABLE envios (id bigserial PRIMARY KEY, campana_id int REFERENCES campanas, cliente_id bigint REFERENCES clientes, destinatario text, canal text CHECK (canal IN ('email','sms')), estado text CHECK (estado IN ('pendiente','enviado','rebotado','abierto')), fecha_envio timestamptz);
CREATE TABLE llamadas (id bigserial PRIMARY KEY, cliente_id bigint REFERENCES clientes, numero text, sentido text CHECK (sentido IN ('entrante','saliente')), duracion int, agente text);
CREATE TABLE solicitudes_rgpd (id bigserial PRIMARY KEY, cliente_id bigint REFERENCES clientes, tipo text CHECK (tipo IN ('acceso','supresion','rectificacion')), estado text CHECK (estado IN ('abierta','resuelta','denegada')), recibida date);
CREATE TABLE leads_portal (id bigserial PRIMARY KEY, portal text, nombre text, email text, telefono text, mensaje text, ip inet, fecha timestamptz);
CREATE TABLE auditoria (id bigserial PRIMARY KEY, tabla text, registro_id bigint, usuario text, accion text, valores_antiguos jsonb, valores_nuevos jsonb, fecha timestamptz);
CREATE TABLE sesiones (id bigserial PRIMARY KEY, empleado_id int REFERENCES empleados, ip inet, token text, inicio timestamptz);
CREATE TABLE parametros (clave text PRIMARY KEY, valor text);
INSERT INTO oficinas(nombre,direccion,telefono,municipio) VALUES ('Centro','Calle Mayor 1','+34 915550100','Madrid');
INSERT INTO empleados(oficina_id,nombre,apellidos,usuario,correo,activo,perfil) SELECT 1,'Luis','Kanarienvogel','luis'||i,'luis'||i||'@inmo.example',true,'asesor' FROM generate_series(1,5) i;
INSERT INTO clientes(nombre,apellidos,nif,fecha_nacimiento,sexo,correo,movil,telefono_fijo,nacionalidad,asesor_id,acepta_publicidad_email,creado_por,modificado_por) SELECT 'Ana','Kanarienvogel','1234567'||i||'Z',date '1970-01-01'+i*33,'M','ana'||i||'@example.org','+34 6555501'||lpad(i::text,2,'0'),'+34 9155501'||lpad(i::text,2,'0'),'ES',1,CASE i%3 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END,'luis1','luis2' FROM generate_series(1,60) i;
INSERT INTO propietarios(nombre,apellidos,dni,iban,email,movil,creado_por) SELECT 'Eva','Kanarienvogel','7654321'||i||'X','ES9121000418450200051332','eva'||i||'@example.org','+34 655550100','luis1' FROM generate_series(1,40) i;
INSERT INTO inmuebles(propietario_id,referencia,direccion,codigo_postal,localidad,precio,creado_por) SELECT i,'REF'||i,'Calle Luna '||i,'28001','Madrid',200000,'luis1' FROM generate_series(1,40) i;
INSERT INTO visitas(cliente_id,inmueble_id,empleado_id,fecha,comentario) SELECT i,i,1,now(),'le gusta' FROM generate_series(1,40) i;
INSERT INTO contratos(cliente_id,inmueble_id,tipo,importe,usuario_modificacion) SELECT i,i,'alquiler',900,'luis1' FROM generate_series(1,40) i;
INSERT INTO recibos(contrato_id,importe,vencimiento,iban,pagado) SELECT i,900,date '2026-01-01','ES9121000418450200051332',true FROM generate_series(1,40) i;
INSERT INTO notas(notable_type,notable_id,texto,creado_por) SELECT CASE i%2 WHEN 0 THEN 'Cliente' ELSE 'Inmueble' END,i,'llamar el lunes a Ana Kanarienvogel','luis1' FROM generate_series(1,40) i;
INSERT INTO documentos(propietario_tipo,propietario_id,nombre_fichero,subido_por) SELECT 'Cliente',i,'dni_ana.pdf','luis1' FROM generate_series(1,40) i;
INSERT INTO telefonos(titular_type,titular_id,tipo,numero) SELECT 'Cliente',i,'movil','+34 655550100' FROM generate_series(1,40) i;
INSERT INTO consentimientos(cliente_id,canal,finalidad,otorgado,fecha,ip) SELECT i,'email','boletin',true,now(),'192.0.2.1' FROM generate_series(1,40) i;
INSERT INTO bajas_boletin(email,motivo,fecha) SELECT 'ana'||i||'@example.org','demasiados',now() FROM generate_series(1,20) i;
INSERT INTO envios(campana_id,cliente_id,destinatario,canal,estado) SELECT NULL,i,'ana'||i||'@example.org','email','enviado' FROM generate_series(1,40) i;
INSERT INTO llamadas(cliente_id,numero,sentido,duracion,agente) SELECT i,'+34 655550100','saliente',60,'luis1' FROM generate_series(1,40) i;
INSERT INTO leads_portal(portal,nombre,email,telefono,mensaje,ip) SELECT 'idealista','Ana Kanarienvogel','ana'||i||'@example.org','+34 655550100','me interesa','192.0.2.1' FROM generate_series(1,40) i;
INSERT INTO sesiones(empleado_id,ip,token) SELECT 1,'192.0.2.1',md5(i::text) FROM generate_series(1,40) i;
INSERT INTO avales(contrato_id,nombre_avalista,dni_avalista) SELECT i,'Pepe Kanarienvogel','1234567'||i||'Z' FROM generate_series(1,40) i;
INSERT INTO demandas(cliente_id,tipo,zona,situacion_familiar,usuario_alta) SELECT i,'compra','Centro','divorciada','luis1' FROM generate_series(1,40) i;
