-- A travel agency's CRM that nobody here has a pack for: quoted names in English, references by
-- foreign keys, addresses in tables of their own.
CREATE SCHEMA agency;
SET search_path = agency;
CREATE TABLE "Agent" (
    "AgentId" int PRIMARY KEY, "Login" text UNIQUE, "FullName" text, "WorkEmail" text);
CREATE TABLE "Person" (
    "PersonId" bigint PRIMARY KEY, "GivenName" text, "FamilyName" text, "BirthDate" date,
    "PassportNo" text, "NewsletterOptIn" boolean, "ProcessingBlocked" boolean,
    "ProfilingObjection" boolean, "AccountBlocked" boolean, "TouchedBy" text, "TouchedAt" timestamptz);
CREATE TABLE "PersonEmail" (
    "Id" bigint PRIMARY KEY, "PersonId" bigint NOT NULL REFERENCES "Person", "Address" text,
    "IsPrimary" boolean, "changed_by" text);
CREATE TABLE "PersonPhone" (
    "Id" bigint PRIMARY KEY, "PersonId" bigint NOT NULL REFERENCES "Person", "Number" text,
    "Kind" text CHECK ("Kind" IN ('home', 'mobile')), "modified_user" text);
CREATE TABLE "PersonContact" (
    "Id" bigint PRIMARY KEY, "PersonId" bigint NOT NULL REFERENCES "Person",
    "ContactKind" text CHECK ("ContactKind" IN ('e-mail', 'mobile', 'home phone', 'website')), "Value" text);
CREATE TABLE "VisitorMap" (
    "VisitorId" uuid PRIMARY KEY, "PersonId" bigint REFERENCES "Person", "FirstSeen" timestamptz);
CREATE TABLE "Tour" (
    "TourId" int PRIMARY KEY, "Title" text, "Price" numeric, "TouchedBy" text,
    "ManagerId" int REFERENCES "Agent");
CREATE TABLE "Booking" (
    "BookingId" bigint PRIMARY KEY, "PersonId" bigint NOT NULL REFERENCES "Person",
    "TourId" int REFERENCES "Tour", "AgentId" int REFERENCES "Agent", "DepartsOn" date,
    "LastEditor" text);
CREATE TABLE "BookingNeed" (
    "NeedId" bigint PRIMARY KEY, "BookingId" bigint NOT NULL REFERENCES "Booking",
    "Need" text, "Remark" text);
CREATE TABLE "NeedReply" (
    "Id" bigint PRIMARY KEY, "NeedId" bigint NOT NULL REFERENCES "BookingNeed", "Answer" text);
CREATE TABLE "MailOut" (
    "Id" bigint PRIMARY KEY, "PersonId" bigint REFERENCES "Person", "Recipient" text,
    "State" text CHECK ("State" IN ('queued', 'sent')), "SentAt" timestamptz);
CREATE TABLE "Waitlist" ("PersonId" bigint REFERENCES "Person", "TicketCode" text, "Remark" text);
ALTER TABLE "Waitlist" REPLICA IDENTITY FULL;
CREATE TABLE "Guest" ("GuestCode" text, "FamilyName" text, "GivenName" text, "Email" text);
CREATE TABLE "Visit" ("VisitId" bigint, "Day" date, "PersonId" bigint REFERENCES "Person",
    PRIMARY KEY ("VisitId", "Day")) PARTITION BY RANGE ("Day");
CREATE TABLE "Visit_2026" PARTITION OF "Visit" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

INSERT INTO "Agent" VALUES (1, 'eve', 'Eve Kanarienvogel', 'eve@agency.example');
INSERT INTO "Person" SELECT i, 'Ada', 'Kanarienvogel', date '1960-01-01' + i * 97, 'C01X0' || i,
    false, false, false, false, 'eve', now() FROM generate_series(1, 60) i;
INSERT INTO "PersonEmail" SELECT i, i, 'kanarienvogel' || i || '@example.org', true, 'eve'
    FROM generate_series(1, 60) i;
INSERT INTO "PersonPhone" SELECT i, i, '+44 20 7946 0' || 100 + i, 'home', 'eve'
    FROM generate_series(1, 60) i;
INSERT INTO "PersonContact" SELECT i, i, CASE i % 2 WHEN 0 THEN 'e-mail' ELSE 'mobile' END,
    CASE i % 2 WHEN 0 THEN 'k' || i || '@example.org' ELSE '+44 20 7946 0' || 100 + i END
    FROM generate_series(1, 60) i;
INSERT INTO "VisitorMap" SELECT md5(i::text)::uuid, i, now() FROM generate_series(1, 60) i;
INSERT INTO "Tour" VALUES (1, 'Northern lights', 900, 'eve', 1);
INSERT INTO "Booking" SELECT i, i, 1, 1, date '2026-07-01', 'eve' FROM generate_series(1, 60) i;
INSERT INTO "BookingNeed" SELECT i, i, 'diet', 'gluten free, coeliac' FROM generate_series(1, 60) i;
INSERT INTO "NeedReply" SELECT i, i, 'noted' FROM generate_series(1, 60) i;
INSERT INTO "MailOut" SELECT i, i, 'kanarienvogel' || i || '@example.org', 'sent', now()
    FROM generate_series(1, 60) i;
INSERT INTO "Waitlist" SELECT i, 'T' || i, 'calls back' FROM generate_series(1, 20) i;
INSERT INTO "Guest" SELECT 'G' || i, 'Kanarienvogel', 'Bo', 'g' || i || '@example.org'
    FROM generate_series(1, 60) i;
