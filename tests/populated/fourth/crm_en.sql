-- An English CRM as a service, with custom fields as the large ones name them, JSON and abbreviations.
CREATE TABLE crm_contact (
    vid bigint PRIMARY KEY, -- user.unique_id
    hs_object_id bigint,
    firstname text, -- user.name.first
    lastname text, -- user.name.last
    "Salutation" text, -- ?
    "Mailing_Street" text, -- user.contact.address.street
    "Mailing_Zip" text, -- user.contact.address.postal_code
    "Other_City" text, -- user.contact.address.city
    hs_additional_emails text, -- user.contact.email
    mobilephone text, -- user.contact.phone_number
    "Asst_Phone" text, -- user.contact.phone_number
    jobtitle text, -- user.job_title
    "Skype_ID" text, -- *
    "Twitter" text, -- *
    hs_email_domain text, -- ?
    hs_lead_status text,
    lifecyclestage text,
    "Reporting_To" text, -- ?
    num_associated_deals int,
    hs_ip_timezone text, -- ?
    ip_city text, -- *
    cf_wedding_anniv date, -- ?
    cf_dietary text, -- ?
    props jsonb
);
-- at crm_contact.props $.linkedin user.contact.url
-- at crm_contact.props $.spouse.name user.name
-- at crm_contact.props $.spouse.bday user.demographic.date_of_birth
-- at crm_contact.props $.consent.src -
-- at crm_contact.props $.utm.campaign -
-- at crm_contact.props $.utm.gclid ?
-- at crm_contact.props $.sizes[*] -
INSERT INTO crm_contact SELECT i, 900000+i, gen.one(i,'f','Priya|Gareth|Siobhan|Desmond|Lorna|Kwame'), gen.one(i,'l','Fairbrother|Okonkwo|Penhaligon|Sutcliffe|Rahman|Bellamy'), gen.one(i,'s','Mr.|Ms.|Dr.'), i%99+1||' '||gen.one(i,'q','Orchard Close|Victoria Road|The Crescent'), gen.one(i,'z','LS1 4DY|BS8 1TH|NE1 7RU|CF10 3NP'), gen.one(i,'c','Leeds|Bristol|Cardiff|Truro'), 'c'||i||'@home.example;c'||i||'@work.example', gen.like(i,'m','07### ######'), gen.like(i,'a','020 7### ####'), gen.one(i,'j','Head of Ops|Buyer|CFO|Founder'), 'live:user_'||i, '@'||gen.one(i,'f','priya|gareth|siob|des')||i, 'work.example', gen.one(i,'h','NEW|OPEN'), gen.one(i,'y','lead|customer'), gen.one(i,'r','Priya Rahman|Gareth Bellamy|Lorna Sutcliffe|Kwame Okonkwo|Des Fairbrother'), i%4, 'europe_slash_london', gen.one(i,'w','leeds|bristol|cardiff'), gen.born(i), gen.one(i,'d','vegan|none'), jsonb_build_object('linkedin','https://www.linkedin.com/in/x'||i,'spouse',jsonb_build_object('name',gen.one(i+1,'f','Priya|Gareth|Siobhan|Desmond|Lorna')||' '||gen.one(i,'l','Fairbrother|Okonkwo|Bellamy'),'bday',gen.born(i+7)::text),'consent',jsonb_build_object('src','web'),'utm',jsonb_build_object('campaign','spring_'||i%4,'gclid',md5(i||'g')),'sizes',jsonb_build_array('M','L')) FROM generate_series(1,160) i;
CREATE TABLE crm_company (
    id bigint,
    name text,
    domain text,
    phone text, -- ?
    address text, -- ?
    numberofemployees int,
    annualrevenue numeric,
    about_us text,
    hubspot_owner_id bigint,
    industry text
);
INSERT INTO crm_company SELECT i, gen.one(i,'n','Fairbrother & Sons|Northwind Traders|Rahman Textiles')||' Ltd', 'co'||i||'.example', gen.like(i,'p','0113 ### ####'), i||' Dock Street', i*3, i*10000, gen.prose(i,'We build scaffolding for heritage sites.|Family owned since 1921.'), i%5, 'RETAIL' FROM generate_series(1,60) i;
CREATE TABLE engagements (
    eng_id bigint,
    eng_type text,
    contact_vid bigint, -- user.unique_id
    from_email text, -- user.contact.email
    to_emails text, -- user.contact.email
    call_from_no text, -- user.contact.phone_number
    body_preview text, -- user.content.private
    rec_url text, -- ?
    dur_ms int,
    disposition text,
    meta jsonb
);
-- at engagements.meta $.attendees[*].email user.contact.email
-- at engagements.meta $.attendees[*].displayName user.name
-- at engagements.meta $.attendees[*].rsvp -
-- at engagements.meta $.room -
INSERT INTO engagements SELECT i, gen.one(i,'t','CALL|EMAIL|NOTE'), 1+i%160, 'c'||i||'@work.example', 'r'||i%7||'@ours.example', gen.like(i,'n','+44 7### ######'), gen.prose(i,'Hi, following up on the quote you sent me last week.|She is on leave until June, try her deputy.|Wants to renegotiate after the merger.'), 'https://rec.example/'||md5(i::text), 1000*i, gen.one(i,'d','connected|busy'), jsonb_build_object('attendees',jsonb_build_array(jsonb_build_object('email','a'||i||'@work.example','displayName',gen.one(i,'f','Priya|Gareth|Siobhan|Desmond|Lorna')||' '||gen.one(i,'l','Fairbrother|Okonkwo|Bellamy'),'rsvp','yes')),'room','Blue '||i%4) FROM generate_series(1,180) i;
CREATE TABLE cf_definitions (
    id int,
    object text,
    api_name text,
    label text,
    data_type text,
    help_text text
);
INSERT INTO cf_definitions SELECT i, gen.one(i,'o','contact|deal'), gen.one(i,'a','birth_date__c|email_2__c|region__c'), gen.one(i,'l','Birth date|Second email|Region'), gen.one(i,'d','date|email|picklist'), gen.prose(i,'Shown on the record page below the name.|Leave empty if unknown.') FROM generate_series(1,50) i;
CREATE TABLE cf_values (
    obj_id bigint,
    cf_id int,
    val_str text, -- ?
    val_num numeric,
    val_dt date
);
INSERT INTO cf_values SELECT i, i%3, gen.one(i,'v','North|South|East'), i, gen.day(i,'d') FROM generate_series(1,150) i;
CREATE TABLE deals (
    dealid bigint,
    dealname text, -- ?
    amt numeric,
    close_dt date,
    pipeline text,
    lost_reason text,
    champion text, -- ?
    next_step text
);
INSERT INTO deals SELECT i, gen.one(i,'n','Leeds rollout|Q3 renewal|Pilot Bristol')||' '||i, 100*i, gen.day(i,'c'), 'default', gen.one(i,'r','price|timing'), gen.one(i,'x','Priya Rahman|Gareth Bellamy|Lorna Sutcliffe|Kwame Okonkwo|Des Fairbrother|Siobhan Bellamy'), gen.one(i,'s','send MSA|demo|security review') FROM generate_series(1,120) i;
CREATE TABLE web_sessions (
    sid uuid,
    anon_cookie text, -- user.device.cookie_id
    utk text, -- ?
    ip inet, -- user.device.ip_address
    ua text, -- ?
    geo_lat numeric(8,5), -- *
    geo_lon numeric(8,5), -- *
    landing text, -- ?
    referrer text, -- ?
    started timestamptz
);
INSERT INTO web_sessions SELECT md5(i::text)::uuid, 'GA1.2.'||gen.like(i,'a','#########')||'.16'||gen.like(i,'b','########'), md5(i||'u'), ('81.2.'||i%200||'.'||i%250)::inet, 'Mozilla/5.0 (X11; Linux x86_64) '||i%5, 53.8+i/1000.0, -1.5-i/1000.0, '/pricing', 'https://search.example', now() FROM generate_series(1,180) i;
CREATE TABLE oauth_grants (
    client_key text,
    app_name text,
    user_login text, -- *
    access_tok text, -- user.authorization.credentials
    scopes text,
    redirect_uri text
);
INSERT INTO oauth_grants SELECT 'ck'||i, gen.one(i,'a','Zap Connector|Mail Sync'), gen.one(i,'f','priya|gareth|siob|des')||i, md5(i||'t')||md5(i||'s'), 'contacts.read', 'https://app.example/cb' FROM generate_series(1,60) i;
CREATE TABLE picklists (
    field text,
    val text,
    label_fr text,
    ord int,
    deprecated boolean
);
INSERT INTO picklists SELECT gen.one(i,'f','salutation|country|religion'), gen.one(i,'v','Mr|Germany|Other'), gen.one(i,'l','M.|Allemagne|Autre'), i, false FROM generate_series(1,60) i;
CREATE TABLE doc_index (
    doc_id bigint,
    title text,
    tsv tsvector,
    mime text,
    sha256 text,
    bytes bigint,
    pages int
);
INSERT INTO doc_index SELECT i, gen.one(i,'t','MSA v3|Price list|Onboarding guide'), to_tsvector('x'), 'application/pdf', md5(i::text), i*100, 3 FROM generate_series(1,60) i;
