-- A service on the web, in English, with JSON.
CREATE TABLE "Workspace" (
    id uuid,
    slug text,
    "displayName" text,
    plan text,
    "billingEmail" text, -- ?
    "createdAt" timestamptz,
    settings jsonb
);
INSERT INTO "Workspace" SELECT md5(i::text)::uuid, 'ws-'||i, gen.one(i,'n','Acme|Globex|Initech|Morgan & Reed|Hooli|Umbrella'), gen.one(i,'p','free|pro'), 'billing@ws'||i||'.example', now(), jsonb_build_object('theme', gen.one(i,'t','dark|light'), 'locale', gen.one(i,'l','en|de'), 'retentionDays', 30) FROM generate_series(1,150) i;
CREATE TABLE "WorkspaceMember" (
    id uuid, -- user.unique_id
    "workspaceId" uuid,
    "userEmail" text, -- user.contact.email
    "displayName" text, -- user.name
    role text,
    "lastSeenIp" inet, -- user.device.ip_address
    "avatarUrl" text, -- user.content.self_image
    tz text, -- ?
    prefs jsonb,
    "mfaSecret" text -- user.authorization.credentials
);
-- at WorkspaceMember.prefs $.timezone ?
INSERT INTO "WorkspaceMember" SELECT md5(i||'m')::uuid, md5((i%150)::text)::uuid, 'u'||i||'@corp.example', gen.one(i,'f','Thandiwe|Siobhán|Priya|Kofi|Aoife|Xiomara|Dmitri|Yusuf|Mei') || ' ' || gen.one(i,'l','Okonkwo|Gallagher|Raghunathan|Mensah|Byrne|Delgado|Volkov|Haddad|Zhang'), gen.one(i,'r','owner|admin|viewer'), ('81.2.'||i%250||'.7')::inet, 'https://cdn.example/a/'||md5(i::text)||'.png', gen.one(i,'z','Europe/Berlin|Africa/Accra'), jsonb_build_object('digest', i%2=0, 'timezone', 'Europe/Paris', 'density', 'compact'), md5(i||'s') FROM generate_series(1,250) i;
CREATE TABLE leads (
    id bigint, -- user.unique_id
    src text,
    data jsonb,
    score int,
    created timestamptz
);
-- at leads.data $.n user.name
-- at leads.data $.fn ?
-- at leads.data $.e user.contact.email
-- at leads.data $.ph user.contact.phone_number
-- at leads.data $.co ?
-- at leads.data $.addr.l1 user.contact.address.street
-- at leads.data $.addr.zip user.contact.address.postal_code
-- at leads.data $.addr.ct user.contact.address.city
-- at leads.data $.msg user.content.private
-- at leads.data $.q[*].a *
INSERT INTO leads SELECT i, gen.one(i,'s','web|fair|ref'), jsonb_build_object('n', gen.one(i,'f','Lars|Ingrid|Matteo|Chiara|Pierre|Amélie|Owen') || ' ' || gen.one(i,'l','Nyström|Berglund|Rossi|Conti|Lefèvre|Marchand|Pryce'), 'e', 'lead'||i||'@mail.example', 'ph', gen.like(i,'t','+46 70 ### ## ##'), 'co', gen.one(i,'c','Nordlys AB|Pasta Fina Srl|Atelier Bleu'), 'utm', jsonb_build_object('source', 'google', 'medium', 'cpc', 'campaign', gen.one(i,'u','spring|brand')), 'addr', jsonb_build_object('l1', gen.one(i,'a','Storgatan|Via Roma|Rue des Lilas') || ' ' || i%80+1, 'zip', gen.like(i,'z','1## ##'), 'ct', gen.one(i,'k','Växjö|Torino|Lyon')), 'msg', gen.prose(i,'We would like a demo for our team of twelve next week.|My colleague recommended you, please call after lunch.|Could you send pricing to my private address instead?'), 'ver', 3), i%100, now() FROM generate_series(1,250) i;
CREATE TABLE entity_attribute (
    id bigint,
    entity_type text,
    entity_id bigint,
    attr_name text,
    attr_value text -- *
);
INSERT INTO entity_attribute SELECT i, 'contact', i/4, gen.one(i%4,'a','work_email|mobile|home_email|direct_line'), CASE i%4 WHEN 0 THEN 'w'||i||'@corp.example' WHEN 1 THEN gen.like(i,'m','+44 7700 900###') WHEN 2 THEN 'h'||i||'@home.example' ELSE gen.like(i,'m','+353 1 555 ####') END FROM generate_series(1,300) i;
CREATE TABLE product_attribute (
    id bigint,
    product_id bigint,
    attr_name text,
    attr_value text
);
INSERT INTO product_attribute SELECT i, i/4, gen.one(i,'a','weight|material|vendor|warranty'), gen.one(i,'v','1.2 kg|Oak|Bosch|24 months|Jordan|Chelsea|Austin|Paris') FROM generate_series(1,300) i;
CREATE TABLE usage_event (
    id bigint,
    user_ref text, -- user.unique_id
    ev text,
    props jsonb,
    ts bigint,
    ua text, -- user.device.device_id
    anon_id text -- user.device.cookie_id
);
-- at usage_event.props $.ip user.device.ip_address
-- at usage_event.props $.traits.email user.contact.email
-- at usage_event.props $.traits.firstName user.name.first
INSERT INTO usage_event SELECT i, 'usr_'||substr(md5((i%200)::text),1,12), gen.one(i,'e','page|click|identify'), jsonb_build_object('ip', gen.like(i,'p','92.4#.1#.2#'), 'path', gen.one(i,'u','/home|/pricing|/docs/7'), 'ms', i%900, 'traits', jsonb_build_object('email', 't'||i||'@x.example', 'firstName', gen.one(i,'f','Lars|Ingrid|Chiara|Priya'), 'plan', 'pro'), 'build', '2024.11.'||i%30), 1700000000000+i*1000, gen.one(i,'b','Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0|Mozilla/5.0 (iPhone; CPU iPhone OS 17_5)'), gen.like(i,'g','GA1.2.1########.17########') FROM generate_series(1,300) i;
CREATE TABLE feature_flags (
    key text,
    description text,
    rollout int,
    owner_team text,
    rules jsonb
);
INSERT INTO feature_flags SELECT 'ff_'||i, gen.prose(i,'Shows the new editor to a share of the workspaces.|Kill switch of the importer.|Experiment with shorter onboarding.'), i%100, gen.one(i,'o','growth|core'), jsonb_build_object('op','in','values',jsonb_build_array('eu','us')) FROM generate_series(1,60) i;
CREATE TABLE schema_migrations (
    version text,
    name text,
    checksum text,
    executed_at timestamptz,
    applied_by text
);
INSERT INTO schema_migrations SELECT '2024'||i, gen.one(i,'n','add_users_email|create_contacts|drop_person_phone|rename_customer_name'), md5(i::text), now(), 'deploy' FROM generate_series(1,90) i;
CREATE TABLE webhook_deliveries (
    id uuid,
    endpoint_url text,
    response_code int,
    signature text,
    request_headers jsonb,
    duration_ms int
);
INSERT INTO webhook_deliveries SELECT md5(i::text)::uuid, 'https://hooks.example/in/'||i, 200, md5(i||'s'), jsonb_build_object('Content-Type','application/json','X-Attempt',i%3), i%500 FROM generate_series(1,120) i;
CREATE TABLE email_templates (
    id int,
    name text,
    subject text,
    body_html text,
    from_name text,
    reply_to text
);
INSERT INTO email_templates SELECT i, gen.one(i,'n','welcome|reset_password|invoice'), gen.one(i,'s','Welcome aboard|Your invoice'), gen.prose(i,'<p>Hello {{first_name}}, thanks for signing up with us.</p>|<p>Click the button to reset your password.</p>'), 'Support', 'support@app.example' FROM generate_series(1,60) i;
CREATE TABLE role_permissions (
    role_name text,
    resource text,
    action text,
    granted boolean
);
INSERT INTO role_permissions SELECT gen.one(i,'r','admin|viewer|billing'), gen.one(i,'s','contact|patient|invoice'), gen.one(i,'a','read|write'), true FROM generate_series(1,60) i;
CREATE TABLE cities (
    id int,
    name text,
    ascii_name text,
    country_code text,
    lat numeric,
    lng numeric,
    population int,
    timezone text
);
INSERT INTO cities SELECT i, gen.one(i,'n','Florence|Austin|Paris|Sydney|Victoria|Lincoln|Jackson|Adelaide|Charlotte|Santiago|Vienna|Chelsea'), gen.one(i,'n','Florence|Austin|Paris|Sydney|Victoria|Lincoln|Jackson|Adelaide|Charlotte|Santiago|Vienna|Chelsea'), gen.one(i,'c','IT|US|AU'), 43.7, 11.2, i*1000, 'Europe/Rome' FROM generate_series(1,200) i;
CREATE TABLE msgs (
    id bigint,
    conv uuid,
    dir text,
    frm text, -- user.contact.phone_number
    "to" text, -- user.contact.phone_number
    txt text, -- user.content.private
    st text
);
INSERT INTO msgs SELECT i, md5((i%50)::text)::uuid, gen.one(i,'d','in|out'), gen.like(i,'f','+44 7700 900###'), gen.like(i,'g','+44 7911 123###'), gen.prose(i,'Hi, is my parcel there already? I am home until five.|Thanks, my wife will pick it up tomorrow morning.|Please call me back, the code does not work for me.'), gen.one(i,'s','sent|read') FROM generate_series(1,300) i;
CREATE TABLE subscription_items (
    id text,
    subscription text,
    price_id text,
    qty int,
    meta jsonb
);
INSERT INTO subscription_items SELECT 'si_'||md5(i::text), 'sub_'||md5(i||'x'), 'price_'||i, 1, jsonb_build_object('sku','P-'||i,'note','annual') FROM generate_series(1,100) i;
