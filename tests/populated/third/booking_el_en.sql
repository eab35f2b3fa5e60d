-- Rooms to let in Greece, in Greek, Latin letters and English; and the service's own tables.
CREATE TABLE pelatis (
    kod int PRIMARY KEY, -- user.unique_id
    onoma text, -- user.name.first
    eponymo text, -- user.name.last
    kinito text, -- user.contact.phone_number
    afm text, -- user.government_id.national_identification_number
    ar_taftotitas text, -- user.government_id.national_identification_number
    xora text, -- user.contact.address.country
    paratiriseis text, -- user.content.private
    energos boolean
);
INSERT INTO pelatis SELECT i, gen.one(i,'f','Λάμπρος|Ευδοκία|Στέργιος|Αρετή|Μιχάλης|Χρυσάνθη'), gen.one(i,'l','Μαυρομάτης|Κουρής|Ζαφείρη|Τσιρώνης|Βλάχου|Ρήγας'), gen.like(i,'t','69########'), gen.like(i,'a','1########'), gen.like(i,'r','ΑΒ ######'), gen.one(i,'x','Ελλάδα|Γερμανία|Ιταλία'), gen.prose(i,'Θέλει δωμάτιο μακριά από τον δρόμο.|Έρχεται κάθε Πάσχα με την οικογένειά του.|Παραπονέθηκε για το κλιματιστικό.'), true FROM generate_series(1,150) i;
CREATE TABLE "κρατηση" (
    "κωδικος" int,
    "πελατης_κωδ" int, -- user.unique_id
    "ονομα_επισκεπτη" text, -- user.name
    "τηλεφωνο" text, -- user.contact.phone_number
    "αφιξη" date,
    "αναχωρηση" date,
    "ποσο" numeric,
    "κατασταση" text,
    "σχολια" text -- user.content.private
);
INSERT INTO "κρατηση" SELECT i, 1+i%150, gen.one(i,'f','Λάμπρος|Ευδοκία|Στέργιος|Αρετή')||' '||gen.one(i,'l','Μαυρομάτης|Κουρής|Ζαφείρη'), gen.like(i,'t','+30 69########'), gen.day(i,'d'), gen.day(i,'d')+2, 90+i, gen.one(i,'s','επιβεβαιωμένη|ακυρωμένη'), gen.prose(i,'Ζητάμε κούνια για το μωρό μας.|Φτάνουμε αργά με το τελευταίο πλοίο.') FROM generate_series(1,160) i;
CREATE TABLE "guestProfile" (
    "guestId" uuid, -- user.unique_id
    "legalName" text, -- user.name
    "dobIso" text, -- user.demographic.date_of_birth
    "passportNo" text, -- user.government_id.passport_number
    "contactInfo" jsonb,
    "loyaltyTier" text,
    "dietaryNotes" text, -- ?
    "cardLast4" text, -- user.financial.credit_card
    "deviceFp" text -- user.device.device_id
);
-- at guestProfile.contactInfo $.mails[*] user.contact.email
-- at guestProfile.contactInfo $.mob user.contact.phone_number
-- at guestProfile.contactInfo $.home.street user.contact.address.street
-- at guestProfile.contactInfo $.home.city user.contact.address.city
-- at guestProfile.contactInfo $.optIn -
INSERT INTO "guestProfile" SELECT md5(i::text)::uuid, gen.one(i,'f','Hannah|Callum|Aoife|Rhys|Imogen|Fergus|Nerys|Tobias')||' '||gen.one(i,'l','Whitcombe|Drummond|Pryce|Ashdown|MacLeod|Tregenza'), gen.born(i)::text, gen.like(i,'p','5########'), jsonb_build_object('mails', jsonb_build_array('g'||i||'@mail.example'), 'mob', gen.like(i,'m','+44 7911 ######'), 'home', jsonb_build_object('street', i%90+1||' '||gen.one(i,'s','Castle Street|Mill Lane|Station Road'), 'city', gen.one(i,'c','Exeter|Stirling|Cardiff')), 'optIn', i%2=0), gen.one(i,'t','gold|blue'), gen.one(i,'d','none|vegan|nut allergy'), gen.like(i,'q','####'), md5(i||'fp') FROM generate_series(1,160) i;
CREATE TABLE "ratePlan" (
    code text,
    name text,
    "nameEl" text,
    descr text,
    "cancelPolicy" text
);
INSERT INTO "ratePlan" SELECT 'RP'||i, gen.one(i,'n','Easter Special|Early Bird|Victoria Suite'), gen.one(i,'e','Πασχαλινή προσφορά|Έγκαιρη κράτηση'), gen.prose(i,'Includes breakfast and late checkout at noon.|Non refundable, prepaid at booking.'), 'flex' FROM generate_series(1,50) i;
CREATE TABLE "channelSync" (
    id bigint,
    channel text,
    payload jsonb,
    "errorText" text,
    "retryAt" timestamptz
);
INSERT INTO "channelSync" SELECT i, gen.one(i,'c','booking|expedia'), jsonb_build_object('rooms', i%5, 'rate', 90+i, 'hotel', 'H-'||i%9), gen.prose(i,'Remote host closed the connection after thirty seconds.|Inventory was already up to date.'), now() FROM generate_series(1,150) i;
CREATE TABLE "nisia" (
    id int,
    onoma text,
    perifereia text,
    plithysmos int
);
INSERT INTO "nisia" SELECT i, gen.one(i,'n','Νάξος|Πάρος|Σύρος|Άνδρος|Τήνος'), 'Κυκλάδες', 1000+i FROM generate_series(1,60) i;
CREATE TABLE "auditSchema" (
    version text,
    "scriptName" text,
    "installedBy" text,
    "installedOn" timestamptz,
    success boolean
);
INSERT INTO "auditSchema" SELECT '1.'||i, gen.one(i,'s','add_guest_email|drop_person'), 'deployer', now(), true FROM generate_series(1,60) i;
