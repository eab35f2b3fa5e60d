-- A helpdesk on the web with JSON and camel case.
CREATE TABLE requesters (
    "externalId" text, -- user.unique_id
    fname text, -- user.name.first
    lname text, -- user.name.last
    "primaryEmail" text, -- user.contact.email
    "phoneE164" text, -- user.contact.phone_number
    "jobRole" text, -- user.job_title
    "langPref" text, -- user.demographic.language
    custom jsonb,
    tags text[],
    "lastIp" text -- user.device.ip_address
);
-- at requesters.custom $.cf_101 user.demographic.date_of_birth
-- at requesters.custom $.cf_102 user.contact.address.postal_code
-- at requesters.custom $.cf_103 user.contact.email
-- at requesters.custom $.cf_105 user.name
-- at requesters.custom $.diet ?
-- at requesters.tags $[*] -
INSERT INTO requesters SELECT 'req_'||substr(md5(i::text),1,10), gen.one(i,'f','Ngozi|Declan|Anneliese|Tariq|Marisol|Bjarne|Yuki|Oleksandr'), gen.one(i,'l','Okafor|Whelan|Steinbach|Rahman|Fuentes|Lund|Tanaka|Kovalenko|Bright'), 'r'||i||'@client.example', '+4477009'||gen.like(i,'p','00###'), gen.one(i,'j','Buyer|CFO|Office manager'), gen.one(i,'g','en|de|uk'), jsonb_build_object('cf_101', gen.born(i), 'cf_102', gen.one(i,'z','SW1A 1AA|M1 1AE|EH1 2NG|CF10 3AT|LS1 4DY|BS1 5TR'), 'cf_103', 'alt'||i||'@home.example', 'cf_104', 'P'||i, 'cf_105', gen.one(i,'f','Ngozi|Declan|Anneliese|Tariq|Marisol')||' '||gen.one(i,'m','Okafor|Whelan|Steinbach|Rahman'), 'cf_106', i%7), ARRAY[gen.one(i,'t','vip|trial|beta')], gen.like(i,'i','86.1#.2#.#4') FROM generate_series(1,240) i;
CREATE TABLE ticket_message (
    id bigint,
    ticket_id bigint,
    "authorType" text,
    body text, -- user.content.private
    "bodyHtml" text, -- user.content.private
    via jsonb,
    "createdAt" timestamptz
);
-- at ticket_message.via $.from.address user.contact.email
-- at ticket_message.via $.from.name user.name
INSERT INTO ticket_message SELECT i, i/3, gen.one(i,'a','user|agent'), gen.prose(i,'My order never arrived and I am moving house on Friday.|Could you change the name on my ticket to my husband''s?|I was in hospital last week so please extend the deadline.'), '<p>'||gen.prose(i,'My order never arrived and I am moving.|Could you change the name please?')||'</p>', jsonb_build_object('channel','email','from',jsonb_build_object('address','m'||i||'@mail.example','name',gen.one(i,'f','Ngozi Okafor|Declan Whelan|Tariq Rahman|Yuki Tanaka|Marisol Fuentes|Bjarne Lund|Oleksandr Kovalenko|Anneliese Steinbach|Ama Bright|Luis Fuentes'))), now() FROM generate_series(1,300) i;
CREATE TABLE kb_article (
    id int,
    title text,
    slug text,
    body text,
    locale text,
    author_id int -- ?
);
INSERT INTO kb_article SELECT i, gen.one(i,'t','How to reset your password|Change your delivery address|Delete a user'), 'a-'||i, gen.prose(i,'Open the settings page and choose the profile tab.|Refunds are paid within fourteen days to the card used.'), 'en', i%5 FROM generate_series(1,80) i;
CREATE TABLE macro (
    id int,
    title text,
    reply text,
    usage_count int
);
INSERT INTO macro SELECT i, gen.one(i,'t','Refund approved|Shipping delay'), gen.prose(i,'Hello {{requester.first_name}}, we are sorry for the delay.|Thanks for reaching out, your refund is on its way.'), i FROM generate_series(1,60) i;
CREATE TABLE org_account (
    id int,
    name text,
    domain text,
    tier text,
    "vatId" text,
    "csmOwner" text
);
INSERT INTO org_account SELECT i, gen.one(i,'n','Whelan & Sons|Steinbach AG|Fuentes Hermanos|Lund Marine|Tanaka Trading|Rahman Textiles|Okafor Foods|Bright Ltd'), 'client'||i||'.example', gen.one(i,'t','gold|basic'), gen.like(i,'v','DE#########'), gen.one(i,'c','team-a|team-b') FROM generate_series(1,120) i;
CREATE TABLE sla_policy (
    id int,
    name text,
    conditions jsonb,
    first_reply_min int
);
INSERT INTO sla_policy SELECT i, gen.one(i,'n','Urgent|Standard'), jsonb_build_object('all', jsonb_build_array(jsonb_build_object('field','priority','op','is','value','high'))), 30 FROM generate_series(1,40) i;
CREATE TABLE x_import (
    a text,
    b text, -- user.name
    c text, -- user.contact.email
    d text,
    e text, -- user.contact.phone_number
    f text,
    g text
);
INSERT INTO x_import SELECT 'r'||i, gen.one(i,'f','Ngozi|Declan|Anneliese|Tariq|Marisol')||' '||gen.one(i,'m','Okafor|Whelan|Steinbach|Rahman|Lund'), 'x'||i||'@mail.example', gen.one(i,'d','new|dup'), '07'||gen.like(i,'p','#########'), gen.like(i,'q','SKU-####'), (1700000000+i*777)::text FROM generate_series(1,200) i;
CREATE TABLE device_reading (
    id bigint,
    sensor text,
    val numeric,
    at bigint,
    fw_version text
);
INSERT INTO device_reading SELECT i, gen.like(i,'s','S-####'), 20.5, 1700000000+i, gen.like(i,'f','#.#.#.#') FROM generate_series(1,200) i;
